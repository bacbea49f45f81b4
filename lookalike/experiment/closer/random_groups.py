"""Users dealt into random groups: the sums that a test of any metric needs, in every run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.experiment.metrics import Metric, Variable
from lookalike.experiment.moments import ROUNDING
from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

MOST = 1_000_000
BLOCK = 8_192
EPSILON = float(np.finfo(float).eps)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class GroupMetric:
    """A metric in one group, shape (runs,) each; NaN where it cannot be computed.

    Attributes:
        n: Users.
        less: The metric without its factor; of a mean, less the mean of all users.
        error: Its squared standard error (delta method).
        events: What is summed.
        trials: What it is divided by.
    """

    n: Floats
    less: Floats
    error: Floats
    events: Floats
    trials: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """What is summed: variables, less their means over all users, and products of pairs of them.

    Attributes:
        variables: The variables of all metrics.
        pairs: Places of two variables, the earlier one first.
        centre: Each variable's mean over all users; sums of squares need it for their digits.
    """

    variables: tuple[Variable, ...]
    pairs: tuple[tuple[int, int], ...]
    centre: Floats

    def products(self, numbers: Floats) -> Floats:
        """Return a column of ones, the numbers less their means, and the products of the pairs."""
        less = numbers - self.centre
        return np.column_stack(
            [np.ones(len(less)), less, *(less[:, i] * less[:, j] for i, j in self.pairs)]
        )

    @property
    def count(self) -> int:
        """How many columns `products` has."""
        return 1 + len(self.variables) + len(self.pairs)


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """The users of one group in every run.

    Attributes:
        columns: What was summed.
        sums: Sums over the users, shape (runs, columns).
    """

    columns: Columns
    sums: Floats

    def estimated(self, metric: Metric) -> GroupMetric:
        """Return the metric and its error in every run.

        The error is that of the delta method (Deng, Knoblich & Lu 2018, section 3).
        """
        n = np.where(self.sums[:, 0] < 2, np.nan, self.sums[:, 0])
        x = self.columns.variables.index(metric.numerator)
        above, variance = self._mean(x, n), self._cov(x, x, n)
        total = n * (self.columns.centre[x] + above)
        # less than this is the rounding of numbers that are all the same; times n keeps NaN
        variance = np.where(variance > (8 * EPSILON * self.columns.centre[x]) ** 2, variance, 0.0 * n)
        if metric.denominator is None:
            return GroupMetric(n, above, variance / n, total, n)
        y = self.columns.variables.index(metric.denominator)
        base = self.columns.centre[y] + self._mean(y, n)
        base = np.where(base == 0, np.nan, base)
        ratio = total / n / base
        parts = variance + ratio**2 * self._cov(y, y, n)
        spread = parts - 2 * ratio * self._cov(x, y, n)
        spread = np.where(spread > ROUNDING * parts, spread, 0.0 * base)
        return GroupMetric(n, ratio, spread / base**2 / n, total, n * base)

    def _mean(self, place: int, n: Floats) -> Floats:
        return self.sums[:, 1 + place] / n

    def _cov(self, left: int, right: int, n: Floats) -> Floats:
        pair = self.columns.pairs.index((min(left, right), max(left, right)))
        product = self.sums[:, 1 + len(self.columns.variables) + pair]
        return (product - n * self._mean(left, n) * self._mean(right, n)) / (n - 1)


def columns_of(people: Rows, metrics: Sequence[Metric]) -> tuple[int, Columns]:
    """Return how many users there are, and what to sum of them."""
    variables = list(dict.fromkeys(part for metric in metrics for part in _variables(metric)))
    pairs = dict.fromkeys(
        pair
        for metric in metrics
        for pair in _pairs([variables.index(part) for part in _variables(metric)])
    )
    means = "".join(f", avg({variable.sql})" for variable in variables)
    users, *centre = people.row(f"SELECT count(*){means} FROM {quoted(people.name)}")
    known = np.array([mean or 0.0 for mean in centre])
    return users, Columns(tuple(variables), tuple(pairs), known)


def blocks(people: Rows, variables: Sequence[Variable], users: int) -> Iterator[Floats]:
    """Yield numbers of the users, or of a sample of them, in a fixed order, (users, variables)."""
    columns = ", ".join(f"{variable.sql} AS v{place}" for place, variable in enumerate(variables))
    # a little more than is kept, so that a sample by hash seldom falls short
    part = int(2**64 * 1.01 * MOST / users) if users > 1.02 * MOST else 2**64 - 1
    answer = people.ask(
        f"SELECT {columns} FROM {quoted(people.name)} WHERE hash(user_id) <= {part} "
        f"ORDER BY hash(user_id), user_id LIMIT {MOST}"
    )
    for batch in answer.to_arrow_reader(BLOCK):
        yield np.column_stack([column.to_numpy(zero_copy_only=False) for column in batch.columns])


def _pairs(places: Sequence[int]) -> list[tuple[int, int]]:
    return [(left, right) for left in places for right in places if left <= right]


def _variables(metric: Metric) -> list[Variable]:
    return [part for part in (metric.numerator, metric.denominator) if part]
