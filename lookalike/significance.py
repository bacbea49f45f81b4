"""How sure a difference over lists is: bootstrap limits, p-values, and Holm over many of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SURE = 0.05  # the adjusted p-value below which a difference is called one
DRAWS = 20_000  # small p-values, as many comparisons need, are resolved to 1 in so many
AT_ONCE = 2_000


@lru_cache(maxsize=2)  # drawing takes most of the time, and the methods of a bucket share it
def resamples(lists: int, draws: int) -> NDArray[np.float64]:
    """Return how often each list is drawn in each resample, as a share, read-only, (draws, lists)."""
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(lists, np.full(lists, 1 / lists), size=draws) / lists
    drawn.flags.writeable = False
    return drawn


def over_lists(
    values: NDArray[np.float64], draws: int = 1_000
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return 95 % bootstrap limits of the mean over lists; None for a single list.

    Args:
        values: One line a list, (lists,) or (lists, columns).
        draws: Resamples.

    Returns:
        Low and high, scalars or (columns,).
    """
    if len(values) < 2:
        return None
    low, high = np.quantile(resamples(len(values), draws) @ values, [0.025, 0.975], axis=0)
    return low, high


def ratio(
    values: NDArray[np.float64], base: NDArray[np.float64], draws: int = 1_000
) -> tuple[float | None, float | None, float | None]:
    """Return the ratio of two means over the same lists, and its 95 % limits by paired bootstrap.

    None where the base finds nothing; no limits for a single list.
    """
    if base.mean() == 0:
        return None, None, None
    found = float(values.mean() / base.mean())
    if len(values) < 2:
        return found, None, None
    drawn = resamples(len(values), draws)
    above, below = drawn @ values, drawn @ base
    low, high = np.quantile(above[below > 0] / below[below > 0], [0.025, 0.975])
    return found, float(low), float(high)


def p_values(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return two-sided p-values of "the mean gap is 0", by a bootstrap over lists.

    The mean is studentised in each resample (Davison & Hinkley 1997, section 4.4): with ten lists
    plain percentiles call twice as many differences real as they should. A gap of 0 throughout
    gives 1.

    Args:
        gaps: One line a list, one column a comparison, (lists, comparisons); two lists at least.

    Returns:
        (comparisons,), at least 1 / (draws + 1).
    """
    lists = len(gaps)
    mean, spread = gaps.mean(axis=0), gaps.std(axis=0)
    same = np.isclose(spread, 0, atol=1e-12)
    beyond = np.zeros(gaps.shape[1])
    rng = np.random.default_rng(0)
    for _ in range(DRAWS // AT_ONCE):
        drawn = rng.multinomial(lists, np.full(lists, 1 / lists), size=AT_ONCE) / lists
        means = drawn @ gaps
        within = np.sqrt(np.maximum(drawn @ gaps**2 - means**2, 0))
        # |mean* - mean| / s* >= |mean| / s, without dividing by a spread that may be 0
        beyond += (np.abs(means - mean) * spread >= np.abs(mean) * within - 1e-15).sum(axis=0)
    found = (beyond + 1) / (DRAWS + 1)
    constant = np.where(np.isclose(mean, 0, atol=1e-12), 1.0, 1 / (DRAWS + 1))
    return np.where(same, constant, found)


def holm(found: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for their number (Holm 1979); what was not tested stays None."""
    return _adjusted(found, _holm)


def benjamini_hochberg(found: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for the share of false ones (Benjamini & Hochberg 1995), in the same way."""
    return _adjusted(found, stats.false_discovery_control)


def _holm(known: list[float]) -> NDArray[np.float64]:
    # statsmodels' own collects all garbage at every call: a third of a second once torch is loaded
    order = np.argsort(known)
    stepped = np.asarray(known)[order] * np.arange(len(known), 0, -1)
    adjusted = np.empty(len(known))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def _adjusted(
    found: Sequence[float | None], adjust: Callable[[list[float]], NDArray[np.float64]]
) -> list[float | None]:
    known = [p for p in found if p is not None]
    adjusted = iter(adjust(known).tolist() if known else ())
    return [None if p is None else next(adjusted) for p in found]
