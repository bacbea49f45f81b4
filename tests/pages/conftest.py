"""The app without a browser: real pages, a real workspace, a real worker."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import session
import streamlit as st
from streamlit.testing.v1 import AppTest

from lookalike.workspace import Workspace
from tests.unit.worlds import communities

MAIN = Path(__file__).parents[2] / "pages" / "main.py"
Opened = Callable[..., AppTest]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of four communities with embeddings and saved lists, to be copied."""
    folder = tmp_path_factory.mktemp("filled") / "workspace"
    communities(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the workspace that the app will open; empty at first."""
    path = tmp_path / "workspace"
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(path))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    st.cache_resource.clear()
    yield path
    _finished()
    st.cache_resource.clear()
    if (path / "workspace.duckdb").exists():
        Workspace.open(path).close()


@pytest.fixture
def ready(folder: Path, filled: Path) -> Path:
    """The same, filled with the four communities."""
    shutil.copytree(filled, folder)
    return folder


@pytest.fixture
def visit(folder: Path) -> Opened:
    """Open a page as a new visitor would, by its file and with the address's parameters."""

    def opened(page: str = "overview", **query: str) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page != "overview":
            app.switch_page(f"{page}.py")
            for name, value in query.items():
                app.query_params[name] = value
            app.run()
        assert not app.exception, app.exception[0].message
        return app

    return opened


@pytest.fixture
def ended(folder: Path) -> Callable[[AppTest], AppTest]:
    """Wait until the worker has nothing to do, and show the page again."""

    def waited(app: AppTest) -> AppTest:
        _finished()
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return waited


def _finished(seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    workers = session.trainer(), session.preparer()
    while any(not job.ended for jobs in workers for job in list(jobs._jobs.values())):
        assert time.monotonic() < deadline, "the worker did not finish"
        time.sleep(0.05)


def texts(app: AppTest) -> str:
    """Everything that a visitor can read, but for charts and tables, with plain spaces."""
    titles = (app.title, app.header, app.subheader)
    kinds = (*titles, app.markdown, app.caption, app.error, app.warning, app.info)
    return spaced("\n".join(str(element.value) for kind in kinds for element in kind))


def spaced(text: str) -> str:
    """The same with plain spaces where a line must not break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def button(app: AppTest, label: str):
    """The button of that label."""
    found = [one for one in app.button if one.label == label]
    assert found, f"no button {label!r} among {[one.label for one in app.button]}"
    return found[0]


def numbers(app: AppTest) -> dict[str, str]:
    """The numbers on the page by their label."""
    return {metric.label: spaced(metric.value) for metric in app.metric}
