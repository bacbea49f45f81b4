"""How many of an audience are look-alikes, if there are so many of them: from recall to a share.

Seeds and unlabelled users alone do not tell how many look-alikes there are (Elkan & Noto 2008), so
their number is an assumption that stands beside every figure made with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

LEVEL = 0.9
UNSEEN = 0.5  # hits, and misses, that Jeffreys' prior adds to those that were seen

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BackTest:
    """The numbers of a back-test.

    Attributes:
        eligible: Eligible users, what sizes are shares of.
        ranked: Users that were ranked in a fold, the held-out seeds among them; mean over folds.
        held_out: Seeds that were held out, in all folds together.
        folds: How often some were.
    """

    eligible: int
    ranked: float
    held_out: int
    folds: int

    def unrivalled(self, people: Floats, ks: Floats, recall: Floats) -> Floats:
        """Return recall had each held-out seed been ranked without the others of its fold.

        In a back-test the held-out seeds take places in the top that fall to others in an
        audience: a top of K + h * recall users, h of them seeds, holds K others.

        Args:
            people: Users in audiences, any shape.
            ks: Tested sizes as shares of the eligible users, ascending, shape (ks,).
            recall: Share of the held-out seeds found there, shape (ks,).
        """
        rivals = self.held_out / self.folds
        top = np.clip(np.floor(ks * self.eligible + 1e-9), 1, self.ranked)
        others = np.concatenate([[0.0], top - rivals * recall, [self.ranked - rivals]])
        return np.interp(people, others, np.concatenate([[0.0], recall, [1.0]]))


@dataclass(frozen=True, eq=False, slots=True)
class Expected:
    """Expected share of look-alikes in audiences of several sizes, shape (sizes,) each.

    Attributes:
        share: Of the audience, 0 to 1.
        low: Lower end of the prediction interval of the share that there will be.
        high: Its upper end.
    """

    share: Floats
    low: Floats
    high: Floats


def expected_share(
    people: Floats,
    recall: Floats,
    unrivalled: Floats,
    held_out: int,
    look_alikes: int,
    level: float = LEVEL,
) -> Expected:
    """Return the expected share of look-alikes, and where the share that turns out will lie.

    Held-out seeds are look-alikes whom the model did not know, as are those among the other users:
    recall of the former is the chance to find one of the latter, and the share of an audience is
    recall * look-alikes / people, at most 1. Since held-out seeds and look-alikes compete for the
    same places it leans to the careful side; the interval does not.

    The interval is one of prediction: it is to hold the share of look-alikes that an audience
    turns out to have, rather than its mean over many. With m of n held-out seeds found, the
    chance to find one is Beta(m + 1/2, n - m + 1/2), so the number found of T is beta-binomial.
    Its quantiles are taken from a beta distribution of the same mean and variance, in whole
    people: within one of the exact ones.

    Args:
        people: Users in an audience of each size, at least 1.
        recall: Share of the held-out seeds in the top, at each size.
        unrivalled: The same without rivals, see `BackTest.unrivalled`.
        held_out: How many seeds were held out.
        look_alikes: How many look-alikes there are among the users that an audience can hold.
        level: Chance that the interval holds the share.
    """
    known = held_out + 2 * UNSEEN
    chance = (unrivalled * held_out + UNSEEN) / known
    # a share of T has variance p(1-p) (known + T) / (T (known + 1)), a beta's is p(1-p) / (c + 1)
    concentration = max(known * (look_alikes - 1) / (known + look_alikes), 1e-6)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])[:, None]
    quantiles = special.betaincinv(concentration * chance, concentration * (1 - chance), tails)
    low, high = np.ceil(look_alikes * quantiles - 0.5)
    room = np.minimum(people, look_alikes)
    found = np.minimum(recall * look_alikes, room)
    return Expected(
        found / people,
        np.minimum(np.maximum(low, 0), found) / people,
        np.maximum(np.minimum(high, room), found) / people,
    )


def interpolated(curve: pd.DataFrame, k: float) -> pd.DataFrame:
    """Return one row of a method's curve, in a straight line between the sizes that were tested.

    Nobody is found in a top of nobody, and everybody in the top of all; below the smallest tested
    size the upper bound stays where it is there.

    Args:
        curve: Columns method, k, recall, low, high, precision; at least one row, of one method.
        k: Share of the eligible users.
    """
    return pd.DataFrame(
        {
            "method": curve.method.iloc[:1].to_numpy(),
            "k": k,
            "recall": np.interp(k, [0, *curve.k, 1], [0, *curve.recall, 1]),
            "low": np.interp(k, [0, *curve.k, 1], [0, *curve.low, 1]),
            "high": np.interp(k, [*curve.k, 1], [*curve.high, 1]),
            "precision": np.interp(k, curve.k, curve.precision),
        }
    )


def with_shares(
    points: pd.DataFrame, people: Floats, curves: pd.DataFrame, tested: BackTest, look_alikes: int
) -> pd.DataFrame:
    """Add the columns people, share, share_low and share_high to points of recall.

    Args:
        points: Columns method, k, recall and others.
        people: Users in the audience of each point.
        curves: All tested points: columns method, k, recall.
        tested: The back-test that they come from.
        look_alikes: How many are assumed.
    """
    unrivalled = np.empty(len(points))
    for method, curve in curves.groupby("method"):
        own = (points.method == method).to_numpy()
        known = curve.sort_values("k")
        unrivalled[own] = tested.unrivalled(people[own], known.k.to_numpy(), known.recall.to_numpy())
    recall = points.recall.to_numpy()
    found = expected_share(people, recall, unrivalled, tested.held_out, look_alikes)
    return points.assign(
        people=people.astype(np.int64),
        share=found.share,
        share_low=found.low,
        share_high=found.high,
    )


def rounded(share: float) -> str:
    """Write a share in percent: to one decimal below 10 %, else whole."""
    return f"{100 * share:.{_digits(share)}f}"


def _digits(share: float) -> int:
    return 1 if share < 0.0995 else 0


def in_words(there: Mapping[str, float]) -> str:
    """Say what is expected of an audience of `people`: share, share_low and share_high."""
    people = there["people"]
    shares = [there[name] for name in ("share", "share_low", "share_high")]
    share, low, high = (f"{100 * one:.{_digits(shares[0])}f}" for one in shares)
    count, least, most = (f"{one * people:,.0f}" for one in shares)
    return (
        f"{share} % of these {people:,.0f} people ({low}–{high} %) are expected to be look-alikes: "
        f"{count} ({least}–{most})"
    )


def too_many(look_alikes: int, limits: Sequence[float]) -> str:
    """Say that there are hardly as many look-alikes as are assumed, if that is so.

    Args:
        look_alikes: How many are assumed.
        limits: How many there are at most by each tested size: if a share r of them is among K
            people, there are no more than K / r.
    """
    most = min(limits, default=np.inf)
    if look_alikes <= most:
        return ""
    return f" So many are unlikely: the held-out seeds found speak against more than {most:,.0f}."
