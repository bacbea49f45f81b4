"""The raw features as one sparse matrix: which columns there are, and what stands in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookalike import features
from lookalike.errors import WorkspaceUnavailable
from lookalike.importing import import_table

from .worlds import add_interactions, add_users


@pytest.fixture
def people(workspace):
    add_users(workspace, list("abcdef"), country=["DE", "DE", "DE", "FR", "FR", None])
    add_interactions(
        workspace, [0, 1, 2, 0, 3, 4, 0, 1, 5, 5], ["x", "x", "x", "x", "y", "y", "z", "z", "z", "z"]
    )
    return workspace


def _column(found, name):
    return found.matrix.toarray()[:, found.names.index(name)].tolist()


def test_an_item_counts_once_a_user_and_needs_three_users(people):
    found = features.interactions(people)
    assert found.names == ["item:x", "item:z"]  # y has two users; x and z have one of them twice
    assert found.matrix.dtype == np.float32
    assert found.matrix.toarray().tolist() == [[1, 1], [1, 1], [1, 0], [0, 0], [0, 0], [0, 1]]


def test_an_item_can_be_left_out(people):
    assert features.interactions(people, ["z"]).names == ["item:x"]
    assert features.interactions(people, ["nothing"]).names == ["item:x", "item:z"]


def test_attributes_become_a_column_a_value(people):
    found = features.load(people)
    assert found.names == ["item:x", "item:z", "country=DE"]  # two users are too few for FR
    assert _column(found, "country=DE") == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("name", ["place", "value", "kept", "lines", "pairs", 'a "b"'])
def test_an_attribute_may_have_any_name(people, name):
    table = pa.table({"user_id": list("abcdef"), name: ["p", "p", "p", "q", "q", "q"]})
    import_table(people, "users", [table])
    found = features.load(people)
    assert found.names[-2:] == [f"{name}=p", f"{name}=q"]
    assert _column(found, f"{name}=q") == [0, 0, 0, 1, 1, 1]


def _add_features(workspace, cells):
    with workspace.write() as cursor:
        cursor.executemany("INSERT INTO features VALUES (?, ?, ?)", cells)


def test_imported_features_are_scaled_by_their_largest_magnitude(people):
    _add_features(
        people,
        [(row, "age", value) for row, value in enumerate([20.0, -80.0, 40.0])]
        + [(row, "zero", 0.0) for row in range(4)]
        + [(row, "rare", 1.0) for row in range(2)],
    )
    found = features.load(people)
    assert found.names == ["item:x", "item:z", "country=DE", "feature:age"]
    assert _column(found, "feature:age") == [0.25, -1, 0.5, 0, 0, 0]


def test_who_has_0_of_a_feature_has_no_cell(people):
    _add_features(people, [(row, "clicks", float(row % 2)) for row in range(6)])
    found = features.load(people)
    column = found.matrix[:, [found.names.index("feature:clicks")]]
    assert (column.nnz, column.sum()) == (3, 3)


def test_what_is_left_out_goes_and_its_neighbours_stay(people):
    _add_features(people, [(row, name, 1.0) for row in range(3) for name in ("age", "x")])
    everything = ["item:x", "item:z", "country=DE", "feature:age", "feature:x"]
    whole = features.load(people)
    assert whole.names == everything
    for name in ("item:x", "country=DE", "feature:x"):
        rest = features.load(people, [name])
        assert rest.names == [other for other in everything if other != name]
        for other in rest.names:
            assert _column(rest, other) == _column(whole, other)


def test_a_workspace_without_anything_has_no_columns(workspace):
    assert features.load(workspace).matrix.shape == (0, 0)
    add_users(workspace, ["a", "b"])
    found = features.load(workspace)
    assert (found.matrix.shape, found.names) == ((2, 0), [])


def test_activity_counts_items_alone(people):
    found = features.load(people)
    assert found.items == 2
    assert found.items_each().tolist() == [2, 2, 1, 0, 0, 1]
    assert features.interactions(people).items_each().tolist() == [2, 2, 1, 0, 0, 1]
    some = found.of(np.array([1, 3, 5], np.int32))
    assert some.items_each().tolist() == [2, 0, 1]
    assert some.matrix.toarray().tolist() == found.matrix.toarray()[[1, 3, 5]].tolist()
    assert found.of(np.arange(6, dtype=np.int32)) is found  # nobody is copied for nothing


def test_many_users_are_looked_at_in_parts(people, monkeypatch):
    whole = features.load(people)
    monkeypatch.setattr(features, "LINES", 2)
    monkeypatch.setattr(features, "BATCH", 3)
    again = features.load(people)
    assert again.names == whole.names
    assert again.matrix.toarray().tolist() == whole.matrix.toarray().tolist()
    assert again.items_each().tolist() == whole.items_each().tolist()


def test_more_than_there_is_memory_for_is_refused(people, monkeypatch):
    monkeypatch.setattr("lookalike.memory.available", lambda: 100)
    with pytest.raises(WorkspaceUnavailable, match="Reading what is known of 6 users"):
        features.load(people)
