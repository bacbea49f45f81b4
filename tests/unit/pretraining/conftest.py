from __future__ import annotations

import pytest

from lookalike.methods.experts import Form
from lookalike.pretraining import family
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.pretraining.killing import shrink
from tests.unit.worlds import communities


@pytest.fixture
def known(tmp_path):
    return communities(tmp_path / "ws")


@pytest.fixture
def workspace(tmp_path, known):
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch):
    """The networks, small and briefly trained."""
    shrink(monkeypatch.setitem, monkeypatch.setattr)
    assert family.EVERY["metaheac"].form == Form(hidden=8)
