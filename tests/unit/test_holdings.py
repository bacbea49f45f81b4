"""Who has what is counted as a person would count it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookalike.holdings import ITEMS_EACH, counted, of_user
from tests.unit.worlds import _insert, add_interactions, add_users


@pytest.fixture
def small(workspace):
    """Six users; item a is of shoes, b of shoes too, c of nothing."""
    with workspace.write() as cursor:
        cursor.execute("ALTER TABLE users ADD COLUMN g0 VARCHAR")
        cursor.execute("ALTER TABLE users ADD COLUMN email VARCHAR")
    add_users(
        workspace,
        [f"u{row}" for row in range(6)],
        country=["DE", "DE", "FR", None, "FR", "FR"],
        g0=["x", "x", "x", "y", "y", "y"],
        email=["m@example.org"] * 6,
    )
    items = {
        "item_id": ["a", "b", "c"],
        "title": ["Trail", None, ""],
        "category": ["Shoes", "Shoes", None],
    }
    _insert(workspace, "items", pa.table(items))
    # user 0 came back to item a, and has both shoes
    add_interactions(workspace, [0, 0, 0, 1, 2, 4, 4], ["a", "a", "b", "a", "c", "b", "c"])
    features = {
        "row": np.array([0, 1, 2, 3, 0, 4], np.int32),
        "feature": ["age", "age", "age", "age", "vip", "vip"],
        "value": [30.0, 40.0, 50.0, 0.0, 1.0, 1.0],
    }
    _insert(workspace, "features", pa.table(features))
    return workspace


def _rows(*rows):
    return np.array(rows, np.int32)


def test_everything_is_counted_by_users_in_each_group(small):
    held = counted(small, [_rows(0, 1), _rows(2, 3, 4), _rows(0, 4)])
    found = {
        (kind, name): tuple(counts)
        for kind, name, counts in zip(held.kinds, held.names, held.counts.tolist(), strict=True)
    }
    assert found == {
        ("attribute", "country=DE"): (2, 0, 1),
        ("attribute", "country=FR"): (0, 2, 1),
        ("attribute", "g0=x"): (2, 1, 1),
        ("attribute", "g0=y"): (0, 2, 1),
        ("feature", "age"): (2, 1, 1),
        ("feature", "vip"): (1, 1, 2),
        ("category", "Shoes"): (2, 1, 2),
        ("item", "a"): (2, 0, 1),
        ("item", "b"): (1, 1, 2),
        ("item", "c"): (0, 2, 1),
    }
    labels = dict(zip(held.names, held.labels, strict=True))
    assert [labels[name] for name in ("a", "b", "c", "country=DE", "Shoes")] == [
        "Trail",
        "item b",
        "item c",
        "country: DE",
        "Shoes",
    ]


def test_means_are_over_those_of_whom_the_number_is_known(small):
    held = counted(small, [_rows(0, 1), _rows(2, 3, 4)])
    assert held.means["age"] == [(2, 35.0, 50.0), (2, 25.0, 1250.0)]
    assert "vip" not in held.means  # a mark, not a number
    assert held.means[ITEMS_EACH] == [(2, 1.5, 0.5), (3, 1.0, 1.0)]


def test_rare_values_are_passed_over_when_asked(small):
    held = counted(small, [_rows(0, 1, 2)], least=2)
    assert "country=FR" not in held.names
    assert "country=DE" in held.names


def test_what_one_user_has(small):
    assert of_user(small, 0) == {
        ("attribute", "country=DE"),
        ("attribute", "g0=x"),
        ("item", "a"),
        ("item", "b"),
        ("category", "Shoes"),
        ("feature", "age"),
        ("feature", "vip"),
    }
    assert of_user(small, 3) == {("attribute", "g0=y")}  # an age of 0 is none


def test_a_workspace_of_users_alone_holds_nothing_else(workspace):
    add_users(workspace, ["a", "b"], country=["DE", "FR"])
    held = counted(workspace, [_rows(0), _rows(1)])
    assert held.names == ["country=DE", "country=FR"]
    assert held.counts.tolist() == [[1, 0], [0, 1]]
    assert held.means == {}
