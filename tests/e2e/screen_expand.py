"""Tours of Expand: taking in a list, training, what was found, size and download."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.driving import (
    GOOD_SEEDS,
    SLOW,
    choose,
    rerun,
    settled,
    start_training,
    unfold,
    upload,
    visit,
)
from tests.e2e.screen_pages import Look, address
from tests.e2e.server import ROOT, Server

SAMPLES = ROOT / "sample_data"
FOLDS = (
    "The same numbers as a table",
    "Leave out, hold back, tell tiers apart",
    "The first rows of the file",
    "Who could be in it",
    "What sets this audience apart",
    "Why is somebody in it, or not?",
)


def seed_list(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at lists of every sort before training: bad ones, messy ones, and who can be in it."""
    with tempfile.TemporaryDirectory() as made:
        shouted = Path(made) / "shouted.csv"
        ids = GOOD_SEEDS.read_text("utf-8").split()[1:]
        shouted.write_text("\n".join([*(one.upper() for one in ids[:200]), *ids[200:], "?"]), "utf-8")
        unknown = Path(made) / "unknown.csv"
        unknown.write_text("\n".join(f"somebody {number}" for number in range(50)), "utf-8")
        empty = Path(made) / "empty.csv"
        empty.write_text("", "utf-8")
        for state, file in {
            "unmatched": shouted,
            "unknown": unknown,
            "bad-file": empty,
            "messy": SAMPLES / "messy_seeds.csv",
        }.items():
            visit(page, address(server, "expand"))
            upload(page, file)
            if state == "unmatched":
                unfold(page, "Why ids did not match")
            look(page, f"expand-{state}")
    unfold(page, "Who can be in it")
    unfold(page, "Method")
    look(page, "expand-pool")


def expanding(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at training under way, and cancelled."""
    start_training(page, server)
    page.get_by_text("Back-test").wait_for(timeout=SLOW)  # the loss curve is whole by then
    look(page, "expand-running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
    look(page, "expand-cancelled")


def done(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at a finished expansion, as it opens and with everything unfolded."""
    visit(page, address(server, "expand", run))
    look(page, "expand-done")
    with rerun(page):
        page.get_by_text("Expected look-alikes", exact=True).first.click()
    for fold in FOLDS:
        unfold(page, fold)
    who = page.get_by_role("textbox", name="User id")
    who.fill(GOOD_SEEDS.read_text("utf-8").split()[1])
    who.press("Enter")
    settled(page)
    look(page, "expand-unfolded")


def download(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at a cut with tiers and a hold-out, and at the file of a platform."""
    visit(page, address(server, "expand", run))
    unfold(page, "Leave out, hold back, tell tiers apart")
    held = page.get_by_role("spinbutton", name="Hold back for an experiment")
    held.fill("10")
    held.press("Enter")
    settled(page)
    tiers = page.get_by_role("combobox", name="Tiers", exact=True)
    for share in ("1 %", "3 %"):
        tiers.click()
        page.get_by_role("option", name=share, exact=True).click()
        settled(page)
    page.keyboard.press("Escape")
    look(page, "expand-tiers")
    choose(page, "Format", "Meta custom audience")
    unfold(page, "The first rows of the file")
    look(page, "expand-platform")
    choose(page, "Format", "Snapchat, phone")
    look(page, "expand-no-contacts")


def advising(look: Look, page: Page, server: Server, run: str) -> None:
    """Look closer at a list, under way and done."""
    visit(page, address(server, "expand"))
    upload(page, SAMPLES / "seeds_with_value.csv")
    page.get_by_role("button", name="Look closer at this list").click()
    page.get_by_role("progressbar").wait_for()
    look(page, "advice-running")
    page.get_by_role("progressbar").wait_for(state="detached", timeout=4 * SLOW)
    for number, tab in enumerate(page.get_by_role("tab").all()):
        tab.click()
        look(page, f"advice-done-{number + 1}")
