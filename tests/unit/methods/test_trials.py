"""Which users of a past list are taken for its seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.methods.trials import few_of, part_of


@given(st.integers(6, 400), st.integers(0, 2**32 - 1))
def test_seeds_are_part_of_the_list_and_leave_somebody_to_find(count, chance):
    users = np.arange(count)
    rng = np.random.default_rng(chance)
    for chosen in (part_of(users, rng), few_of(users, rng)):
        assert 3 <= chosen.sum() < count
    assert few_of(users, rng).sum() <= 12


def test_few_seeds_are_even_in_the_logarithm():
    rng = np.random.default_rng(0)
    sizes = np.array([few_of(np.arange(300), rng).sum() for _ in range(3000)])
    assert sizes.min() == 3
    assert sizes.max() == 12
    for size in (3, 6, 12):
        assert np.mean(sizes == size) == pytest.approx(
            np.log((size + 1) / size) / np.log(13 / 3), rel=0.2
        )
