"""How much each view of a list counts: from the seeds themselves and from past lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.base import KS
from lookalike.past import PastLists

TEMPERATURES = (0.02, 0.05, 0.1, 0.25)
TILTS = (-0.2, -0.1, 0.0, 0.1, 0.25, 0.5)
USUAL_TEMPERATURE = 0.08
WIDTH = 0.7  # of the kernel, in ln(size)
PRIOR_SEEDS = 100.0  # so many seeds weigh as much as the past lists do
SHARPNESS = 150.0  # with which temperature and tilt are averaged

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Shares:
    """A blend: how much each view counts, and how far activity tilts it.

    Attributes:
        views: Sum to 1 (with the network's), shape (K,).
        network: The neural network's; 0 without one.
        tilt: Of the logit of activity's rank: below 0, the less active come up.
    """

    views: Floats
    network: float
    tilt: float


def logits(middle: NDArray[np.floating], count: int) -> Floats:
    """Return logit((rank + 1/2) / n) for users in so many places, counted from below, of `count`.

    Args:
        middle: rank + 1/2; 0 is below all and `count` above all.
        count: How many users ranks are taken from.
    """
    share = np.clip(np.asarray(middle, np.float64), 0.25, count - 0.25) / count
    found: Floats = np.log(share / (1 - share))
    return found


def headline(above: NDArray[np.floating], eligible: int) -> Floats:
    """Return mean recall over the headline tops, for users with so many others above; axis 0."""
    tops = [max(1, int(np.floor(k * eligible + 1e-9))) for k in KS]
    found: Floats = np.mean([(above < top).mean(axis=0) for top in tops], axis=0)
    return found


def kernel(past: PastLists, size: float, without: NDArray[np.bool_]) -> Floats:
    """Return how much each past list says about a list of this size; sums to 1, shape (J,)."""
    gaps = (np.log(past.sizes) - np.log(size)) / WIDTH
    # far from every list the nearest decide, rather than none
    raised = np.exp(-0.5 * (gaps**2 - np.min(gaps**2))) * np.sqrt(np.minimum(past.held, 30))
    raised[without] = 0
    weight: Floats = raised / max(raised.sum(), 1e-300)
    return weight


def judged(own: Floats, size: float, past: PastLists, weight: Floats) -> Floats:
    """Judge each view by what past lists of the size had, moved by what these seeds say.

    The seeds' leave-one-out recall is held against that of the past lists, view by view, so that
    a view which always looks better from inside gains nothing by it.

    Args:
        own: Leave-one-out recall of the seeds by view, shape (K,).
        size: How many seeds there are.
        past: The past lists.
        weight: How much each of them says, shape (J,).
    """
    trust = size / (size + PRIOR_SEEDS)
    found: Floats = weight @ past.recall + trust * (own - weight @ past.own)
    return found


def softened(judgement: Floats, scale: float, temperature: float) -> Floats:
    """Turn recalls into shares that sum to 1: exp(gap to the best / (temperature * scale))."""
    raised = np.exp((judgement - judgement.max()) / max(temperature * scale, 1e-9))
    shares: Floats = raised / raised.sum()
    return shares


def best_of(judgement: Floats, rivals: Sequence[Sequence[int]]) -> list[int]:
    """Return the place of the best of each group of views that differ in a penalty alone."""
    return [group[int(np.argmax(judgement[group]))] for group in map(list, rivals)]


def shares_with(
    own: Floats,
    size: float,
    rivals: Sequence[Sequence[int]],
    past: PastLists,
    without: NDArray[np.bool_],
    *,
    network: bool = False,
) -> Shares:
    """Return the blend for a list, with past lists to learn from.

    Args:
        own: Leave-one-out recall of the seeds by view, shape (K,).
        size: How many seeds the list has.
        rivals: Places of views of which only the best is taken.
        past: The past lists.
        without: Past lists that must not speak: those that are nearly this list, shape (J,).
        network: Whether a neural network joins.
    """
    weight = kernel(past, size, without)
    judgement = judged(own, size, past, weight)
    chosen = best_of(judgement, rivals)
    expected = np.einsum("j,jtb->tb", weight, past.blended)
    votes = np.exp(SHARPNESS * (expected / max(expected.max(), 1e-9) - 1))
    votes /= votes.sum()
    temperature = float(votes.sum(axis=1) @ np.array(past.temperatures))
    tilt = float(votes.sum(axis=0) @ np.array(TILTS))
    candidates = judgement[chosen]
    tried = np.isfinite(past.network) & ~without
    if network and tried.any():
        gaps = past.network[tried] - past.recall[tried].mean(axis=1)
        says = weight[tried] if weight[tried].sum() > 0 else np.ones(tried.sum())
        candidates = np.append(candidates, judgement.mean() + np.average(gaps, weights=says))
    elif network:
        candidates = np.append(candidates, judgement.mean())
    scale = float((weight @ past.recall).max())
    return _spread(softened(candidates, scale, temperature), chosen, len(own), tilt)


def shares_alone(
    own: Floats, size: float, rivals: Sequence[Sequence[int]], *, network: bool = False
) -> Shares:
    """Return the blend for a list where there are no past lists to learn from."""
    tilt = float(np.clip(0.1 - 0.07 * np.log(size / 3), -0.18, 0.1))
    chosen = best_of(own, rivals)
    judgement = own[chosen] * size / (size + PRIOR_SEEDS)  # few seeds say little: near equal shares
    if network:
        judgement = np.append(judgement, judgement.mean())
    shares = softened(judgement, float(own.max()), USUAL_TEMPERATURE)
    return _spread(shares, chosen, len(own), tilt)


def _spread(shares: Floats, chosen: list[int], count: int, tilt: float) -> Shares:
    views = np.zeros(count)
    views[chosen] = shares[: len(chosen)]
    return Shares(views, float(shares[len(chosen) :].sum()), tilt)
