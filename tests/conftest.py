"""Fixtures that tests of several folders share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.settings import Settings
from lookalike.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A fresh, empty workspace, closed afterwards."""
    with Workspace.open(tmp_path / "workspace", create=True, settings=Settings(threads=1)) as opened:
        yield opened
