"""Overlaps of exported audiences, against sets counted by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput, NotFound
from lookalike.portrait.overlap import AudienceOverlap, overlaps
from tests.unit.worlds import _insert, add_users


@pytest.fixture
def workspace(workspace):
    """Audience 1 holds users 0-9 (0 and 1 held out), 2 holds 6-13 (8 held out), 3 holds 20-24."""
    add_users(workspace, [f"u{row}" for row in range(30)])
    for number, rows, held in (
        (1, range(10), (0, 1)),
        (2, range(6, 14), (8,)),
        (3, range(20, 25), ()),
    ):
        with workspace.write() as cursor:
            cursor.execute(
                "INSERT INTO audiences VALUES (?, 'run', ?, TIMESTAMP '2024-01-01', '{}', ?, 'abc')",
                [number, f"list {number}", len(rows)],
            )
        members = {
            "audience": np.full(len(rows), number, np.int32),
            "row": np.array(rows, np.int32),
            "rank": np.arange(1, len(rows) + 1, dtype=np.int32),
            "score": np.linspace(1, 0, len(rows), dtype=np.float32),
            "holdout": np.isin(rows, held),
        }
        _insert(workspace, "audience_members", pa.table(members))
    return workspace


def test_every_pair_is_counted_once_in_the_order_asked_for(workspace):
    found = overlaps(workspace, [2, 1, 3, 2])
    assert found.pairs == (
        AudienceOverlap(one=2, other=1, size=8, other_size=10, common=4, clashes=1),
        AudienceOverlap(one=2, other=3, size=8, other_size=5, common=0, clashes=0),
        AudienceOverlap(one=1, other=3, size=10, other_size=5, common=0, clashes=0),
    )
    first = found.pairs[0]
    assert (first.share, first.other_share, first.jaccard) == (0.5, 0.4, 4 / 14)


def test_tables_and_sentences_say_the_same(workspace):
    found = overlaps(workspace, [1, 2])
    line = found.table().iloc[0].tolist()
    assert line == ["list 1 (1)", "list 2 (2)", 10, 8, 4, 40.0, 50.0, 28.6, 1]
    assert found.to_frame().iloc[0].to_dict() == {
        "one": 1, "other": 2, "size": 10, "other_size": 8, "common": 4, "clashes": 1,
        "share": 0.4, "other_share": 0.5, "jaccard": 4 / 14,
    }  # fmt: skip
    (said,) = found.sentences()
    assert said.startswith("1 person is held out of one of 'list 1 (1)' and 'list 2 (2)'")
    assert overlaps(workspace, [1, 3]).sentences() == []


def test_one_audience_or_an_unknown_one_is_refused(workspace):
    with pytest.raises(BadInput, match="nothing to overlap"):
        overlaps(workspace, [1, 1])
    with pytest.raises(NotFound, match="no audience 9"):
        overlaps(workspace, [1, 9])


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_shares_stay_between_none_and_all(both, one, other):
    pair = AudienceOverlap(1, 2, both + one, both + other, both, 0)
    assert 0 <= pair.jaccard <= min(pair.share, pair.other_share) <= 1
