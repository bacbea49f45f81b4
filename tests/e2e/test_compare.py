"""A comparison in the browser: first curves while it runs, cancelled, and on from there."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.driving import SLOW, settled, visit
from tests.e2e.server import Server

KEPT = re.compile(r"This was cancelled\. (\d+) of 61 lists done and kept\.")
SO_FAR = re.compile(r"So far: (\d+) lists? of 61")


def _lists(page: Page, said: re.Pattern[str]) -> int:
    shown = page.get_by_text(said)
    expect(shown).to_be_visible(timeout=SLOW)
    found = said.search(shown.inner_text())
    assert found is not None
    return int(found[1])


def test_first_curves_then_cancel_then_go_on(sample_server: Server, page: Page):
    visit(page, f"{sample_server.url}/compare")
    slow = re.compile("^Remove (?!Similarity|Most active users|Random)")
    while (chips := page.get_by_role("button", name=slow)).count():
        chips.first.click()
        settled(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?run=*")
    link = page.url
    first = _lists(page, SO_FAR)
    assert first >= 1
    expect(page.locator(".js-plotly-plot")).to_be_visible()

    page.get_by_role("button", name="Cancel").click()
    kept = _lists(page, KEPT)
    assert first <= kept < 61
    expect(page.get_by_role("heading", name="finds most")).to_be_visible()
    page.reload()
    assert _lists(page, KEPT) == kept

    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert page.url == link
    assert _lists(page, SO_FAR) >= first  # the curves that were drawn last, until newer ones are
    page.get_by_role("button", name="Cancel").click()
    assert _lists(page, KEPT) >= kept
