"""Past lists are kept by snapshot, and never speak of themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lookalike import past
from lookalike.importing import snapshots
from lookalike.importing.snapshots import write_snapshot
from tests.unit.methods.test_blending import past as made
from tests.unit.worlds import add_users, add_vectors


def _some(snapshot=1):
    rng = np.random.default_rng(0)
    hat = past.Hat(np.arange(3.0), rng.random((3, 5)))
    plain = made(rng.random((4, 4)))
    return past.PastLists(
        **{name: getattr(plain, name) for name in past.PastLists.__slots__}
        | {"hats": {"raw": hat, "even": hat}, "snapshot": snapshot}
    )


def test_what_is_saved_is_read_back(workspace):
    kept = _some()
    past.save(workspace, kept)
    found = past.load(workspace, 1)
    assert found.views == kept.views
    assert found.temperatures == kept.temperatures
    for name in ("sizes", "held", "recall", "own", "blended", "network", "members", "ends"):
        np.testing.assert_array_equal(getattr(found, name), getattr(kept, name))
    np.testing.assert_array_equal(found.hats["even"].values, kept.hats["even"].values)


def test_a_file_that_says_nothing_of_temperatures_is_of_the_former(workspace):
    past.save(workspace, _some())
    path = workspace.file_in("models", "past-1.npz")
    with np.load(path) as held:
        parts = {name: held[name] for name in held.files if name != "temperatures"}
    parts["blended"] = parts["blended"][:, :3]
    np.savez(path, **parts)
    found = past.load(workspace, 1)
    assert found.temperatures == past.FORMER
    assert found.blended.shape[1] == len(past.FORMER)


def test_tries_of_one_list_are_one_list():
    twice = replace(
        made(np.zeros((4, 4))),
        members=np.array([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7], np.int32),
        ends=np.array([3, 6, 9, 12]),
    )
    assert len(twice) == 4
    assert twice.lists == 3
    assert twice.same(np.array([1, 2])).tolist() == [True, False, True, False]


def test_a_damaged_or_missing_file_is_no_past(workspace):
    assert past.load(workspace, 1) is None
    past.save(workspace, _some())
    path = workspace.file_in("models", "past-1.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert past.load(workspace, 1) is None


def test_a_newer_snapshot_learns_from_an_older_one_until_it_has_its_own(workspace):
    add_users(workspace, ["a", "b", "c", "d"])
    views = [["als", 0, 2]]
    points = np.eye(4)[:, :2]

    def learned(views):
        rows = np.arange(4, dtype=np.int32)
        vectors = points.astype(np.float32)
        return write_snapshot(workspace, "learned", rows, vectors, "a test", {"views": views})

    first, second, other = (learned(given) for given in (views, views, [["svd", 0, 2]]))
    imported = snapshots.get(workspace, add_vectors(workspace, points, views=views))
    one, two, alien = (snapshots.get(workspace, number) for number in (first, second, other))
    assert past.available(workspace, two) is None
    past.save(workspace, _some(first))
    assert past.available(workspace, two) == first
    assert past.available(workspace, alien) is None
    assert past.available(workspace, imported) is None
    past.save(workspace, _some(second))
    assert past.available(workspace, two) == second
    assert past.available(workspace, one) == first
    snapshots.remove(workspace, second)
    assert past.load(workspace, second) is None


def test_a_list_is_told_by_its_people():
    kept = made(np.zeros((3, 4)))
    kept = past.PastLists(
        **{name: getattr(kept, name) for name in past.PastLists.__slots__}
        | {
            "members": np.array([1, 2, 3, 4, 5, 6, 7, 8, 1, 9], np.int32),
            "ends": np.array([4, 8, 10]),
        }
    )
    assert kept.same(np.array([1, 2, 3])).tolist() == [True, False, False]
    assert kept.same(np.array([1, 9])).tolist() == [False, False, True]
    assert kept.same(np.array([2, 6])).tolist() == [False, False, False]
