"""A plan lives in its address."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.driving import settled, visit
from tests.e2e.server import Server


def value(page: Page, label: str) -> str:
    return page.get_by_role("spinbutton", name=label).input_value()


def test_a_link_leads_to_the_plan_and_changes_with_it(reading_server: Server, page: Page):
    visit(page, f"{reading_server.url}/plan?kind=Rate&rate=3&lift=8&daily=2000&treatments=2")
    assert [value(page, label) for label in ("Rate now", "Relative lift")] == ["3.00", "8.0"]
    expect(page.get_by_role("heading", name="at 2,000 new users a day")).to_be_visible()
    page.get_by_role("spinbutton", name="New users a day").fill("4000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="at 4,000 new users a day")).to_be_visible()
    settled(page)
    assert "daily=4000" in page.url
    assert "treatments=2" in page.url


def test_a_wrong_address_does_no_harm(reading_server: Server, page: Page):
    wrong = "kind=nonsense&share=nan&lift=1e300&daily=-5&treatments=99&audience=0&power=abc"
    visit(page, f"{reading_server.url}/plan?{wrong}")
    expect(page.get_by_role("heading", name="151,000 users a variant")).to_be_visible()
    assert value(page, "Relative lift") == "5.0"
