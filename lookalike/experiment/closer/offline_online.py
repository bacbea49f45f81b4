"""What the back-test promised of a ranking, beside what the experiment shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lookalike.errors import BadInput
from lookalike.experiment.closer.bands import Band
from lookalike.experiment.closer.depth import band_name
from lookalike.experiment.results import Interval
from lookalike.experiment.tables import NOTHING, bracketed, percent


@dataclass(frozen=True, slots=True)
class OfflineOnline:
    """One band of the audience, offline and online.

    Attributes:
        treatment: The treatment's name.
        metric: The metric whose numerator is counted online.
        numerator: That numerator's column, such as clicks.
        band: 1 for the users of the highest scores.
        share: The share of the users that are in the band.
        top_share: The share that are in it or in a better one.
        offline: The share of the held-out seeds found in the audience that the back-test found
            in this band.
        online: The share of the treated users' numerator that falls into the band.
        online_ci: Its interval.
        top_offline: The first of these shares, from the best band down to here.
        top_online: The second.
    """

    treatment: str
    metric: str
    numerator: str
    band: int
    share: float
    top_share: float
    offline: float
    online: float
    online_ci: Interval
    top_offline: float
    top_online: float


def offline_online(
    bands: Sequence[Band], curve: Mapping[str, Sequence[float]], size: float = 1.0
) -> tuple[OfflineOnline, ...]:
    """Set beside each band's share of what happened online the share that was expected of it.

    A band that reaches from a to b of the audience's users, best first, is expected to hold
    (R(b size) - R(a size)) / R(size) of the seeds in the audience, R being the recall curve of
    the run: with straight lines between the sizes that were tested, from 0 to the first of them,
    and from the last to everybody. This takes the experiment's users for a random part of the audience.

    Args:
        bands: What `by_band` returned.
        curve: `k` (shares of the eligible users, ascending) and `recall` of the run's method,
            such as an expansion's `evidence`.
        size: The audience, as a share of the eligible users; 1 where everybody was scored.

    Returns:
        One row for each band whose online share is known; none where the run was not tested, or
        found no seed within the audience.

    Raises:
        BadInput: The size is no share.
    """
    if not 0 < size <= 1:
        raise BadInput(
            f"The audience is {size:g} of the eligible users; it must be above 0 and at most 1.",
            "Write 5 % as 0.05.",
        )
    ks, recalls = (
        np.asarray([start, *curve[name], 1.0]) for name, start in (("k", 0.0), ("recall", 0.0))
    )
    found = float(np.interp(size, ks, recalls))
    if found <= 0 or not curve["k"]:
        return ()
    rows = []
    so_far = 0.0
    for row in bands:
        if row.numerator_share is None or row.numerator_ci is None:
            continue
        so_far = row.numerator_share if row.band == 1 else so_far + row.numerator_share
        start, end = (
            float(np.interp(place * size, ks, recalls)) / found
            for place in (row.top_share - row.share, row.top_share)
        )
        rows.append(
            OfflineOnline(
                treatment=row.treatment,
                metric=row.metric,
                numerator=row.numerator,
                band=row.band,
                share=row.share,
                top_share=row.top_share,
                offline=end - start,
                online=row.numerator_share,
                online_ci=row.numerator_ci,
                top_offline=end,
                top_online=min(so_far, 1.0),
            )
        )
    return tuple(rows)


def in_words(rows: Sequence[OfflineOnline]) -> str:
    """Say of one treatment and metric whether the best band holds what the back-test promised.

    Empty without rows.
    """
    if not rows:
        return ""
    best = rows[0]
    what = best.numerator.replace("_", " ")
    low, high = best.online_ci
    if low > best.offline:
        judged = "more than the back-test promised"
    elif high < best.offline:
        judged = "less than the back-test promised"
    else:
        judged = "about what the back-test promised"
    if high <= best.share:
        judged += ", and no more than their share of users"
    elif low <= best.share:
        judged += ", and perhaps no more than their share of users"
    return (
        f"The best {100 * best.share:.0f} % of users by score have {percent(best.online)} "
        f"{bracketed(best.online_ci)} of the {what} in {best.treatment}; offline they held "
        f"{percent(best.offline)} of the held-out seeds in the audience. That is {judged}."
    )


def by_score(rows: Sequence[OfflineOnline]) -> pd.DataFrame:
    """Lay out the bands of one treatment and metric for reading: all cells text."""
    what = rows[0].numerator.replace("_", " ") if rows else NOTHING
    return pd.DataFrame(
        [
            (
                band_name(row.share, row.top_share),
                percent(row.offline),
                f"{percent(row.online)} {bracketed(row.online_ci)}",
                percent(row.top_offline),
                percent(row.top_online),
            )
            for row in rows
        ],
        columns=[
            "Users by score",
            "Held-out seeds, offline",
            f"Online: {what}",
            "Seeds from the best band down to here",
            f"Online: {what} down to here",
        ],
    )
