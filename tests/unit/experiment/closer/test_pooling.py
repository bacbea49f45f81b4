"""Pooled log ratios against a peer, and how often their intervals hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from lookalike.experiment.closer.pooling import pooled


def drawn(rng: np.random.Generator, values: int, tau: float) -> tuple[np.ndarray, ...]:
    """True log ratios around 0.05, what is seen of them, and squared errors that differ."""
    errors = 0.0025 * np.exp(rng.normal(0, 1, values))
    truth = 0.05 + tau * rng.standard_normal(values)
    return truth, truth + np.sqrt(errors) * rng.standard_normal(values), errors


@pytest.mark.parametrize("tau", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("values", [2, 7, 20])
def test_it_is_the_random_effects_model_of_a_peer(values, tau):
    _, ratios, errors = drawn(np.random.default_rng(values), values, tau)
    peer = combine_effects(ratios, errors, method_re="dl")
    found = pooled(ratios, errors)
    assert found.q == pytest.approx(peer.q)
    assert found.tau2 == pytest.approx(max(peer.tau2, 0))
    # the peer goes on with a negative variance between values; ours ends at none
    model = peer.summary_frame().loc["random effect" if peer.tau2 > 0 else "fixed effect"]
    assert found.mean == pytest.approx(model["eff"])
    assert found.variance == pytest.approx(model["sd_eff"] ** 2)


def test_shrinking_by_hand():
    """Equal squared errors e: tau2 = variance - e, and every ratio keeps tau2 / (tau2 + e) of itself."""
    ratios = np.array([-0.3, 0.0, 0.1, 0.4])
    found = pooled(ratios, np.full(4, 0.04))
    tau2 = ratios.var(ddof=1) - 0.04
    assert found.tau2 == pytest.approx(tau2)
    assert found.mean == pytest.approx(0.05)
    assert found.shrunken == pytest.approx(0.05 + tau2 / (tau2 + 0.04) * (ratios - 0.05))


def test_ratios_that_agree_are_all_drawn_to_their_mean():
    found = pooled(np.array([0.10, 0.11, 0.09]), np.array([0.01, 0.02, 0.04]))
    assert found.tau2 == 0
    assert found.shrunken == pytest.approx(np.full(3, found.mean))
    assert (found.variances >= found.variance).all()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-5, 5), st.floats(1e-9, 10)), min_size=2, max_size=20
    )
)  # fmt: skip
def test_a_shrunken_ratio_lies_between_its_own_and_the_mean(pairs):
    ratios, errors = np.array(pairs).T
    found = pooled(ratios, errors)
    low, high = np.minimum(ratios, found.mean), np.maximum(ratios, found.mean)
    assert (found.shrunken >= low - 1e-9).all()
    assert (found.shrunken <= high + 1e-9).all()
    assert np.isfinite(found.variances).all()
    assert (found.variances > 0).all()


@pytest.mark.parametrize(("values", "tau"), [(3, 0.1), (6, 0.05), (12, 0.02), (20, 0.1)])
def test_intervals_of_shrunken_ratios_hold_and_they_err_less_than_raw_ones(values, tau):
    rng, held, ours, raw, runs = np.random.default_rng(31), 0.0, 0.0, 0.0, 500
    for _ in range(runs):
        truth, ratios, errors = drawn(rng, values, tau)
        found = pooled(ratios, errors)
        held += (abs(found.shrunken - truth) < 1.96 * np.sqrt(found.variances)).mean() / runs
        ours += ((found.shrunken - truth) ** 2).sum()
        raw += ((ratios - truth) ** 2).sum()
    assert held > 0.92
    assert ours < 0.9 * raw
