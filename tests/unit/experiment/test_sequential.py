import math

import numpy as np
import pytest

from lookalike.experiment.sequential import TIGHTEST_AT, half_width


def test_it_equals_the_formula_worked_out_by_hand() -> None:
    rho2 = (2 * 2.995732273553991 + math.log(2 * 2.995732273553991 + 1)) / 5000
    expected = math.sqrt(
        2 * (1000 * rho2 + 1) / (1000**2 * rho2) * math.log(math.sqrt(1000 * rho2 + 1) / 0.05)
    )
    assert half_width(4.0 / 1000, 1000) == pytest.approx(2.0 * expected, rel=1e-12)


def test_it_is_wider_than_a_fixed_interval_and_least_so_where_it_is_tuned() -> None:
    def against_fixed(n: int) -> float:
        return half_width(1.0 / n, n) / (1.959964 / math.sqrt(n))

    ratios = {n: against_fixed(n) for n in (50, 500, TIGHTEST_AT, 50_000, 5_000_000)}
    assert min(ratios.values()) > 1
    assert min(ratios, key=ratios.__getitem__) == TIGHTEST_AT


def test_looking_often_seldom_misleads() -> None:
    """A/A, looked at 14 times: some fixed interval leaves out 0 far too often, these hardly."""
    rng, runs, looks = np.random.default_rng(8), 400, 14
    counts = np.linspace(500, 7000, looks).astype(int)
    sums = np.cumsum(rng.normal(size=(runs, counts[-1])), axis=1, dtype=np.float32)[:, counts - 1]
    means = np.abs(sums / counts)
    always = np.array([half_width(1 / n, int(n)) for n in counts])
    fixed = 1.959964 / np.sqrt(counts)
    assert (means > always).any(axis=1).mean() < 0.05
    assert (means > fixed).any(axis=1).mean() > 0.15
