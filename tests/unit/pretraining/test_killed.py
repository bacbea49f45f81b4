"""Killed while it learns from past campaigns, and started again: as if nothing had happened."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from lookalike import general, pretraining, runs
from lookalike.pretraining import states
from lookalike.progress import Progress
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.pretraining.killing import SPEC, killed, line
from tests.unit.worlds import communities

pytestmark = pytest.mark.usefixtures("quick")


def _learned(workspace):
    """Learn, or go on; what was told, and what is kept of it."""
    told = []
    hear = Progress(lambda update: told.append(line(update)) if "loss" in update.facts else None)
    run, again = pretraining.ask_or_go_on(workspace, SPEC)
    version = pretraining.carry_out(workspace, run, hear)
    with np.load(workspace.file_in("models", f"general-{version.id}.npz")) as held:
        arrays = {name: held[name] for name in held.files}
    return run, again, told, version, arrays


def test_killed_again_and_again_it_learns_the_same_and_nothing_twice(tmp_path):
    communities(tmp_path / "ws")
    shutil.copytree(tmp_path / "ws", tmp_path / "undisturbed")
    with Workspace.open(tmp_path / "undisturbed", settings=Settings(threads=1)) as workspace:
        _, _, whole, right, kept = _learned(workspace)
    assert len(whole) == 8  # two networks, two halves of eight rounds, told every four
    # in the middle of a half, and at its end, when the next one has not begun
    assert killed(tmp_path / "ws", 1) == whole[:1]
    assert killed(tmp_path / "ws", 3) == whole[1:4]
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as workspace:
        (stopped,) = runs.recent(workspace, [pretraining.KIND])
        assert stopped.status == "interrupted"
        assert pretraining.kept(workspace, stopped.id)
        assert not general.versions(workspace)
        run, again, told, found, arrays = _learned(workspace)
        assert (run, again, told) == (stopped.id, True, whole[4:])
        done = runs.get(workspace, run)
        assert (done.status, done.metrics["resumed"]) == ("done", True)
        assert not states.path_of(workspace, run).exists()
    assert arrays.keys() == kept.keys()
    assert all(np.array_equal(arrays[name], kept[name]) for name in kept)
    assert (found.how, found.campaigns) == (right.how, right.campaigns)
