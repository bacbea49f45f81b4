"""Invented A/B tests whose true effects are known: one row a user, by day, and one that is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.sample.names import COUNTRIES, DEVICES

Values = NDArray[Any]

VARIANTS = ("control", "act_alike")
# What the treatment truly does, relative to the control: per user, per user, and three rates.
EFFECTS: Mapping[str, float] = {
    "impressions_per_user": 0.036,
    "revenue_per_user": 0.031,
    "ctr": -0.057,
    "hdr": -0.083,
    "gcr": 0.027,
}
CLASSIC = (
    "impressions", "clicks", "hides", "good_clicks", "revenue",
    "pre_impressions", "pre_clicks", "pre_revenue",
)  # fmt: skip
MEASURED = (*CLASSIC[:5], *(f"pre_{name}" for name in CLASSIC[:5]))
DAYS = 14
FIRST_DAY = np.datetime64("2026-03-02")
NOVELTY, LASTING, FADES = 0.45, 0.03, 2.0  # lift of the click rate: new, for good, days to fade
LIGHT = 12  # impressions below which the broken log loses half of the treated users


def draw(rng: np.random.Generator, n: int, effects: Mapping[str, float] = EFFECTS) -> dict[str, Values]:
    """Draw n users of a test; people differ far more than variants do.

    Every effect is the exact ratio of the two variants' expectations.

    Args:
        rng: Where the draw comes from.
        n: How many users.
        effects: The true relative effects, with the keys of `EFFECTS`.

    Returns:
        Arrays of shape (n,): `treated`, the measured columns and their `pre_` ones, on which
        the variants differ by chance alone, and `score`, an audience score from 0 to 1 that
        was given before the test: the higher, the more its users click and come by.
    """
    treated = rng.random(n) < 0.5
    lift = {name: 1 + effect * treated for name, effect in effects.items()}
    here = rng.random(n) < 0.9  # the others never came by, before or during the test
    busy = rng.normal(size=n)
    activity = 45 * here * np.exp(0.7 * busy - 0.7**2 / 2)
    clicking, hiding, liking = (rng.beta(a, b, n) for a, b in ((3, 72), (0.8, 100), (4, 4)))
    worth = rng.gamma(3.0, 1 / 3.0, n)

    def period(
        impressions_lift: Values, ctr_lift: Values, worth_lift: Values
    ) -> tuple[Values, Values, Values]:
        weeks = rng.gamma(4.0, 0.25, n)  # the same person is busier at one time than at another
        impressions = rng.poisson(activity * weeks * impressions_lift)
        clicks = rng.binomial(impressions, clicking * ctr_lift)
        billed = rng.poisson(0.05 * impressions * worth * worth_lift)
        return impressions, clicks, (billed * rng.gamma(4.0, 0.1, n)).round(2)

    def answers(
        impressions: Values, clicks: Values, ctr_lift: Values, hdr_lift: Values, gcr_lift: Values
    ) -> tuple[Values, Values]:
        # a hide is of an impression that was not clicked: dividing gives the rate per impression
        left = 1 - clicking * ctr_lift
        hides = rng.binomial(impressions - clicks, (hiding * hdr_lift / left).clip(0, 1))
        return hides, rng.binomial(clicks, (liking * gcr_lift).clip(0, 1))

    one = np.ones(n)
    pre_impressions, pre_clicks, pre_revenue = period(one, one, one)
    impressions, clicks, revenue = period(
        lift["impressions_per_user"],
        lift["ctr"],
        lift["revenue_per_user"] / lift["impressions_per_user"],
    )
    hides, good_clicks = answers(impressions, clicks, lift["ctr"], lift["hdr"], lift["gcr"])
    # the first draws make experiment.csv, which stays as it is: what is new is drawn after them
    pre_hides, pre_good_clicks = answers(pre_impressions, pre_clicks, one, one, one)
    taste = np.log(clicking)
    taste = (taste - taste.mean()) / taste.std()
    score = 1 / (1 + np.exp(-0.9 * taste - 0.5 * busy - 0.8 * rng.normal(size=n)))
    return {
        "treated": treated,
        "impressions": impressions,
        "clicks": clicks,
        "hides": hides,
        "good_clicks": good_clicks,
        "revenue": revenue,
        "pre_impressions": pre_impressions,
        "pre_clicks": pre_clicks,
        "pre_hides": pre_hides,
        "pre_good_clicks": pre_good_clicks,
        "pre_revenue": pre_revenue,
        "score": score.round(3),
    }


def experiment(
    rng: np.random.Generator, user_ids: Sequence[str], effects: Mapping[str, float] = EFFECTS
) -> pa.Table:
    """Draw the plain test: user_id, variant and the `CLASSIC` columns, one row a user."""
    drawn = draw(rng, len(user_ids), effects)
    return pa.table(_keys(user_ids, drawn) | {name: drawn[name] for name in CLASSIC})


def scored_experiment(
    rng: np.random.Generator, user_ids: Sequence[str], effects: Mapping[str, float] = EFFECTS
) -> pa.Table:
    """Draw a test with all columns: country, platform, the `MEASURED` ones and score."""
    drawn = draw(rng, len(user_ids), effects)
    segments = {name: _picked(rng, len(user_ids), of) for name, of in _SEGMENTS.items()}
    columns = {name: _narrow(drawn[name]) for name in (*MEASURED, "score")}
    return pa.table(_keys(user_ids, drawn) | segments | columns)


def broken_experiment(rng: np.random.Generator, user_ids: Sequence[str]) -> pa.Table:
    """Draw a test whose log loses half of the treated users who came by the least.

    The treatment does nothing; whoever compares the users that are left sees a rise.
    """
    table = scored_experiment(rng, user_ids, dict.fromkeys(EFFECTS, 0.0))
    lost = (
        (table["variant"].to_numpy() == VARIANTS[1])
        & (table["impressions"].to_numpy() < LIGHT)
        & (rng.random(len(user_ids)) < 0.5)
    )
    return table.filter(pa.array(~lost)).drop("score")


def daily_experiment(rng: np.random.Generator, user_ids: Sequence[str], days: int = DAYS) -> pa.Table:
    """Draw a test by day that users enter one after another, with a novelty that wears off.

    The treatment lifts the click rate by NOVELTY + LASTING on a user's first day; the novelty
    fades by a factor e every FADES days, and LASTING stays.

    Args:
        rng: Where the draw comes from.
        user_ids: The users.
        days: How long the test runs.

    Returns:
        A row for each user and day on which the user came by, by day and user: date, user_id,
        variant, impressions, clicks, hides, good_clicks.
    """
    n = len(user_ids)
    treated = rng.random(n) < 0.5
    entered = np.floor(days * rng.random(n) ** 1.5).astype(int)  # the first days bring the most
    activity = 7 * np.exp(0.5 * rng.normal(size=n))
    clicking, hiding, liking = (rng.beta(a, b, n) for a, b in ((3, 57), (0.8, 100), (4, 4)))
    age = np.arange(days)[:, None] - entered
    comes = (age == 0) | ((age > 0) & (rng.random((days, n)) < 0.6))
    day, who = np.nonzero(comes)
    age, shown = age[day, who], activity[who]
    lift = 1 + treated[who] * (LASTING + NOVELTY * np.exp(-age / FADES))
    impressions = 1 + rng.poisson(shown)
    clicks = rng.binomial(impressions, (clicking[who] * lift).clip(0, 1))
    return pa.table(
        {
            "date": (FIRST_DAY + day).astype("datetime64[D]"),
            **_keys(np.asarray(user_ids)[who].tolist(), {"treated": treated[who]}),
            "impressions": _narrow(impressions),
            "clicks": _narrow(clicks),
            "hides": _narrow(rng.binomial(impressions - clicks, hiding[who])),
            "good_clicks": _narrow(rng.binomial(clicks, liking[who])),
        }
    )


_SEGMENTS: Mapping[str, Mapping[str, float]] = {"country": COUNTRIES, "platform": DEVICES}


def _keys(user_ids: Sequence[str], drawn: Mapping[str, Values]) -> dict[str, Any]:
    return {"user_id": user_ids, "variant": np.array(VARIANTS)[drawn["treated"].astype(int)]}


def _picked(rng: np.random.Generator, n: int, shares: Mapping[str, float]) -> Values:
    return rng.choice(list(shares), n, p=list(shares.values()))


def _narrow(values: Values) -> Values:
    return values if values.dtype.kind == "f" else values.astype(np.int32)
