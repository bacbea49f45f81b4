"""Training outlives the page that started it, and even the server's end leaves it accounted for."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.driving import SLOW, settled, start_training, visit
from tests.e2e.server import Server, serving


def progress(page: Page) -> float:
    """Return how far the run on the page is, in percent."""
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    return float(bar.get_attribute("aria-valuenow") or "nan")


def test_leaving_reloading_and_watching_from_elsewhere(
    sample_server: Server, page: Page, browser: Browser
):
    run = start_training(page, sample_server)
    link = f"{sample_server.url}/expand?run={run}"
    seen = [progress(page)]

    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    entry = page.get_by_role("link", name="good_seeds").first
    expect(page.get_by_text("Running")).to_be_visible()
    entry.click()
    page.wait_for_url(link)
    seen.append(progress(page))

    page.reload()
    seen.append(progress(page))

    elsewhere = browser.new_context().new_page()
    visit(elsewhere, link)
    seen.append(progress(elsewhere))
    assert seen == sorted(seen)
    assert seen[-1] < 100

    for one in (page, elsewhere):
        expect(one.get_by_role("heading", name="of held-out seeds")).to_be_visible(timeout=SLOW)
        assert one.url == link
    elsewhere.context.close()


def test_cancelling_frees_the_worker(sample_server: Server, page: Page):
    start_training(page, sample_server)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This was cancelled")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_a_killed_server_says_so_afterwards(sample_server: Server, page: Page, tmp_path: Path):
    run = start_training(page, sample_server)
    os.kill(sample_server.pid, signal.SIGKILL)
    with serving(sample_server.workspace, tmp_path / "second.log") as second:
        visit(page, f"{second.url}/expand?run={run}")
        expect(page.get_by_text("The server stopped while this was under way")).to_be_visible()
        page.get_by_role("button", name="Start again").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        settled(page)
