"""The seed lists of the sample world: which items they are about, who is on them, and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.sample.names import INTERESTS, LIST_KINDS, list_name
from lookalike.sample.population import CHOICE, FULL, Floats, Integers, Population, normal_scores

LISTS = 60
EDGES = (20, 50, 150, 400, 1_000, 2_500)
RANDOM_SHARE = 0.1
GOOD, VALUED = "good_seeds", "seeds_with_value"


@dataclass(frozen=True, slots=True)
class Campaign:
    """A list to draw.

    Attributes:
        name: What a marketer would call it.
        items: The items that its people acted on: one, or two for a union.
        size: How many people are on it.
        value: The numeric column that it brings along, if any.
    """

    name: str
    items: tuple[int, ...]
    size: int
    value: str | None


def edges(users: int) -> Integers:
    """Return the six edges of the five size buckets in a world of so many users.

    A smaller world keeps its smallest lists and squeezes the range of sizes above them.
    """
    widest = np.log(EDGES[-1] / EDGES[0])
    squeezed = EDGES[0] * (np.array(EDGES) / EDGES[0]) ** (1 + np.log(users / FULL) / widest)
    whole: Integers = squeezed.round().astype(np.int64)
    return whole


def plan(rng: np.random.Generator, population: Population) -> list[Campaign]:
    """Plan the 60 lists, and the two for the sample files; no item is behind two of them."""
    interests = list(INTERESTS)
    users = len(population.activity)
    free = iter(rng.permutation(len(population.main_topic)).tolist())
    log_edges = np.log(edges(users))
    campaigns = []
    for number in range(1, LISTS + 1):
        items = tuple(next(free) for _ in range(2 if number % 5 == 0 else 1))
        # the sizes go round the buckets, a step further after each union: else all were in one
        bucket = (number + (number - 1) // 5) % 5
        size = int(np.exp(rng.uniform(log_edges[bucket], log_edges[bucket + 1])))
        kind, value = LIST_KINDS[number % len(LIST_KINDS)]
        name = list_name(number, [interests[population.main_topic[item]] for item in items], kind)
        campaigns.append(Campaign(name, items, size, value))
    for name, size, value in ((GOOD, 600, None), (VALUED, 400, "spend")):
        scaled = max(EDGES[0], round(size * users / FULL))
        campaigns.append(Campaign(name, (next(free),), scaled, value))
    return campaigns


def draw(
    rng: np.random.Generator, population: Population, campaign: Campaign, affinity: Floats
) -> tuple[Integers, NDArray[np.float32]]:
    """Draw a list's members, item after item and then the random ones, each time from who is left.

    Args:
        rng: Where the draw comes from.
        population: Who may be drawn.
        campaign: The list.
        affinity: How well its items suit the users, (n, items).

    Returns:
        The members' rows in random order, (size,), and the probability of everyone to be drawn
        (n,), which sums to size.
    """
    users = len(affinity)
    random = round(RANDOM_SHARE * campaign.size)
    ends = np.linspace(0, campaign.size - random, len(campaign.items) + 1).round().astype(int)
    appeals = [CHOICE * one + 0.7 * np.log(population.activity) for one in affinity.T]
    inside = np.zeros(users, dtype=bool)
    probability = np.zeros(users)
    for appeal, count in zip(
        [*appeals, np.zeros(users)], [*np.diff(ends).tolist(), random], strict=True
    ):
        keys = np.where(inside, -np.inf, appeal + rng.gumbel(size=users))
        inside[np.argsort(-keys)[:count]] = True
        probability += (1 - probability) * inclusion(np.exp(appeal), 1 - probability, count)
    return rng.permutation(np.flatnonzero(inside)), probability.astype(np.float32)


def inclusion(weights: Floats, outside: Floats, count: int) -> Floats:
    """Approximate the chance to be among the `count` highest of log weight + Gumbel noise, (n,).

    Such a draw is a race of exponential clocks that stops at a time tau, so that a user is in it
    with probability 1 - exp(-tau * weight); tau makes the expected number equal `count`.

    Args:
        weights: The rates of the clocks, (n,), positive.
        outside: The probability that a user takes part, (n,).
        count: How many are drawn; fewer than take part.
    """
    tau = 0.0
    # the expected number is concave in tau: Newton's steps from the left never overshoot
    for _ in range(50):
        late = np.exp(-tau * weights)
        missing = count - (outside * (1 - late)).sum()
        if missing <= 1e-9 * count:
            break
        tau += missing / (outside * weights * late).sum()
    chance: Floats = -np.expm1(-tau * weights)
    return chance


def values(rng: np.random.Generator, column: str, affinity: Floats) -> NDArray[np.generic]:
    """Draw what the members of a list spent, or how often they clicked; it rises with affinity."""
    latent = 0.53 * normal_scores(affinity) + 0.85 * rng.normal(size=len(affinity))
    if column == "clicks":
        return np.exp(1.6 + latent).astype(np.int64) + 1
    return np.exp(3.4 + 0.8 * latent).round(2)
