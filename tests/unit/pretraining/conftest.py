from __future__ import annotations

from dataclasses import replace

import pytest

from lookalike.methods.experts import Form
from lookalike.pretraining import family, learning
from lookalike.settings import Settings
from lookalike.workspace import Workspace
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
    for name, recipe in family.EVERY.items():
        form = replace(recipe.form, hidden=8)
        small = replace(recipe, form=form, rounds=8, tasks=4, most_seeds=16, others=32)
        monkeypatch.setitem(family.EVERY, name, small)
    monkeypatch.setattr(learning, "EPOCH", 4)
    assert family.EVERY["metaheac"].form == Form(hidden=8)
