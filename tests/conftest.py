"""Fixtures that tests of several folders share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from lookalike.settings import Settings
from lookalike.workspace import Workspace

# how long an example takes says more of the machine than of the code
hypothesis.settings.register_profile("suite", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace to be copied: that costs a third of making one."""
    folder = tmp_path_factory.mktemp("empty") / "workspace"
    Workspace.open(folder, create=True, settings=Settings(threads=1)).close()
    return folder


@pytest.fixture
def workspace(empty: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A fresh, empty workspace, closed afterwards."""
    shutil.copytree(empty, tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace", settings=Settings(threads=1)) as opened:
        yield opened
