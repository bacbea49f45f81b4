"""A real app and a real browser for every test of this folder."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.driving import QUICK, Traffic, launch
from tests.e2e.server import Sample, Server, make_sample, serving
from tests.e2e.small import Small, make_small

HERE = Path(__file__).parent
MAKING_SECONDS = 600
# what takes longest begins first (with xdist: --no-loadscope-reorder), or one worker is left with it
LONGEST = (
    "test_readme.py",
    "test_accessible.py",
    "test_expand_journey.py",
    "test_corpus.py",
    "test_sign_in.py",
    "test_training_survives.py",
    "test_batch.py",
    "test_empty.py",
    "test_campaigns.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and run them last: they take longest."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if HERE not in item.path.parents:
        return -1
    return LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A workspace with the sample world and one finished expansion; copy it, never open it.

    It is made once for all workers of the run.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, made = base / "sample", base / "sample.run"
    try:
        folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + MAKING_SECONDS
        while not made.exists():
            assert time.monotonic() < deadline, "the other worker did not make the sample"
            time.sleep(0.5)
        return Sample(folder / "workspace", made.read_text())
    sample = make_sample(folder / "workspace")
    written = base / "sample.run.partial"
    written.write_text(sample.run)
    written.rename(made)
    return sample


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A workspace of a thousand users, where a simple method is trained in a moment; copy it."""
    return make_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def app_server(tmp_path: Path) -> Iterator[Server]:
    """The app with an empty workspace."""
    with serving(tmp_path / "workspace", tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def sample_server(tmp_path: Path, sample: Sample) -> Iterator[Server]:
    """The app with a copy of the sample world."""
    workspace = shutil.copytree(sample.folder, tmp_path / "workspace")
    with serving(workspace, tmp_path / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def reading_server(tmp_path_factory: pytest.TempPathFactory, sample: Sample) -> Iterator[Server]:
    """The app with a copy of the sample world, for all who train nothing and delete nothing there."""
    folder = tmp_path_factory.mktemp("reading")
    workspace = shutil.copytree(sample.folder, folder / "workspace")
    with serving(workspace, folder / "server.log") as server:
        yield server


# Playwright keeps an event loop in this thread, which other tests would trip over: so it ends with
# this folder, not with the session.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        expect.set_options(timeout=QUICK)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(QUICK)
    yield opened
    opened.close()


@pytest.fixture
def traffic(context: BrowserContext) -> Traffic:
    """What the browser fetches and complains about; ask for it before `page`."""
    return Traffic.of(context)


@pytest.fixture
def page(context: BrowserContext, traffic: Traffic) -> Page:
    return context.new_page()
