"""Two groups held against each other: shares, their ratio, means, and how likely chance alone is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

LEVEL = 0.95
HALF = 0.5  # added to all cells of a ratio of which one is empty
STEPS = 64  # terms of a tail that are added before those that no longer count are dropped
NEGLIGIBLE = 1e-13  # of the sum so far

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def p_values(has: Counts, inside: int, have: Counts, outside: int) -> Floats:
    """Return how often a random draw of `inside` users would differ as much, two-sided.

    The number of holders in a random draw without replacement is hypergeometric, so this is
    Fisher's exact test, twice the tail on the observed side: never too small, however rare a thing
    is, where a normal approximation calls far too much of the rare things a difference.

    Args:
        has: Users of the group who have each thing, shape (things,).
        inside: Users in the group.
        have: The same of the other users, shape (things,).
        outside: The other users.

    Returns:
        Shape (things,), from 0 to 1.
    """
    has, have = np.asarray(has, np.int64), np.asarray(have, np.int64)
    more = has * outside >= have * inside
    # fewer holders inside are more holders outside
    tail = np.where(
        more, _upper_tail(has, inside, have, outside), _upper_tail(have, outside, has, inside)
    )
    return np.minimum(1.0, 2 * tail)


def _upper_tail(has: Counts, inside: int, have: Counts, outside: int) -> Floats:
    """P(X >= has), X hypergeometric: holders among `inside` users drawn from all.

    Away from the mean the terms soon fall geometrically; towards it they need not be added, since
    the caller takes the other tail there.
    """
    total = np.zeros(len(has))
    place = np.flatnonzero(has * outside >= have * inside)
    drawn = has[place].astype(np.float64)
    holders = drawn + have[place]
    term = np.exp(
        _log_binomial(inside, drawn)
        + _log_binomial(outside, holders - drawn)
        - _log_binomial(inside + outside, holders)
    )
    while len(place):
        for _ in range(STEPS):
            total[place] += term
            term = term * (holders - drawn) * (inside - drawn)
            term /= (drawn + 1) * (outside - holders + drawn + 1)
            drawn = drawn + 1
        going = term > NEGLIGIBLE * total[place]
        place, drawn, holders, term = place[going], drawn[going], holders[going], term[going]
    return total


def _log_binomial(of: int, chosen: Floats) -> Floats:
    return special.gammaln(of + 1.0) - special.gammaln(chosen + 1) - special.gammaln(of - chosen + 1)


def ratios(has: Counts, inside: int, have: Counts, outside: int) -> tuple[Floats, Floats, Floats]:
    """Return the ratio of two shares and its 95 % limits, by the log method (Katz et al. 1978).

    ln(p / q) +- z sqrt(1/has - 1/inside + 1/have - 1/outside). Where nobody of a group has the
    thing, a half is added to all four numbers (Walter 1975), so that there is an answer at all. That
    upper limit is far too wide where it is the group, and may hold 1 where the exact test is sure of
    a difference: there it comes from Wilson's limits of the two shares (Donner & Zou 2012).
    Other arguments as for `p_values`.
    """
    added = np.where((has == 0) | (have == 0), HALF, 0.0)
    a, n, b, m = has + added, inside + added, have + added, outside + added
    ratio = (a / n) / (b / m)
    error = np.sqrt(np.maximum(1 / a - 1 / n + 1 / b - 1 / m, 0))
    reach = np.exp(stats.norm.ppf((1 + LEVEL) / 2) * error)
    high = ratio * reach
    nobody = (has == 0) & (have > 0)
    high[nobody] = _high_of_none(inside, have[nobody], outside)
    return ratio, ratio / reach, high


def _high_of_none(inside: int, have: Counts, outside: int) -> Floats:
    """Return the upper limit of p / q where p is 0 of `inside`: u_p / sqrt(l_q (2 q - l_q))."""
    z = stats.norm.ppf((1 + LEVEL) / 2)
    upper = z**2 / (inside + z**2)
    q = have / outside
    middle, spread = q + z**2 / (2 * outside), q * (1 - q) / outside + z**2 / (4 * outside**2)
    lower = (middle - z * np.sqrt(spread)) / (1 + z**2 / outside)
    limits: Floats = upper / np.sqrt(lower * (2 * q - lower))
    return limits


def mean_difference(
    one: tuple[int, float, float], other: tuple[int, float, float]
) -> tuple[float, float, float, float]:
    """Return the difference of two means, its 95 % limits and the p-value of 0, by Welch's t.

    Args:
        one: Users, mean and variance (ddof 1) of the group; at least two users.
        other: The same of the others.
    """
    difference = one[1] - other[1]
    parts = [variance / count for count, _, variance in (one, other)]
    error = float(np.sqrt(sum(parts)))
    if error == 0:
        return difference, difference, difference, float(difference == 0)
    freedom = sum(parts) ** 2 / sum(
        part**2 / (count - 1) for part, (count, *_) in zip(parts, (one, other), strict=True)
    )
    reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    p = 2 * float(stats.t.sf(abs(difference) / error, freedom))
    return difference, difference - reach, difference + reach, p
