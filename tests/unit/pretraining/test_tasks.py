"""What counts as a past campaign."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import features
from lookalike.errors import NotFound
from lookalike.pool import open_pool
from lookalike.pretraining import tasks


def _found(workspace, leave_out=()):
    pool = open_pool(workspace)
    items = features.interactions(workspace).of(pool.vectors.rows)
    return {one.name: one for one in tasks.find(workspace, pool, items, leave_out, 0)}, pool, items


def test_items_and_saved_lists_are_campaigns(workspace, known):
    found, pool, items = _found(workspace)
    assert {name for name in found if name.startswith("list:")} == {"list:fans", "list:few"}
    assert "item:leak" in found  # "buyers" is that item, and "tiny" too short
    np.testing.assert_array_equal(pool.vectors.rows[found["list:fans"].users], known["fans"])
    took = items.matrix.toarray()
    for one in found.values():
        if one.item >= 0:
            assert items.names[one.item] == one.name
            np.testing.assert_array_equal(one.users, np.flatnonzero(took[:, one.item]))
    assert len(found) == 51


def test_what_is_left_out_is_none(workspace):
    found, _, _ = _found(workspace, ["item:i05", "list:fans"])
    assert not {"item:i05", "list:fans"} & found.keys()
    assert len(found) == 49
    with pytest.raises(NotFound, match="no past campaign 'list:fasn'") as raised:
        _found(workspace, ["list:fasn"])
    assert "list:fans" in raised.value.hint


def test_sizes_are_evened_out(workspace, monkeypatch):
    monkeypatch.setattr(tasks, "PER_BUCKET", 3)
    found, _, items = _found(workspace)
    sizes = np.sort([len(one.users) for one in found.values() if one.item >= 0])
    assert len(sizes) <= 15
    assert sizes[0] == np.diff(items.matrix.tocsc().indptr).min()


def test_what_nearly_everybody_did_tells_nobody_apart(workspace, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_SHARE", 0.1)
    found, pool, _ = _found(workspace)
    assert found
    assert max(len(one.users) for one in found.values()) <= 0.1 * len(pool)
