"""A second program on the same workspace: told which one holds it, and nothing is touched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lookalike.errors import WorkspaceUnavailable
from lookalike.settings import Settings
from lookalike.workspace import DATABASE, Workspace

from .worlds import add_users

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from lookalike.workspace import Workspace

with Workspace.open(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def held(tmp_path):
    """A workspace that another process has open: its folder, and that process."""
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace:
        add_users(workspace, ["a", "b"])
    command = [sys.executable, "-c", HOLD, str(tmp_path / "ws")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as first:
        assert first.stdout.readline() == "open\n"
        yield tmp_path / "ws", first
        first.stdin.close()


def _names_the_first(said, folder, first):
    assert f"The workspace {folder} is in use by process {first.pid}" in said
    assert "stop the other one" in said
    assert "Traceback" not in said


def test_the_library_names_the_process_that_holds_it(held):
    folder, first = held
    before = (folder / DATABASE).read_bytes()
    with pytest.raises(WorkspaceUnavailable) as refused:
        Workspace.open(folder, settings=Settings(threads=1))
    _names_the_first(str(refused.value), folder, first)
    assert (folder / DATABASE).read_bytes() == before


@pytest.mark.parametrize("command", [["info"], ["seeds", "list"]])
def test_the_command_line_says_so_and_ends_with_1(held, command):
    folder, first = held
    done = subprocess.run(
        [sys.executable, "-m", "lookalike", *command, "--workspace", str(folder)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    _names_the_first(done.stderr, folder, first)
    assert done.stderr.count("\n") == 1


def test_the_app_says_so_and_opens_it_once_it_is_free(held, monkeypatch):
    import streamlit as st

    folder, first = held
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(folder))
    monkeypatch.setenv("LOOKALIKE_PREPARE", "0")
    st.cache_resource.clear()
    page = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run()
    assert not page.exception
    assert [title.value for title in page.title] == ["The workspace cannot be opened"]
    said = re.sub(
        r"\\(.)", r"\1", " ".join(one.value for one in (*page.error, *page.caption, *page.markdown))
    )
    _names_the_first(said, folder, first)
    first.stdin.close()
    first.wait()
    page = page.button[0].click().run()
    assert not page.exception
    assert page.title[0].value != "The workspace cannot be opened"
    Workspace.open(folder).close()
    st.cache_resource.clear()


def test_a_process_finds_its_own_workspace_open_already(tmp_path):
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as one:
        assert Workspace.open(tmp_path / "ws") is one
        assert str(os.getpid()) not in repr(one)
