"""Would more seeds help? Recall against seed size, from parts of the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.advice.arms import Arm, Tried, all_but_held, interval

FEWEST = 4  # seeds in the smallest part
LEVEL = 0.01  # a doubling that brings less than one point is none to wait for
POINTS = 100


def sizes(training: int) -> list[int]:
    """Return the seed sizes of the curve: all that train, halved again and again, ascending."""
    halves = [training]
    while halves[-1] // 2 >= FEWEST:
        halves.append(halves[-1] // 2)
    return halves[::-1]


def curve_arms(
    fold_of: NDArray[np.int64], weights: NDArray[np.float64], rng: np.random.Generator
) -> dict[str, Arm]:
    """Return the ways to train on a part of the list, by name; the whole is not among them.

    In each fold the parts are drawn anew and lie within each other, so that a difference between
    two sizes is not one between two draws.

    Args:
        fold_of: The fold that each seed is held out in, -1 for never, shape (P,).
        weights: Of the seeds, shape (P,).
        rng: Draws the parts.
    """
    every = all_but_held(fold_of)
    order = np.argsort(rng.random(every.shape) + ~every, axis=1)  # those who train come first
    place = np.argsort(order, axis=1)
    parts = sizes(int(every.sum(axis=1).min()))[:-1]
    return {_name(size): Arm(place < size, weights) for size in parts}


def learning_curve(tried: Tried, whole: str, fold_of: NDArray[np.int64]) -> dict[str, Any]:
    """Sum a learning curve up.

    Args:
        tried: What was found by the ways of `curve_arms` and by the whole list.
        whole: The name under which all seeds trained.
        fold_of: As for `curve_arms`.

    Returns:
        "points": size, recall, low, high, ascending; "doubling": seeds from and to, and what this
        last doubling brought, difference, low, high (paired over the held-out seeds); None where
        the list is too short to be halved.
    """
    every = all_but_held(fold_of).sum(axis=1)
    ladder = sizes(int(every.min()))
    points = []
    for size in ladder:
        name = whole if size == ladder[-1] else _name(size)
        recall, low, high = interval(tried.found[name])
        points.append({"size": size, "recall": recall, "low": low, "high": high})
    doubling = None
    if len(ladder) > 1:
        gained = tried.found[whole] - tried.found[_name(ladder[-2])]
        mean, low, high = interval(gained)
        doubling = {
            "from": ladder[-2],
            "to": ladder[-1],
            "difference": mean,
            "low": low,
            "high": high,
        }
    return {"points": points, "doubling": doubling}


def curve_sentence(curve: Mapping[str, Any]) -> str:
    """Say whether more seeds would help, and look ahead by one doubling at most."""
    last = curve["doubling"]
    if last is None:
        return f"The list is too short to tell: at least {2 * FEWEST} seeds must be left to train on."
    gain = f"{POINTS * last['difference']:+.1f} points ({POINTS * last['low']:+.1f} to "
    gain += f"{POINTS * last['high']:+.1f})"
    step = f"from {last['from']:,} to {last['to']:,} seeds"
    if last["low"] > 0 and last["difference"] >= LEVEL:
        return (
            f"More seeds would help: going {step}, the share of held-out seeds found rose by {gain}. "
            f"With {2 * last['to']:,} seeds, expect up to as much again; further than that this "
            "cannot see."
        )
    if last["high"] < 2 * LEVEL:
        return (
            f"More seeds would hardly help: going {step}, the share of held-out seeds found changed "
            f"by {gain}. It has levelled off."
        )
    return (
        f"It is not clear whether more seeds would help: going {step}, the share of held-out seeds "
        f"found changed by {gain}."
    )


def _name(size: int) -> str:
    return f"size {size}"
