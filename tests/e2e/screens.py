"""A picture of every page, in every state, at two widths: `python -m tests.e2e.screens [TOUR…]`.

Without names all tours are taken; `make screens` does so.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import screen_batch, screen_expand, screen_others, screen_pages, screen_states
from tests.e2e.driving import launch, settled, visit
from tests.e2e.oidc import providing
from tests.e2e.server import ROOT, Sample, free_port, make_sample, serving

OUT = ROOT / "screens"
WIDTHS = (1280, 400)
TALLEST = 12_000
TOURS = {
    "pages": screen_pages.loaded,
    "lists": screen_pages.lists,
    "expanding": screen_expand.expanding,
    "seeds": screen_expand.seed_list,
    "done": screen_expand.done,
    "download": screen_expand.download,
    "advice": screen_expand.advising,
    "compare": screen_others.comparing,
    "methods": screen_others.methods,
    "experiment": screen_others.experiment,
    "plan": screen_others.planning,
    "data": screen_others.data,
    "campaigns": screen_others.campaigns,
    "batch-asking": screen_batch.asking,
    "batch": screen_batch.through,
    "waiting": screen_states.waiting,
    "failed": screen_states.failing,
}


class Camera:
    """Takes pictures of a page at both widths and remembers what did not fit."""

    def __init__(self) -> None:
        self.overflowing: list[str] = []

    def __call__(self, page: Page, name: str) -> None:
        """Write screens/<name>-<width>.png for each width, of the whole page."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            settled(page)
            page.mouse.move(0, 0)  # nothing is drawn as pointed at
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
    return min(max(int(tallest) + 40, 600), TALLEST)


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


def _interrupted(camera: Camera, browser: Browser, sample: Sample, log: Path) -> None:
    """Kill the server while it works, and look at what it left when it is back."""
    with serving(sample.folder, log) as server, _page(browser) as page:
        killed = screen_states.begin(page, server)
        os.kill(server.pid, signal.SIGKILL)
    failed = screen_states.fail(sample.folder)
    with serving(sample.folder, log) as server, _page(browser) as page:
        screen_states.interrupted(camera, page, server, killed, failed)


def _batch_stopped(camera: Camera, browser: Browser, sample: Sample, log: Path) -> None:
    """Kill the server while it expands several lists, and look at what it and others left."""
    with serving(sample.folder, log) as server, _page(browser) as page:
        left = {"interrupted": screen_batch.begin(page, server)}
        os.kill(server.pid, signal.SIGKILL)
    left |= screen_batch.leave(sample.folder)
    with serving(sample.folder, log) as server, _page(browser) as page:
        screen_batch.stopped(camera, page, server, left)


def _signing_in(camera: Camera, browser: Browser, sample: Sample, log: Path) -> None:
    """Look at the door, and from inside as somebody who may only look."""
    port = free_port()
    with providing() as provider:
        secrets = provider.write_secrets(log.with_suffix(".toml"), f"http://localhost:{port}")
        allowed = {"LOOKALIKE_ALLOWED": "@example.com"}
        with (
            serving(sample.folder, log, port=port, secrets=secrets, **allowed) as server,
            _page(browser) as page,
        ):
            visit(page, server.url)
            camera(page, "sign-in")
            page.get_by_role("button", name="Sign in").click()
            page.get_by_label("E-mail").fill("vera@example.com")
            page.get_by_role("button", name="Go on").click()
            page.get_by_role("heading", level=1).wait_for()
            screen_pages.viewer(camera, page, server, sample.run)


def main(wanted: list[str]) -> int:
    """Take all pictures, or those of some tours; the result is how many are too wide."""
    OUT.mkdir(exist_ok=True)
    camera = Camera()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        browser = launch(playwright)
        if not wanted or "empty" in wanted:
            with serving(folder / "empty", folder / "empty.log") as server, _page(browser) as page:
                screen_pages.empty(camera, page, server)
        if wanted != ["empty"]:
            sample = make_sample(folder / "sample")
            with serving(sample.folder, folder / "sample.log") as server:
                for name in [name for name in TOURS if not wanted or name in wanted]:
                    with _page(browser) as page:
                        TOURS[name](camera, page, server, sample.run)
            if not wanted or "interrupted" in wanted:
                _interrupted(camera, browser, sample, folder / "killed.log")
            if not wanted or "batch-stopped" in wanted:
                _batch_stopped(camera, browser, sample, folder / "batch.log")
            if not wanted or "sign-in" in wanted:
                _signing_in(camera, browser, sample, folder / "closed.log")
        browser.close()
    for line in camera.overflowing or ["Nothing is wider than its window."]:
        sys.stdout.write(f"{line}\n")
    return len(camera.overflowing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
