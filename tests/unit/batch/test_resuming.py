"""Killed and started again with the same wishes: nothing is done twice, and the files are the same."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

from lookalike import batch, runs, seeds, tested
from lookalike.batch import Files, Spec, keeping
from lookalike.cutting import Cut
from lookalike.errors import Cancelled
from lookalike.progress import Progress, Update
from tests.unit.batch.killing import SPEC, killed, watch
from tests.unit.batch.worlds import LISTS, contents, expanded, opened
from tests.unit.worlds import save_list


@pytest.fixture(scope="module")
def unbroken(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    shutil.copytree(made[0], folder / "ws")
    with opened(folder / "ws") as workspace:
        expanded(workspace, SPEC, folder / "out")
    return contents(folder / "out")


def test_killed_again_and_again_it_does_nothing_twice(folder, tmp_path, unbroken, monkeypatch):
    out = tmp_path / "out"
    assert killed(folder, out, "Training 4 of 5") == list(LISTS[:3])
    # after 320 of 480 users
    done = killed(folder, out, "Scoring every user for 5 lists 0.867")
    assert done == [*LISTS[3:], "0", "64", "128", "192", "256"]
    assert not out.exists()
    # what was reached after 256 users had been kept
    assert killed(folder, out, "Writing 3 of 5") == ["256", "320", "384", "448"]
    assert len(contents(out)) == 2
    assert not (out / batch.MANIFEST).exists()
    with opened(folder) as workspace:
        noted = []
        watch(noted.append, monkeypatch.setattr)
        (entry,) = runs.recent(workspace, ["batch"])
        assert entry.status == "interrupted"
        run, said = batch.ask_or_go_on(workspace, SPEC)
        assert (run, said) == (entry.id, "Going on with the run that was interrupted.")
        result = batch.carry_out(workspace, run, files=Files(out))
        assert noted == []
        assert len(result.done) == len(LISTS)
        assert not list((folder / "scores" / run).glob("*.npz"))
        assert [one.status for one in runs.recent(workspace, ["batch"])] == ["done"]
    assert contents(out) == unbroken
    assert (out / batch.MANIFEST).exists()


def test_networks_of_a_group_come_out_the_same_when_a_part_of_it_was_kept(workspace, tmp_path):
    lists = ("first", "few", "last")
    spec = Spec(lists, cut=Cut(size=40))
    whole = expanded(workspace, spec, tmp_path / "whole")
    run = batch.ask(workspace, spec)
    halfway = batch.carry_out(workspace, run)
    with workspace.write() as cursor:  # as if it had been killed before the last list of the group
        cursor.execute("DELETE FROM compared_lists WHERE run = ? AND seed_list = 'last'", [run])
        cursor.execute("UPDATE runs SET status = 'interrupted' WHERE id = ?", [run])
    shutil.rmtree(keeping.ranking_file(workspace, run, 0).parent)
    place = lists.index("last")
    keeping.model_file(workspace, run, place).unlink()
    others = [keeping.model_file(workspace, run, other).stat().st_mtime_ns for other in range(place)]
    batch.go_on(workspace, run)
    batch.carry_out(workspace, run, files=Files(tmp_path / "again"))
    assert contents(tmp_path / "again") == contents(tmp_path / "whole")
    assert len(halfway.done) == len(whole.done) == 3
    assert others == [
        keeping.model_file(workspace, run, other).stat().st_mtime_ns for other in range(place)
    ]


@pytest.mark.parametrize("what", ["list", "size", "data", "fewer"])
def test_what_has_changed_starts_anew_and_that_is_said(workspace, what):
    run = batch.ask(workspace, SPEC)
    runs.cancel_queued(workspace, run)
    spec = SPEC
    if what == "list":
        save_list_with(workspace, "last", np.arange(370, 390))
        says = "the list 'last' has changed"
    elif what == "size":
        spec = Spec(LISTS, method="ridge", cut=Cut(size=81, holdout=0.1, exclude=("few",)))
        says = r"the settings are others \(cut\)"
    elif what == "data":
        with workspace.write() as cursor:
            cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'new')")
        says = r"the data have changed \(1 more interactions\)"
    else:
        spec = Spec(LISTS[:2], method="ridge", cut=SPEC.cut)
        says = "the lists are others"
    again, said = batch.ask_or_go_on(workspace, spec)
    assert again != run
    assert re.search(says, said)
    assert said.startswith("An earlier run stopped; this one starts anew: ")


def save_list_with(workspace, name, rows):
    seeds.remove(workspace, name)
    save_list(workspace, name, rows)


def test_what_is_done_is_done_again_when_it_is_asked_again(workspace):
    first = expanded(workspace, SPEC)
    again, said = batch.ask_or_go_on(workspace, SPEC)
    assert again != first.run.id
    assert said == ""
    assert tested.count(workspace, again) == 0


@pytest.mark.parametrize("method", ["ridge", "lsh"])  # one whose models can be kept, and one not
def test_what_is_kept_of_a_run_that_stopped_is_not_trained_again(workspace, tmp_path, method):
    spec = Spec(("first", "few", "last"), method=method, cut=Cut(size=40))
    whole = tmp_path / "whole"
    expanded(workspace, spec, whole)
    run = batch.ask(workspace, spec)

    def told(update: Update) -> None:
        if update.message.startswith("Training 3"):
            raise Cancelled

    with pytest.raises(Cancelled):
        batch.carry_out(workspace, run, Progress(told))
    assert tested.count(workspace, run) == 2
    batch.go_on(workspace, run)
    said = []
    heard = Progress(lambda update: said.append(update.message))
    batch.carry_out(workspace, run, heard, files=Files(tmp_path / "again"))
    trained = {one for one in said if one.startswith("Training")}
    assert trained == {"Training 3 of 3: last"}
    assert contents(tmp_path / "again") == contents(whole)
