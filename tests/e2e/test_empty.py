"""An empty workspace: one button leads to a usable one."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.driving import SLOW, visit
from tests.e2e.server import Server


def test_one_button_loads_the_sample(app_server: Server, page: Page):
    visit(page, app_server.url)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("button")).to_have_count(1)
    main.get_by_role("button", name="Load the sample data").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    users = page.get_by_test_id("stMetric").filter(has_text="Users")
    expect(users).to_contain_text("20,000", timeout=SLOW)
    page.get_by_role("button", name="Expand a seed list").click()
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()


def test_other_pages_of_an_empty_workspace_say_what_to_do(app_server: Server, page: Page):
    for path in ("expand", "compare", "data", "experiment"):
        visit(page, f"{app_server.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
