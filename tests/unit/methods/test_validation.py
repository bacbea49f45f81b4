"""Inner folds and what is made small on them."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.methods.validation import folds_for, loss_of_ranks


@pytest.mark.parametrize(("count", "folds"), [(2, 2), (4, 4), (5, 5), (23, 5)])
def test_every_seed_is_held_out_once_in_folds_of_one_size(count, folds):
    sizes = np.bincount(folds_for(count, np.random.default_rng(0)))
    assert len(sizes) == folds
    assert sizes.sum() == count
    assert np.ptp(sizes) <= 1


def test_folds_follow_chance():
    one, other = (folds_for(50, np.random.default_rng(seed)) for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_the_loss_is_the_log_of_the_share_above_by_hand():
    negatives = np.array([4.0, 1.0, 3.0, 2.0])
    found = loss_of_ranks(negatives, np.array([5.0, 3.5, 2.0, 0.0]))
    np.testing.assert_allclose(found, np.log([0.02, 0.27, 0.77, 1.02]))  # a tie counts as above
