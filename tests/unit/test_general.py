"""General models in a workspace."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import general
from lookalike.settings import Settings
from lookalike.workspace import Workspace

HOW = {"losses": {"metaheac": [0.7, 0.5]}, "pace": {"metaheac": {"steps": 3, "rate": 0.5}}}


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as opened:
        yield opened


def _made(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "mean": rng.normal(size=3),
        "scaling": rng.normal(size=(3, 3)),
        "half": np.array([0, 1, 1]),
        "members": np.array([1, 2, 3, 4, 7, 8, 9, 10, 3, 4], np.int32),
        "ends": np.array([4, 8, 10]),
        "metaheac/0/inner": rng.normal(size=(1, 3, 2)).astype(np.float32),
        "metaheac/1/inner": rng.normal(size=(1, 3, 2)).astype(np.float32),
    }


def test_what_is_kept_comes_back(workspace):
    made = _made()
    version = general.keep(workspace, 4, 40, HOW, made)
    found = general.load(workspace, version.id, 4)
    assert (found.version, version.networks) == (version, ["metaheac"])
    for name in ("mean", "scaling", "half", "members", "ends"):
        np.testing.assert_array_equal(getattr(found, name), made[name])
    learned = found.networks["metaheac"]
    assert learned.pace == {"steps": 3, "rate": 0.5}
    for half in (0, 1):
        np.testing.assert_array_equal(learned.halves[half]["inner"], made[f"metaheac/{half}/inner"])


def test_versions_belong_to_embeddings_and_the_newest_serves(workspace):
    first = general.keep(workspace, 4, 40, HOW, _made())
    second = general.keep(workspace, 4, 41, HOW, _made(1))
    third = general.keep(workspace, 5, 12, {}, {})
    assert [one.id for one in general.versions(workspace)] == [third.id, second.id, first.id]
    assert general.available(workspace, 4) == second.id
    assert general.available(workspace, 6) is None
    assert general.load(workspace, first.id, 5) is None
    nothing = general.load(workspace, third.id, 5)
    assert (nothing.version.campaigns, dict(nothing.networks)) == (12, {})
    general.remove_of(workspace, 4)
    assert general.available(workspace, 4) is None
    assert not workspace.file_in("models", f"general-{first.id}.npz").exists()
    assert general.keep(workspace, 4, 40, HOW, _made()).id > third.id  # no number comes twice


def test_a_damaged_file_is_no_model(workspace):
    version = general.keep(workspace, 4, 40, HOW, _made())
    path = workspace.file_in("models", f"general-{version.id}.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert general.load(workspace, version.id, 4) is None


def test_who_is_forgotten_is_in_no_campaign(workspace):
    version = general.keep(workspace, 4, 40, HOW, _made())
    touched = general.forget(workspace, np.array([3, 9], np.int32))
    assert [path.name for path in touched] == [f"general-{version.id}.npz"]
    found = general.load(workspace, version.id, 4)
    assert found.members.tolist() == [1, 2, 4, 7, 8, 10, 4]
    assert found.ends.tolist() == [3, 6, 7]
    assert general.forget(workspace, np.array([99], np.int32)) == []


@pytest.mark.parametrize(
    ("rows", "halves"),
    [
        ([1, 2, 3, 4], [1]),  # the first campaign itself
        ([1, 2, 3], [1]),  # with one held out
        ([1, 2, 5, 6], [0, 1]),
        ([7, 8, 9, 10], [0]),
        ([20, 21, 22], [0, 1]),
    ],
)
def test_a_list_is_judged_by_halves_that_have_not_seen_it(workspace, rows, halves):
    version = general.keep(workspace, 4, 40, HOW, _made())
    assert general.load(workspace, version.id, 4).unseen(np.array(rows, np.int32)) == halves
