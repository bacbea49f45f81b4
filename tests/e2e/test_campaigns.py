"""Learning from past campaigns in the browser: watched, cancelled, gone on with, and used."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.driving import GOOD_SEEDS, SLOW, settled, train, upload, visit
from tests.e2e.server import Server

LEARNED = re.compile(r"Learned from \d+ past campaigns\.")
UNDER_WAY = re.compile(r"Learning from \d+ past campaigns, half [12] of 2")


def test_learn_cancel_go_on_and_expand_by_what_was_learned(sample_server: Server, page: Page):
    visit(page, f"{sample_server.url}/data")
    expect(page.get_by_text("needs but a few seeds of a new list")).to_be_visible()
    page.get_by_role("button", name="Learn from past campaigns").click()
    page.wait_for_url("**/data?run=*")
    link = page.url
    expect(page.get_by_text(UNDER_WAY)).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("What was learned so far is kept.")).to_be_visible(timeout=SLOW)

    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert page.url == link
    expect(page.get_by_text(re.compile(r"Learned from \d+ past campaigns\."))).to_be_visible(
        timeout=SLOW
    )
    chart = page.locator(".js-plotly-plot")
    expect(chart).to_contain_text("Loss on held-back users")
    expect(chart).to_contain_text("Round")

    page.get_by_role("link", name="Expand a seed list").click()
    settled(page)
    upload(page, GOOD_SEEDS)
    train(page, "Past campaigns")
    expect(page.get_by_text("Past campaigns on 600 seeds")).to_be_visible()
