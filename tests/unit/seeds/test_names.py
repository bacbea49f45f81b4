"""A list's name is the same everywhere: in runs, curves, what comparisons kept, and audiences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lookalike import runs, seeds
from lookalike.errors import BadInput, NotFound
from lookalike.seeds import names as seed_names
from lookalike.workspace import now
from tests.unit.worlds import add_users, save_list

COMPARED = {
    "lists": {"other": 5, "old": 3},
    "points": [{"seed_list": "old", "recall": 0.5}, {"seed_list": "other", "recall": 0.1}],
    "skipped": ["old: too short.", "older: too short."],
    "leaking": ["old: nearly an item."],
}


@pytest.fixture(autouse=True)
def users(workspace):
    """Users of rows 0 to 49."""
    add_users(workspace, [f"u{row}" for row in range(50)])


@pytest.fixture
def used(workspace):
    """A list "old" with an expansion, a comparison and a preparation; and "other"."""
    save_list(workspace, "old", np.array([1, 2, 3]), {"spend": np.array([1.0, 2, 3])})
    save_list(workspace, "other", np.array([4]))
    expand = runs.create(workspace, "expand", "old", {"seed_list": "old", "method": "auto"})
    runs.finish(workspace, expand, {"seeds": {"matched": 3}})
    compare = runs.create(workspace, "compare", "2 lists", {"lists": ["other", "old"]})
    runs.finish(workspace, compare, COMPARED)
    prepare = runs.create(workspace, "prepare", "old", {"snapshot": 1})
    runs.finish(workspace, prepare, {"lists": 3, "seconds": 0.0})
    curve = {"seed_list": "old", "method": "auto", "k": 0.1, "recall": 0.5}
    frame = pd.DataFrame([curve | {"low": 0.4, "high": 0.6, "precision": 0.5}])
    runs.keep_curves(workspace, expand, frame)
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO compared_lists VALUES (?, 'old', '{}')", [compare])
        cursor.execute(
            "INSERT INTO audiences (id, run, name, created, spec, users, file_hash) "
            "VALUES (1, ?, 'old', ?, '{}', 3, ''), (2, 'elsewhere', 'old', ?, '{}', 3, '')",
            [expand, now(), now()],
        )
    return workspace, expand, compare, prepare


def names(workspace, query):
    with workspace.cursor() as cursor:
        return [name for (name,) in cursor.execute(query).fetchall()]


def test_a_new_name_reaches_everything_that_tells_of_the_list(used):
    workspace, expand, compare, prepare = used
    seed_names.rename(workspace, "old", " new ")
    kept = seeds.load(workspace, "new")
    assert list(kept.values) == ["spend"]
    assert kept.rows.tolist() == [1, 2, 3]
    assert {one.name for one in seeds.saved(workspace)} == {"new", "other"}
    run = runs.get(workspace, expand)
    assert (run.title, run.spec["seed_list"], run.spec["method"]) == ("new", "new", "auto")
    assert runs.curves(workspace, expand)["seed_list"].tolist() == ["new"]
    run = runs.get(workspace, compare)
    assert run.title == "2 lists"
    assert run.spec["lists"] == ["other", "new"]
    assert run.metrics == {
        "lists": {"other": 5, "new": 3},
        "points": [{"seed_list": "new", "recall": 0.5}, {"seed_list": "other", "recall": 0.1}],
        "skipped": ["new: too short.", "older: too short."],
        "leaking": ["new: nearly an item."],
    }
    assert runs.get(workspace, prepare).title == "old"  # it is not about a list
    assert names(workspace, "SELECT seed_list FROM compared_lists") == ["new"]
    assert names(workspace, "SELECT name FROM audiences ORDER BY id") == ["new", "old"]


def test_there_and_back_again_changes_nothing(used):
    workspace, *ids = used
    before = [runs.get(workspace, run) for run in ids]
    seed_names.rename(workspace, "old", "new")
    seed_names.rename(workspace, "new", "old")
    assert [runs.get(workspace, run) for run in ids] == before
    seed_names.rename(workspace, "old", "old")
    assert [runs.get(workspace, run) for run in ids] == before


def test_a_deleted_list_leaves_what_was_found_out_with_it(used):
    workspace, expand, compare, _ = used
    assert seed_names.uses(workspace, "old") == 2
    assert seed_names.uses(workspace, "other") == 1
    seed_names.remove(workspace, "old")
    assert [one.name for one in seeds.saved(workspace)] == ["other"]
    assert names(workspace, "SELECT DISTINCT list FROM seed_members") == [2]
    assert runs.get(workspace, expand).status == "done"
    assert runs.get(workspace, compare).metrics == COMPARED
    assert len(runs.curves(workspace, expand)) == 1


@pytest.mark.parametrize("act", [lambda ws: seed_names.rename(ws, "old", "new"),
                                 lambda ws: seed_names.remove(ws, "old")])  # fmt: skip
def test_a_list_in_use_is_left_alone(used, act):
    workspace, *_ = used
    run = runs.create(workspace, "compare", "old", {"lists": ["old"]})
    with pytest.raises(BadInput, match="'old' is in use by a run"):
        act(workspace)
    assert seeds.load(workspace, "old").rows.tolist() == [1, 2, 3]
    runs.cancel_queued(workspace, run)
    act(workspace)
    assert "old" not in {one.name for one in seeds.saved(workspace)}


def test_names_that_cannot_be_are_refused(used):
    workspace, *_ = used
    with pytest.raises(BadInput, match="'other' already"):
        seed_names.rename(workspace, "old", "other")
    with pytest.raises(BadInput, match="is empty"):
        seed_names.rename(workspace, "old", "  ")
    for act in (
        lambda: seed_names.rename(workspace, "odl", "x"),
        lambda: seeds.remove(workspace, "odl"),
    ):
        with pytest.raises(NotFound, match="Did you mean 'old'"):
            act()
