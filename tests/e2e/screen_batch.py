"""Tours of several lists expanded in one run: asked, waiting, under way, stopped, done."""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page

from lookalike import batch, seeds
from lookalike.cutting import Cut
from lookalike.errors import LookalikeError
from lookalike.workspace import Workspace
from tests.e2e.driving import (
    GOOD_SEEDS,
    SLOW,
    add,
    choose,
    rerun,
    settled,
    unfold,
    visit,
)
from tests.e2e.screen_pages import Look, address
from tests.e2e.server import Server

TAB = "Expand several lists"
FEW = "Lapsed customers"


def asking(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at the question, as it opens, with files, and with everything chosen."""
    _open(page, server)
    look(page, "batch-asking")
    with tempfile.TemporaryDirectory() as made:
        _upload(page, Path(made))
        look(page, "batch-files")
    _open(page, server)
    _choose(page)
    unfold(page, "Leave out, hold back, test")
    choose(page, "Test of each list", "A quick look")
    look(page, "batch-chosen")


def through(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at a run that waits, is under way, is cancelled, goes on and is done."""
    first = _occupy(page, server)
    _open(page, server)
    with tempfile.TemporaryDirectory() as made:
        _upload(page, Path(made))
    names = _tab(page).get_by_text("Saved lists", exact=True).first
    with rerun(page):
        names.click()
    _choose(page, FEW)
    unfold(page, "Leave out, hold back, test")
    choose(page, "Test of each list", "Three rounds")
    _tab(page).get_by_role("button", name=re.compile("^Expand .* lists$")).click()
    page.wait_for_url("**/lists?run=*")
    link = page.url
    page.get_by_text("in the queue").wait_for()
    look(page, "batch-queued")
    visit(page, first)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("progressbar").wait_for(state="detached", timeout=SLOW)  # or it was done by then
    visit(page, link)
    page.get_by_text(re.compile("Training [3-9] of")).wait_for(timeout=SLOW)
    look(page, "batch-running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
    look(page, "batch-cancelled")
    page.get_by_role("button", name="Go on").click()
    page.get_by_test_id("stDataFrame").wait_for(timeout=SLOW)
    look(page, "batch-done")


def leave(folder: Path) -> dict[str, str]:
    """Leave a run that failed and one of which every list did, and return them by their state."""
    with Workspace.open(folder) as store:
        names = [one.name for one in seeds.saved(store)][:3]
        found = {}
        for state, lists in {"failed": names[:2], "nothing": [_few(store)]}.items():
            out = Cut(exclude=(names[2],))
            found[state] = batch.ask(store, batch.Spec(tuple(lists), method="centroid", cut=out))
        batch.carry_out(store, found["nothing"])
        seeds.rename(store, names[2], "Renamed meanwhile")
        with contextlib.suppress(LookalikeError):
            batch.carry_out(store, found["failed"])
    return found


def begin(page: Page, server: Server) -> str:
    """Start a run of several lists, and return it when some of them are through."""
    _open(page, server)
    _choose(page)
    unfold(page, "Leave out, hold back, test")
    choose(page, "Test of each list", "Three rounds")
    _tab(page).get_by_role("button", name=re.compile("^Expand .* lists$")).click()
    page.wait_for_url("**/lists?run=*")
    page.get_by_text(re.compile("Training [3-9] of")).wait_for(timeout=SLOW)
    return page.url.partition("run=")[2]


def stopped(look: Look, page: Page, server: Server, left: dict[str, str]) -> None:
    """Look at runs that ended without an audience, by their state."""
    for state, run in left.items():
        visit(page, address(server, "lists", run))
        look(page, f"batch-{state}")


def _few(store: Workspace) -> str:
    ids = ["somebody", "nobody", *GOOD_SEEDS.read_text("utf-8").split()[1:3]]
    return seeds.keep(store, seeds.match(store, seeds.parse("\n".join(ids).encode(), FEW), FEW))


def _open(page: Page, server: Server) -> None:
    visit(page, address(server, "lists"))
    page.get_by_role("tab", name=TAB).click()
    settled(page)


def _tab(page: Page) -> Locator:
    return page.get_by_role("tabpanel", name=TAB)


def _upload(page: Page, folder: Path) -> None:
    """Upload a good list, one of too few users, and one that is none."""
    ids = GOOD_SEEDS.read_text("utf-8").split()[1:]
    files = {"Spring sale": ids[:150], FEW: ["somebody", "nobody", *ids[:2]], "Empty": []}
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines), "utf-8")
    with rerun(page):
        _tab(page).get_by_text("Upload files", exact=True).click()
    with rerun(page):
        _tab(page).get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            sorted(folder.iterdir())
        )
    _tab(page).get_by_text("2 lists saved.").wait_for(timeout=SLOW)
    settled(page)


def _occupy(page: Page, server: Server) -> str:
    """Start what lasts for minutes and return its address: what is asked for now has to wait."""
    visit(page, address(server, "compare"))
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?run=*")
    page.get_by_role("progressbar").wait_for()
    return page.url


def _choose(page: Page, *more: str) -> None:
    """Choose the first lists and a method that trains each for itself."""
    field = _tab(page).get_by_role("combobox", name="Saved lists", exact=True)
    field.click()
    page.get_by_role("option").first.wait_for()
    names = page.get_by_role("option").all_inner_texts()[1:7]
    page.keyboard.press("Escape")
    settled(page)
    add(page, "Saved lists", *names)
    for name in more:
        field.fill(name)
        with rerun(page):
            page.get_by_role("option", name=name).first.click()
        page.keyboard.press("Escape")  # an open list hides the rest of the page from who asks by role
    choose(page, "Method", "Regression and regions")
