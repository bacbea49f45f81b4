"""The table of logits against ranks counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lookalike.methods.blending import logits
from lookalike.methods.placing import placing, stacked


def _counted(references, scores):
    below = (references < scores[:, None]).sum(axis=1)
    equal = (references == scores[:, None]).sum(axis=1)
    return logits(below + equal / 2, len(references))


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=20_000),
        lambda rng: rng.lognormal(0, 2, 20_000),
        lambda rng: 1e6 + rng.normal(size=20_000),
        lambda rng: np.where(rng.random(20_000) < 0.8, 0, rng.exponential(size=20_000)),
    ],
    ids=["normal", "heavy", "far from 0", "mostly 0"],
)
def test_logits_are_those_of_the_ranks(draw):
    references = draw(np.random.default_rng(0)).astype(np.float32)
    found = placing([np.sort(references)]).logits(references[None, :2000])[0]
    wanted = _counted(references, references[:2000])
    # in the lowest cell, where nobody's audience ends, a table of so few octaves is coarse
    assert np.quantile(np.abs(found - wanted), 0.99) < 0.04
    assert np.abs(found - wanted)[wanted > 0].max() < 0.03


@given(
    arrays(
        np.float32, st.integers(1, 60), elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False)
    ),
    st.integers(0, 9),
)
def test_a_higher_score_never_gets_a_lower_logit(references, seed):
    table = placing([np.sort(references)])
    spread = np.random.default_rng(seed).uniform(-2e6, 2e6, 50)
    scores = np.sort(np.concatenate([references, spread])).astype(np.float32)
    found = table.logits(scores[None])[0]
    assert np.isfinite(found).all()
    assert (np.diff(found) >= -1e-5).all()
    assert found.max() <= table.most[0] + 1e-5


def test_those_beyond_the_references_get_the_ends():
    references = np.sort(np.random.default_rng(1).normal(size=1000)).astype(np.float32)
    table = placing([references])
    low, first, last, high = table.logits(
        np.array([[-1e9, references[0], references[-1], 1e9]], np.float32)
    )[0]
    assert (low, high) == (first, last)
    assert low == pytest.approx(-high, rel=0.05)


def test_tables_are_stacked():
    rng = np.random.default_rng(2)
    parts = [np.sort(rng.normal(size=size)).astype(np.float32) for size in (50, 80)]
    scores = rng.normal(size=(2, 30)).astype(np.float32)
    both = stacked([placing(parts[:1]), placing(parts[1:])])
    np.testing.assert_array_equal(both.logits(scores), placing(parts).logits(scores))
    assert len(both) == 2
