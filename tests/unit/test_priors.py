"""What is kept of past heads is tied to its snapshot and to what was left out."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from lookalike import priors
from lookalike.importing import snapshots
from lookalike.priors import HeadPrior
from tests.unit.worlds import add_users, add_vectors


def _some():
    rng = np.random.default_rng(0)
    return HeadPrior(
        7,
        *(rng.random(3) for _ in range(2)),
        rng.random((3, 3)),
        rng.random((3, 3)),
        rng.random(3),
        rng.random((3, 3)),
    )


def _snapshot(workspace):
    add_users(workspace, ["a", "b", "c", "d"])
    return snapshots.get(workspace, add_vectors(workspace, np.eye(4)[:, :3]))


def test_what_is_saved_is_read_back(workspace):
    snapshot, kept = _snapshot(workspace), _some()
    priors.save(workspace, snapshot, ["item:b", "item:a"], kept)
    found = priors.load(workspace, snapshot, {"item:a", "item:b"})
    for field in fields(HeadPrior):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(kept, field.name))


def test_of_other_items_or_vectors_nothing_is_known(workspace):
    snapshot = _snapshot(workspace)
    assert priors.load(workspace, snapshot, []) is None
    priors.save(workspace, snapshot, [], _some())
    assert priors.load(workspace, snapshot, []) is not None
    assert priors.load(workspace, snapshot, ["item:a"]) is None
    assert priors.load(workspace, replace(snapshot, how={"revision": 1}), []) is None


def test_a_damaged_file_is_no_prior_and_goes_with_its_snapshot(workspace):
    snapshot = _snapshot(workspace)
    priors.save(workspace, snapshot, [], _some())
    path = workspace.file_in("models", f"prior-{snapshot.id}.npz")
    path.write_bytes(path.read_bytes()[:80])
    assert priors.load(workspace, snapshot, []) is None
    snapshots.remove(workspace, snapshot.id)
    assert not path.exists()
