"""Two people train at once: each sees their place, one thinks better of it, and both finish."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lookalike import comparison, expansion, runs
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.e2e.driving import visit
from tests.e2e.server import Server, serving
from tests.e2e.small import Small

QUICK = ("centroid", 2)  # method and folds
LONG = ("auto", "mlp", "mlp_published", "logistic", "lsh")  # on all lists; it is not waited for


@pytest.fixture
def prepared(tmp_path: Path, small: Small) -> tuple[Path, list[str]]:
    """A copy of the small world with cancelled runs: a long comparison and two quick expansions."""
    folder = shutil.copytree(small.folder, tmp_path / "workspace")
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        asked = [comparison.ask(workspace, comparison.Spec(tuple(small.lists), LONG, splits=10))]
        for name in list(small.lists)[:2]:
            method, splits = QUICK
            asked.append(expansion.ask(workspace, expansion.Spec(name, method=method, splits=splits)))
        for run in asked:
            runs.cancel_queued(workspace, run)
    return folder, asked


@pytest.fixture
def shared(tmp_path: Path, prepared: tuple[Path, list[str]]) -> Iterator[Server]:
    with serving(prepared[0], tmp_path / "server.log") as server:
        yield server
        assert "Traceback" not in server.log.read_text("utf-8", "replace")


def start_again(page: Page, server: Server, kind: str, run: str) -> None:
    """Open a run that was cancelled, and ask for it once more."""
    visit(page, f"{server.url}/{kind}?run={run}")
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("progressbar").wait_for()


def test_two_people_train_at_once(
    shared: Server, prepared: tuple[Path, list[str]], page: Page, browser: Browser
):
    long, quick, another = prepared[1]
    context = browser.new_context()
    theirs, second = context.new_page(), page.context.new_page()

    start_again(page, shared, "compare", long)
    start_again(theirs, shared, "expand", quick)
    expect(theirs.get_by_text("1st in the queue")).to_be_visible()
    start_again(second, shared, "expand", another)
    expect(second.get_by_text("2nd in the queue")).to_be_visible()

    theirs.get_by_role("button", name="Cancel").click()
    expect(theirs.get_by_text("This was cancelled")).to_be_visible()
    expect(second.get_by_text("1st in the queue")).to_be_visible()  # without being touched
    theirs.get_by_role("button", name="Start again").click()
    expect(theirs.get_by_text("2nd in the queue")).to_be_visible()

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This was cancelled")).to_be_visible(timeout=40_000)
    for one in (second, theirs):
        expect(one.get_by_role("heading", name="of held-out seeds")).to_be_visible(timeout=40_000)
    context.close()
