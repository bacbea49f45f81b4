"""Who lives in the sample world, what they like, what they did and how they answer advertising."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.sample.names import AGE_BANDS, COUNTRIES, DEVICES, INTERESTS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FULL = 20_000
ITEMS = 3_600
TASTES = 8
CHOICE = 1.6  # how strongly affinity decides what people do
BLOCK = 500


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """What n users and m items are like.

    Attributes:
        topics: Each user's shares of the 30 topics, (n, 30).
        tastes: Each user's taste inside the topics, (n, 8).
        item_topics: Each item's shares of the topics, (m, 30).
        item_tastes: Each item's taste, (m, 8).
        main_topic: The topic that an item is 85 % about, (m,).
        activity: How many items each user has interacted with, (n,).
    """

    topics: Floats
    tastes: Floats
    item_topics: Floats
    item_tastes: Floats
    main_topic: Integers
    activity: Integers

    def affinity(self, users: Integers | slice, items: Integers) -> Floats:
        """Return how well items suit users, (users, items): shared topics, then shared taste."""
        match = self.topics[users] @ self.item_topics[items].T
        taste = self.tastes[users] @ self.item_tastes[items].T
        suits: Floats = np.log(match + 0.02) + 0.5 * taste / np.sqrt(TASTES)
        return suits


def people(rng: np.random.Generator, users: int) -> Population:
    """Draw a population: topics of uneven prevalence, a few to each user; activity lognormal."""
    topics = len(INTERESTS)
    prevalence = 1 / (np.arange(topics) + 4.0) ** 0.8
    prevalence /= prevalence.sum()
    items = round(ITEMS * (users / FULL) ** 0.5)
    main_topic = rng.choice(topics, items, p=prevalence)
    item_topics = 0.15 * np.eye(topics)[rng.choice(topics, items, p=prevalence)]
    item_topics[np.arange(items), main_topic] += 0.85
    centres = rng.normal(size=(topics, TASTES))
    activity = np.maximum(8, rng.lognormal(3.3, 0.8, users)).astype(np.int64)
    return Population(
        topics=rng.dirichlet(2.5 * prevalence, users),
        tastes=rng.normal(size=(users, TASTES)),
        item_topics=item_topics,
        item_tastes=0.7 * centres[main_topic] + 0.7 * rng.normal(size=(items, TASTES)),
        main_topic=main_topic,
        activity=np.minimum(activity, items // 4),
    )


def interactions(
    rng: np.random.Generator, population: Population, held_out: Integers
) -> tuple[Integers, Integers]:
    """Draw what everybody did: 85 % by affinity and popularity, the rest by popularity alone.

    Args:
        rng: Where the draw comes from.
        population: Who acts, and on what.
        held_out: Items that nobody may touch.

    Returns:
        Users and items, a pair for each interaction; a user has `activity` different items.
    """
    activity = population.activity
    items = rng.permutation(np.setdiff1d(np.arange(len(population.main_topic)), held_out))
    popularity = -0.7 * np.log(np.arange(1, len(items) + 1) + 5.0)
    by_popularity = rng.binomial(activity, 0.15)
    who, what = [], []
    # alike in activity, a block's users need alike numbers of items
    for block in np.array_split(np.argsort(activity, kind="stable"), -(-len(activity) // BLOCK)):
        appeal = CHOICE * population.affinity(block, items) + popularity
        chosen = np.zeros(appeal.shape, dtype=bool)
        popular = by_popularity[block]
        _choose(rng, np.exp(appeal), activity[block] - popular, chosen)
        _choose(rng, np.exp(popularity)[None, :], popular, chosen)
        user, item = np.nonzero(chosen)
        who.append(block[user])
        what.append(items[item])
    return np.concatenate(who), np.concatenate(what)


def _choose(
    rng: np.random.Generator, weights: Floats, counts: Integers, chosen: NDArray[np.bool_]
) -> None:
    """Mark the `counts` highest of log weight + Gumbel noise in each row of `chosen`."""
    # the same draw as the first in a race of exponential clocks, at a third of the cost
    clocks = rng.standard_exponential(chosen.shape, dtype=np.float32) / weights.astype(np.float32)
    clocks[chosen] = np.inf
    most = int(counts.max())
    first = np.argpartition(clocks, most, axis=1)[:, :most]
    order = np.take_along_axis(clocks, first, axis=1).argsort(axis=1)
    first = np.take_along_axis(first, order, axis=1)
    user, place = np.nonzero(np.arange(most) < counts[:, None])
    chosen[user, first[user, place]] = True


def engagement(rng: np.random.Generator, population: Population, advertised: Integers) -> pa.Table:
    """Draw how users answered advertising: the better the advertised items suit them, the more.

    Returns:
        impressions, clicks, ctr, revenue; n rows, in the order of the users.
    """
    users = len(population.activity)
    fit = normal_scores(population.affinity(slice(None), advertised).mean(axis=1))
    busy = normal_scores(population.activity + rng.random(users))
    impressions = np.exp(5.0 + 0.46 * fit + 0.7 * busy + 0.6 * rng.normal(size=users)).astype(int) + 1
    rate = np.exp(-3.4 + 0.34 * fit + 0.42 * rng.normal(size=users)).clip(0, 1)
    clicks = rng.binomial(impressions, rate)
    revenue = clicks * np.exp(-0.7 + 0.7 * rng.normal(size=users))
    return pa.table(
        {
            "impressions": impressions,
            "clicks": clicks,
            "ctr": (clicks / impressions).round(6),
            "revenue": revenue.round(2),
        }
    )


def attributes(
    rng: np.random.Generator, population: Population, today: np.datetime64
) -> dict[str, NDArray[np.generic]]:
    """Draw country, last_active, age_band and device; topics pull a little at the last two."""
    users = len(population.activity)
    recent = -6 * np.log1p(-rng.random(users) * (1 - np.exp(-29 / 6)))  # in days, under 29
    days = np.where(rng.random(users) < 0.08, rng.uniform(31, 300, users), recent)
    ago = (days * 86_400).astype("timedelta64[s]")
    return {
        "country": _pick(rng, COUNTRIES, population.topics, 0.0),
        "last_active": today.astype("datetime64[s]") - ago,
        "age_band": _pick(rng, AGE_BANDS, population.topics, 1.2),
        "device": _pick(rng, DEVICES, population.topics, 0.8),
    }


def _pick(
    rng: np.random.Generator, shares: dict[str, float], topics: Floats, pull: float
) -> NDArray[np.generic]:
    """Pick one of `shares` for everybody; `pull` is the deviation of a topic's log odds."""
    tilt = topics @ rng.normal(0, pull, (topics.shape[1], len(shares)))
    keys = np.log(list(shares.values())) + tilt + rng.gumbel(size=tilt.shape)
    picked: NDArray[np.generic] = np.array(list(shares))[keys.argmax(axis=1)]
    return picked


def normal_scores(values: NDArray[np.generic]) -> Floats:
    """Return the standard normal quantiles of the ranks, in the order of the values.

    Abramowitz & Stegun (1964), formula 26.2.23: the error is below 4.5e-4.
    """
    share = (np.argsort(np.argsort(values, kind="stable")) + 0.5) / len(values)
    t = np.sqrt(-2 * np.log(np.minimum(share, 1 - share)))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    scores: Floats = np.sign(share - 0.5) * (t - above / below)
    return scores
