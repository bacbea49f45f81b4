"""No page has a serious fault that axe can find, in its main states and at both widths."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e import screen_batch, screen_expand, screen_others, screen_pages
from tests.e2e.driving import settled
from tests.e2e.server import Sample, Server, serving
from tests.e2e.small import Small

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
WIDTHS = (1280, 400)
GRAVE = ("serious", "critical")
# The texts of the charts, which axe does not judge: their colour against the white page. Those that
# are white themselves stand on the bars of the charts, as the palette's blue allows.
FAINT_TEXTS = """
() => {
  const linear = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const bright = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[0-9.]+/g).map(Number);
    const [x, y, z] = [r, g, b].map((part) => linear(a * part + (1 - a) * 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  return [...document.querySelectorAll('.js-plotly-plot text')]
    .filter((text) => text.textContent.trim() && text.checkVisibility({ opacityProperty: true }))
    .map((text) => [text.textContent, getComputedStyle(text).fill])
    .filter(([, fill]) => fill !== 'rgb(255, 255, 255)' && 1.05 / (bright(fill) + 0.05) < 4.5)
    .map(([said, fill]) => `chart text ${said}: ${fill} on white`);
}
"""


class Auditor:
    """Looks at pages as the camera does, and remembers what axe finds."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: list[str] = []

    def __call__(self, page: Page, name: str) -> None:
        """Judge the page at both widths."""
        self.seen.append(name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            settled(page)
            self.faults += [f"{name} at {width} px: {fault}" for fault in _faults(page)]

    def report(self) -> None:
        """Fail if there was anything, a line each."""
        assert self.seen
        assert not self.faults, "\n".join(["", *self.faults])


def _faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    grave = [one for one in found["violations"] if one["impact"] in GRAVE]
    said = [_sentence(one, node) for one in grave for node in one["nodes"]]
    return said + list(page.evaluate(FAINT_TEXTS))


def _sentence(violation: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{violation['id']} ({violation['help']}): {node['html'][:200]}"


def test_an_empty_workspace(app_server: Server, page: Page):
    look = Auditor()
    screen_pages.still(look, page, app_server, "empty")
    look.report()


def test_pages_with_data(reading_server: Server, sample: Sample, page: Page):
    look = Auditor()
    screen_pages.loaded(look, page, reading_server, sample.run)
    screen_pages.lists(look, page, reading_server, sample.run)
    look.report()


def test_lists_before_training(reading_server: Server, sample: Sample, page: Page):
    look = Auditor()
    screen_expand.seed_list(look, page, reading_server, sample.run)
    look.report()


def test_several_lists_at_once(reading_server: Server, sample: Sample, page: Page):
    look = Auditor()
    screen_batch.asking(look, page, reading_server, sample.run)
    look.report()


def test_a_finished_expansion_unfolded(reading_server: Server, sample: Sample, page: Page):
    look = Auditor()
    screen_expand.done(look, page, reading_server, sample.run)
    screen_expand.download(look, page, reading_server, sample.run)
    look.report()


def test_readouts_and_plans(reading_server: Server, sample: Sample, page: Page):
    look = Auditor()
    screen_others.experiment(look, page, reading_server, sample.run)
    screen_others.planning(look, page, reading_server, sample.run)
    look.report()


def test_methods_once_they_were_compared(small: Small, page: Page, tmp_path: Path):
    look = Auditor()
    workspace = shutil.copytree(small.folder, tmp_path / "workspace")
    with serving(workspace, tmp_path / "server.log") as server:
        screen_others.methods(look, page, server, "")
    look.report()


def test_a_planted_fault_is_found(page: Page):
    page.set_content("<html lang='en'><body><main><p style='color:#ddd'>pale</p><img src='x'></main>")
    found = " ".join(_faults(page))
    assert "color-contrast" in found
    assert "image-alt" in found
