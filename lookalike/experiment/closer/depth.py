"""How far down a ranked audience a treatment may go, and its bands as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lookalike.experiment.closer.bands import Band
from lookalike.experiment.tables import p_value, relative, value


@dataclass(frozen=True, slots=True)
class Reach:
    """How far down the scores a treatment may go.

    Attributes:
        treatment: The treatment's name.
        metric: The metric that decides.
        band: The deepest band; None where not even the best one will do.
        share: The share of users with a score down to its end.
        score_from: The lowest score down to its end.
        sentence: The same in words, and what stands in the way of more.
    """

    treatment: str
    metric: str
    band: int | None
    share: float | None
    score_from: float | None
    sentence: str


def how_far(bands: Sequence[Band], primary: str) -> tuple[Reach, ...]:
    """Say for each treatment down to which band it may go.

    That is the deepest band such that, among all users from the best band down to it, the interval
    of the primary metric's lift lies on the good side of 0 and no guardrail is broken. Depths are
    looked at side by side, without a correction for their number: a hint for the next test.

    Args:
        bands: What `by_band` returned, of the primary metric and of the guardrails.
        primary: The name of the metric that decides.

    Returns:
        One a treatment; none for those without the primary metric.
    """
    treatments = dict.fromkeys(row.treatment for row in bands if row.metric == primary)
    return tuple(
        _reach([row for row in bands if row.treatment == treatment], primary) for treatment in treatments
    )


def by_score(rows: Sequence[Band]) -> pd.DataFrame:
    """Lay out the bands of one treatment and metric for reading: all cells text."""
    return pd.DataFrame(
        [
            (
                band_name(row.share, row.top_share),
                f"{value(row.score_from, rate=False)} to {value(row.score_to, rate=False)}",
                f"{row.n_control:,}",
                f"{row.n_treatment:,}",
                value(row.control_value, row.rate),
                value(row.treatment_value, row.rate),
                relative(row.rel_lift, row.rel_ci),
                p_value(row.p_bh),
                relative(row.top_rel_lift, row.top_rel_ci),
            )
            for row in rows
        ],
        columns=[
            "Users by score",
            "Scores",
            "Users in control",
            "Users in treatment",
            "Control",
            "Treatment",
            "Lift",
            "BH p",
            "Lift from the best band down to here",
        ],
    )


def _reach(rows: Sequence[Band], primary: str) -> Reach:
    depths = [row for row in rows if row.metric == primary]
    guardrails = [row for row in rows if row.metric != primary and row.margin is not None]
    broken = {row.band: row for row in guardrails if row.top_guardrail == "broken"}
    will_do = [row for row in depths if _better(row) and row.band not in broken]
    if not will_do:
        best, everybody = depths[0], depths[-1]
        top, bottom = (_moved(broken.get(row.band, row)) for row in (best, everybody))
        sentence = (
            f"With {best.treatment}, no depth shows a clear gain: among the {_top(best)} of users by "
            f"score {top}, among all with a score {bottom}."
        )
        return Reach(best.treatment, primary, None, None, None, sentence)
    deepest = will_do[-1]
    kept = ", and no guardrail is broken" if guardrails else ""
    further = [row for row in depths if row.band > deepest.band]
    more = (
        f"; one band further down {_moved(broken.get(further[0].band, further[0]))}" if further else ""
    )
    lowest = value(deepest.score_from, rate=False)
    far = (
        f"the {_top(deepest)} of users by score (from a score of {lowest})"
        if further
        else "all users with a score"
    )
    sentence = f"With {deepest.treatment} one can expand to {far}: there {_moved(deepest)}{kept}{more}."
    return Reach(
        deepest.treatment, primary, deepest.band, deepest.top_share, deepest.score_from, sentence
    )


def _better(row: Band) -> bool:
    if row.top_rel_ci is None:
        return False
    low, high = row.top_rel_ci
    return low > 0 if row.good == "up" else high < 0


def _moved(row: Band) -> str:
    """Say how far a metric moved from the best band down to this one."""
    if row.top_rel_lift is None or row.top_rel_ci is None:
        return f"the {row.label} cannot be compared"
    return f"the lift of {row.label} is {relative(row.top_rel_lift, row.top_rel_ci)}"


def band_name(share: float, top_share: float) -> str:
    """Name a band by its place: "best 20 %", "20 to 40 %"."""
    low, high = (100 * end for end in (top_share - share, top_share))
    return f"best {high:.0f} %" if low < 0.5 else f"{low:.0f} to {high:.0f} %"


def _top(row: Band) -> str:
    return f"best {100 * row.top_share:.0f} %"
