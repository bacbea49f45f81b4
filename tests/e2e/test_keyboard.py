"""From upload to download with the keyboard alone, and always seeing where one is."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.driving import SLOW, Traffic, giver, rerun, settled, visit
from tests.e2e.server import serving
from tests.e2e.small import Small

FURTHEST = 80  # steps that anything on a page may be away
AROUND = 6  # pixels about what has the focus, where a ring may be drawn


def go_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Step on until something has the focus, and make sure that it can be seen to have it."""
    for _ in range(FURTHEST):
        page.keyboard.press(key)
        if target.count() and target.evaluate("one => one === document.activeElement"):
            break
    else:
        raise AssertionError(f"The keyboard does not lead to {target}.")
    assert stands_out(page), f"The focus on {target} cannot be seen."


def stands_out(page: Page) -> bool:
    """Whether what has the focus looks otherwise than without."""
    held = page.evaluate_handle("document.activeElement").as_element()
    assert held is not None
    held.scroll_into_view_if_needed()
    box = held.bounding_box()
    assert box is not None
    around = {
        "x": max(0, box["x"] - AROUND),
        "y": max(0, box["y"] - AROUND),
        "width": box["width"] + 2 * AROUND,
        "height": box["height"] + 2 * AROUND,
    }

    def picture() -> bytes:
        return page.screenshot(clip=around, animations="disabled")  # type: ignore[arg-type]

    focused = picture()
    held.evaluate("one => one.blur()")
    blurred = picture()
    held.evaluate("one => one.focus({preventScroll: true, focusVisible: true})")
    return focused != blurred


def press(page: Page, key: str) -> None:
    with rerun(page):
        page.keyboard.press(key)


def test_the_keyboard_alone_leads_from_upload_to_download(
    small: Small, page: Page, traffic: Traffic, tmp_path: Path
):
    workspace = shutil.copytree(small.folder, tmp_path / "workspace")
    with serving(workspace, tmp_path / "server.log") as server:
        visit(page, server.url)
        go_to(page, page.get_by_role("link", name="Expand", exact=True))
        press(page, "Enter")
        go_to(page, page.get_by_test_id("stFileUploaderDropzone").locator("button"))
        settled(page)  # the focus was taken away and given back, which the page may answer
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        with rerun(page):
            chooser.value.set_files(small.fans)
        go_to(page, page.get_by_test_id("stExpander").filter(has_text="Similarity").locator("summary"))
        page.keyboard.press("Enter")
        settled(page)
        methods = page.get_by_role("radiogroup", name="Method").get_by_role("radio")
        go_to(page, methods.first)
        press(page, "ArrowUp")  # from the first to the last
        expect(methods.last).to_be_checked()
        go_to(page, page.get_by_role("button", name="Train and test"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="of held-out seeds")).to_be_visible(timeout=SLOW)
        settled(page)

        download = giver(page, "Download")
        before = download.inner_text()
        go_to(page, page.get_by_role("slider"))
        press(page, "ArrowRight")
        assert download.inner_text() != before
        go_to(page, page.get_by_text("Leave out, hold back").locator("xpath=ancestor::summary"))
        page.keyboard.press("Space")
        settled(page)
        go_to(page, page.get_by_role("spinbutton", name="Hold back for an experiment"))
        page.keyboard.press("Control+A")
        page.keyboard.type("30")  # so many that by chance nobody is held back never happens
        press(page, "Enter")
        expect(page.get_by_text("held back;")).to_be_visible()
        go_to(page, page.get_by_role("combobox", name="Format"))
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        settled(page)
        go_to(page, download)
        with page.expect_download() as file:
            page.keyboard.press("Space")
        rows = list(csv.DictReader(io.StringIO(file.value.path().read_text("utf-8"))))
        assert f"{len(rows)} users" in download.inner_text()
        assert traffic.complaints == []
