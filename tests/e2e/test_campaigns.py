"""Learning from past campaigns in the browser: watched, cancelled, gone on with, and used."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.driving import SLOW, settled, train, upload, visit
from tests.e2e.server import Server, serving
from tests.e2e.small import Small

LEARNED = re.compile(r"Learned from \d+ past campaigns\.")
UNDER_WAY = re.compile(r"Learning from \d+ past campaigns, half [12] of 2")


@pytest.fixture
def server(small: Small, tmp_path: Path) -> Iterator[Server]:
    """The app with a small sample world, whose campaigns are learned from in seconds."""
    workspace = shutil.copytree(small.folder, tmp_path / "workspace")
    with serving(workspace, tmp_path / "server.log") as running:
        yield running


def test_learn_cancel_go_on_and_expand_by_what_was_learned(server: Server, small: Small, page: Page):
    visit(page, f"{server.url}/data")
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
    upload(page, small.fans)
    train(page, "Past campaigns")
    expect(page.get_by_text(re.compile(r"Past campaigns on \d+ seeds"))).to_be_visible()
