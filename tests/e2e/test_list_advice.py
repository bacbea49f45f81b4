"""Looking closer at a list in a browser, and going on with it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.driving import SLOW, settled, visit
from tests.e2e.server import Sample, Server


def test_from_an_expansion_to_advice_on_its_list_and_back(
    sample_server: Server, sample: Sample, page: Page
):
    visit(page, f"{sample_server.url}/expand?run={sample.run}")
    page.get_by_role("button", name="Look closer at this list").click()
    page.wait_for_url(lambda url: sample.run not in url)
    expect(page.get_by_role("tab", name="More seeds?")).to_be_visible(timeout=SLOW)
    settled(page)
    expect(page.get_by_text("seeds would").first).to_be_visible()
    page.get_by_role("tab", name="Who does not belong?").click()
    settled(page)
    page.get_by_role("button", name="Go on without inactive seeds").click()
    settled(page)
    expect(page.get_by_text("good_seeds without inactive seeds")).to_be_visible()
    expect(page.get_by_role("button", name="Train and test")).to_be_visible()
