"""A link into the app works on a server that nobody has visited yet."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.driving import visit
from tests.e2e.server import Sample, Server

PAGES = ["Overview", "Expand", "Lists", "Compare", "Methods", "Plan a test", "Experiment", "Data"]


def navigation(page: Page) -> Locator:
    return page.locator(".st-key-pages").get_by_role("link")


def test_first_request_is_a_link_to_a_run(sample_server: Server, sample: Sample, page: Page):
    visit(page, f"{sample_server.url}/expand?run={sample.run}")
    expect(navigation(page)).to_contain_text(PAGES)
    expect(page.get_by_role("heading", name="of held-out seeds")).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_be_enabled()


def test_first_request_is_a_page(sample_server: Server, page: Page):
    visit(page, f"{sample_server.url}/data")
    expect(navigation(page)).to_contain_text(PAGES)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Data")


def test_link_to_a_run_that_is_not_there(sample_server: Server, page: Page):
    visit(page, f"{sample_server.url}/expand?run=0000000000")
    expect(page.get_by_role("alert")).to_contain_text("There is no run")
    expect(navigation(page)).to_contain_text(PAGES)
