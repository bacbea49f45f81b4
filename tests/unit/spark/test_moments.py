"""Mean and covariance beside the users' files: every number comes back, and anything else is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lookalike.errors import BadInput
from lookalike.spark.moments import Moments
from lookalike.vectors import WIDE, in_memory


def test_they_come_back_to_the_last_bit():
    rng = np.random.default_rng(0)
    matrix = (rng.normal(size=(50, 4)) * [1e-30, 1, 1e3, 1e30]).astype(np.float32)
    views = [("als", 0, 1), ("svd", 1, 3), (WIDE, 3, 4)]
    known = in_memory(np.arange(50, dtype=np.int32), matrix, views)
    back = Moments.from_text(Moments.of(known).to_text(), 4)
    assert (back.users, list(back.views)) == (50, views)
    assert back.mean.tobytes() == known.mean.tobytes()
    assert back.covariance.tobytes() == known.covariance.tobytes()
    held = back.vectors(known.rows, matrix)
    assert held.core == 3
    assert held.whitening.tobytes() == known.whitening.tobytes()


def test_of_a_sample_they_are_its_own():
    matrix = np.random.default_rng(1).normal(size=(200, 3)).astype(np.float32)
    found = Moments.of_sample(matrix, 2, 10_000)
    np.testing.assert_allclose(found.mean, matrix.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.covariance, np.cov(matrix, rowvar=False), rtol=1e-5)
    assert (found.users, found.views) == (10_000, (("all", 0, 2), (WIDE, 2, 3)))
    assert Moments.of_sample(matrix, 3, 200).views == (("all", 0, 3),)


GOOD = {
    "format": 1,
    "users": 2,
    "views": [["all", 0, 2]],
    "mean": [0, 0],
    "covariance": [[1, 0], [0, 1]],
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps(GOOD | {"format": 2}),
        json.dumps(GOOD | {"mean": [0, 0, 0]}),
        json.dumps(GOOD | {"covariance": [[1, 0]]}),
        json.dumps(GOOD | {"views": [["all", 0]]}),
        json.dumps({name: held for name, held in GOOD.items() if name != "users"}),
    ],
)
def test_something_else_is_refused(text):
    assert Moments.from_text(json.dumps(GOOD), 2).users == 2
    with pytest.raises(BadInput, match=r"moments\.json beside the users is not what .* 2 columns"):
        Moments.from_text(text, 2)
