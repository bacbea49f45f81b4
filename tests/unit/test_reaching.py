from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.reaching import RUN, by_line, over

shapes = st.tuples(st.integers(1, 7), st.one_of(st.integers(1, 3 * RUN), st.just(2 * RUN)))


@pytest.mark.parametrize("order", ["C", "F"])
@given(shapes, st.integers(0, 10**6), st.sampled_from([0.0, 0.02, 0.5, 1.0]))
def test_exactly_those_who_reach_their_list_s_floor_are_found(order, shape, seed, share):
    rng = np.random.default_rng(seed)
    scores = np.asarray(rng.integers(0, 50, shape).astype(np.float32), order=order)
    floors = np.quantile(scores, 1 - share, axis=1).astype(np.float32)
    marks = over(scores, floors)
    assert np.array_equal(marks, scores >= floors[:, None])
    found = {line: (columns, reached) for line, columns, reached in by_line(scores, marks)}
    assert list(found) == np.flatnonzero(marks.any(axis=1)).tolist()
    for line, (columns, reached) in found.items():
        assert np.array_equal(columns, np.flatnonzero(marks[line]))
        assert np.array_equal(reached, scores[line, columns])


def test_what_is_no_number_reaches_nothing():
    scores = np.full((2, RUN), np.nan, np.float32)
    assert not over(np.asfortranarray(scores), np.array([-np.inf, 0], np.float32)).any()
