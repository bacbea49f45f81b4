"""A picture of every page, in every state, at two widths: `python -m tests.e2e.screens`."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.driving import SLOW, choose, launch, settled, start_training, upload, visit
from tests.e2e.server import ROOT, Server, make_sample, serving

OUT = ROOT / "screens"
WIDTHS = (1280, 400)
PAGES = ("overview", "expand", "compare", "plan", "experiment", "data")
NO_SUCH_RUN = "0000000000"
EXPERIMENTS = {
    "done": "One row a user: 300,000",
    "by-day": "One row a user and day",
    "blocked": "A test whose split is broken",
}
PLANS = {
    "answered": "kind=Rate&rate=3&lift=8&daily=2000&weeks=4&treatments=2&guarded=true&audience=200000",
    "failed": "share=60&lift=80",
}


class Camera:
    """Takes pictures of a page at both widths and remembers what did not fit."""

    def __init__(self) -> None:
        self.overflowing: list[str] = []

    def shoot(self, page: Page, name: str) -> None:
        """Write screens/<name>-<width>.png for each width, of the whole page."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            settled(page)
            # the app scrolls inside a frame of its own: a tall window shows all of it
            page.set_viewport_size({"width": width, "height": _height(page)})
            settled(page)
            file = OUT / f"{name}-{width}.png"
            page.screenshot(path=file)
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")
            sys.stdout.flush()
            if beyond := _overflow(page):
                self.overflowing.append(f"{file.name}: {beyond} px wider than the window")
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def _height(page: Page) -> int:
    tallest = page.evaluate(
        "Math.max(...['stMain', 'stMainBlockContainer'].map("
        "id => document.querySelector(`[data-testid=${id}]`)?.scrollHeight ?? 0))"
    )
    return min(max(int(tallest) + 100, 600), 12_000)


def _overflow(page: Page) -> int:
    return int(
        page.evaluate(
            "Math.max(document.documentElement.scrollWidth - innerWidth,"
            " ...[...document.querySelectorAll('[data-testid=stMain]')]"
            ".map(main => main.scrollWidth - main.clientWidth))"
        )
    )


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(device_scale_factor=1, accept_downloads=True) as context:
        page = context.new_page()
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        yield page


def _address(server: Server, page: str) -> str:
    return f"{server.url}/{'' if page == 'overview' else page}"


def _empty(camera: Camera, page: Page, server: Server) -> None:
    for name in PAGES:
        visit(page, _address(server, name))
        camera.shoot(page, f"{name}-empty")
    visit(page, _address(server, "overview"))
    page.get_by_role("button", name="Load the sample data").click()
    page.get_by_role("progressbar").wait_for()
    camera.shoot(page, "overview-running")


def _loaded(camera: Camera, page: Page, server: Server, finished: str) -> None:
    for name in PAGES:
        visit(page, _address(server, name))
        camera.shoot(page, f"{name}-loaded")
    visit(page, f"{_address(server, 'expand')}?run={finished}")
    camera.shoot(page, "expand-done")
    page.get_by_text("Expected look-alikes", exact=True).first.click()
    camera.shoot(page, "expand-share")
    visit(page, f"{_address(server, 'expand')}?run={NO_SUCH_RUN}")
    camera.shoot(page, "expand-failed")


def _expanding(camera: Camera, page: Page, server: Server) -> None:
    visit(page, _address(server, "expand"))
    upload(page, ROOT / "sample_data" / "messy_seeds.csv")
    camera.shoot(page, "expand-messy")
    start_training(page, server)
    page.get_by_text("Back-test").wait_for(timeout=SLOW)  # the loss curve is whole by then
    camera.shoot(page, "expand-running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
    camera.shoot(page, "expand-cancelled")


def _advising(camera: Camera, page: Page, server: Server) -> None:
    visit(page, _address(server, "expand"))
    upload(page, ROOT / "sample_data" / "seeds_with_value.csv")
    page.get_by_role("button", name="Look closer at this list").click()
    page.get_by_role("progressbar").wait_for()
    camera.shoot(page, "advice-running")
    page.get_by_role("progressbar").wait_for(state="detached", timeout=4 * SLOW)
    for number, tab in enumerate(page.get_by_role("tab").all()):
        tab.click()
        camera.shoot(page, f"advice-done-{number + 1}")


def _comparing(camera: Camera, page: Page, server: Server) -> None:
    visit(page, _address(server, "compare"))
    slow = re.compile("^Remove (?!Similarity|Most active users|Random|Logistic)")
    while (chips := page.get_by_role("button", name=slow)).count():
        chips.first.click()
        settled(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("So far:").wait_for(timeout=SLOW)
    camera.shoot(page, "compare-running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
    camera.shoot(page, "compare-cancelled")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("progressbar").wait_for()
    page.get_by_role("progressbar").wait_for(state="detached", timeout=10 * SLOW)
    camera.shoot(page, "compare-done")
    page.get_by_text("Precision", exact=True).click()
    camera.shoot(page, "compare-precision")


def _experiment(camera: Camera, page: Page, server: Server) -> None:
    visit(page, _address(server, "experiment"))
    page.get_by_text("A sample", exact=True).click()
    for state, sample in EXPERIMENTS.items():
        choose(page, "Sample", sample)
        camera.shoot(page, f"experiment-{state}")
    page.get_by_text("Columns, metrics and split", exact=True).click()
    camera.shoot(page, "experiment-options")
    page.get_by_text("Upload a file", exact=True).click()
    settled(page)
    upload(page, ROOT / "sample_data" / "good_seeds.csv")
    camera.shoot(page, "experiment-failed")


def _planning(camera: Camera, page: Page, server: Server) -> None:
    for state, question in PLANS.items():
        visit(page, f"{_address(server, 'plan')}?{question}")
        camera.shoot(page, f"plan-{state}")
    visit(page, f"{_address(server, 'plan')}?kind=Past+data&daily=2000")
    camera.shoot(page, "plan-past-empty")
    upload(page, ROOT / "sample_data" / "experiment.csv")
    camera.shoot(page, "plan-past")


def main() -> int:
    """Take all pictures; the result is the number of those wider than their window."""
    OUT.mkdir(exist_ok=True)
    camera = Camera()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        browser = launch(playwright)
        with serving(folder / "empty", folder / "empty.log") as server, _page(browser) as page:
            _empty(camera, page, server)
        sample = make_sample(folder / "sample")
        with serving(sample.folder, folder / "sample.log") as server, _page(browser) as page:
            _loaded(camera, page, server, sample.run)
            for state in (_expanding, _advising, _comparing, _experiment, _planning):
                state(camera, page, server)
        browser.close()
    for line in camera.overflowing or ["Nothing is wider than its window."]:
        sys.stdout.write(f"{line}\n")
    return len(camera.overflowing)


if __name__ == "__main__":
    sys.exit(main())
