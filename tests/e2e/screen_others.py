"""Tours of Compare, Experiment, Plan and Data in each of their states."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.driving import SLOW, add, choose, settled, upload, visit
from tests.e2e.screen_pages import Look, address
from tests.e2e.server import ROOT, Server

EXPERIMENTS = {
    "done": "One row a user: 300,000",
    "by-day": "One row a user and day",
    "blocked": "A test whose split is broken",
}
PLANS = {
    "answered": "kind=Rate&rate=3&lift=8&daily=2000&weeks=4&treatments=2&guarded=true&audience=200000",
    "failed": "share=60&lift=80",
}
SOME_INTERACTIONS = "user_id,item_id,ts\nu_1,i_1,2026-01-02\nu_2,,2026-01-03\nu_3,i_2,yesterday\n"


def comparing(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at a comparison under way, cancelled and done."""
    visit(page, address(server, "compare"))
    slow = re.compile("^Remove (?!Similarity|Most active users|Random|Logistic)")
    while (chips := page.get_by_role("button", name=slow)).count():
        chips.first.click()
        settled(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("So far:").wait_for(timeout=SLOW)
    look(page, "compare-running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
    look(page, "compare-cancelled")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("progressbar").wait_for()
    page.get_by_role("progressbar").wait_for(state="detached", timeout=10 * SLOW)
    look(page, "compare-done")
    page.get_by_text("Precision", exact=True).click()
    look(page, "compare-precision")


def methods(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at the methods once they were compared: all, the one that wins, and one never tried."""
    visit(page, address(server, "compare"))
    slow = re.compile("^Remove (?!Similarity|Most active users|Random)")
    while (chips := page.get_by_role("button", name=slow)).count():
        chips.first.click()
        settled(page)
    add(page, "Methods", "Ridge regression", "Typical seed")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?run=*")
    page.get_by_role("heading", name="finds most").wait_for(timeout=10 * SLOW)
    for name in ("", "?method=centroid", "?method=auto"):
        visit(page, f"{address(server, 'methods')}{name}")
        look(page, f"methods-compared{name.replace('?method=', '-')}")


def experiment(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at the readouts of the samples, and at a file that is none."""
    visit(page, address(server, "experiment"))
    page.get_by_text("A sample", exact=True).click()
    for state, sample in EXPERIMENTS.items():
        choose(page, "Sample", sample)
        look(page, f"experiment-{state}")
    page.get_by_text("Columns, metrics and split", exact=True).click()
    look(page, "experiment-options")
    page.get_by_text("Upload a file", exact=True).click()
    settled(page)
    upload(page, ROOT / "sample_data" / "good_seeds.csv")
    look(page, "experiment-failed")


def planning(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at plans of rates, of past data, and at one that cannot be."""
    for state, question in PLANS.items():
        visit(page, f"{address(server, 'plan')}?{question}")
        look(page, f"plan-{state}")
    visit(page, f"{address(server, 'plan')}?kind=Past+data&daily=2000")
    look(page, "plan-past-empty")
    upload(page, ROOT / "sample_data" / "experiment.csv")
    look(page, "plan-past")


def data(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at files before and after they are imported, and at one that is no table."""
    with tempfile.TemporaryDirectory() as made:
        visit(page, address(server, "data"))
        upload(page, ROOT / "sample_data" / "good_seeds.csv")
        look(page, "data-bad-file")
        some = Path(made) / "some_interactions.csv"
        some.write_text(SOME_INTERACTIONS, "utf-8")
        visit(page, address(server, "data"))
        upload(page, some)
        look(page, "data-preview")
        page.get_by_role("button", name="Import", exact=True).click()
        page.wait_for_url("**/data?run=*")
        page.get_by_role("link", name="Back to the data").wait_for(timeout=SLOW)
        look(page, "data-imported")


def campaigns(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at learning from past campaigns: under way, cancelled, done."""
    visit(page, address(server, "data"))
    page.get_by_role("button", name="Learn from past campaigns").click()
    page.wait_for_url("**/data?run=*")
    page.get_by_text(re.compile("past campaigns, half")).wait_for(timeout=SLOW)
    look(page, "campaigns-running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
    look(page, "campaigns-cancelled")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Learned from").wait_for(timeout=SLOW)
    look(page, "campaigns-done")
    visit(page, address(server, "data"))
    look(page, "campaigns-learned")
