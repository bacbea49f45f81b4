"""The networks of many lists: lists of similar size are trained together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.errors import LookalikeError
from lookalike.methods.mlp import Network, fit_mlp, fit_together
from lookalike.methods.mlp_recipe import DEFAULT, MOST_NEGATIVES, Recipe
from lookalike.pool import Pool
from lookalike.progress import Progress

Listed = tuple[NDArray[np.int64], NDArray[np.float64]]

ALIKE = 1.5  # a group's largest sample to its smallest
# Bytes of a step's hidden units: beyond this nothing more is gained (measured on one core). Lists of
# 30 seeds train 5 times faster in a group of this size than alone, of 200 seeds 4 times, of 1,000
# seeds 2 to 3 times; above some 5,000 seeds a list fills it and trains alone.
TOGETHER = 4 * 2**20


def fit_mlp_many(
    pool: Pool,
    lists: Sequence[Listed],
    rng: np.random.Generator,
    progress: Progress,
    recipe: Recipe = DEFAULT,
) -> list[Network | LookalikeError]:
    """Train the networks of many lists, several at once: see `fit_mlp`.

    The lists of a group share their negatives, and what belongs to a list is masked for it. The same
    lists in the same order with the same `rng` give the same networks.

    Args:
        pool: Where the users are.
        lists: For each list, positions of its seeds, int64 ascending, and their weights, mean 1.
        rng: Of everything that is drawn.
        progress: Told every epoch of every group with the facts `epoch`, `loss` and `lists`, how
            many are done.
        recipe: How to train.

    Returns:
        A network a list, in order; what was wrong where a list cannot be trained.
    """
    sizes = [len(positives) for positives, _ in lists]
    groups = grouped(sizes, recipe)
    spent = np.cumsum([0] + [sum(_lines(sizes[place], recipe) for place in group) for group in groups])
    found: dict[int, Network | LookalikeError] = {}
    for group, low, high in zip(groups, spent, spent[1:], strict=False):
        part = progress.span(low / max(spent[-1], 1), high / max(spent[-1], 1))
        found |= _fit_group(pool, lists, group, rng, part, recipe, len(found))
    return [found[place] for place in range(len(lists))]


def grouped(sizes: Sequence[int], recipe: Recipe) -> list[list[int]]:
    """Return which lists train together, by their numbers of seeds, the smallest first.

    A group's samples differ by at most `ALIKE`, and the hidden units of its steps take at most
    `TOGETHER` bytes. A network of several hidden layers trains alone.
    """
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    runs: list[list[int]] = []
    for place in order:
        lines = _lines(sizes[place], recipe)
        if runs and sizes[place] and lines <= ALIKE * _lines(sizes[runs[-1][0]], recipe):
            runs[-1].append(place)
        else:
            runs.append([place])
    groups = []
    for run in runs:
        batch = recipe.batch_of(_lines(sizes[run[-1]], recipe))
        units = recipe.nets * sum(recipe.hidden) * (1 - recipe.dropout)
        most = max(1, int(TOGETHER / (4 * units * batch))) if len(recipe.hidden) == 1 else 1
        parts = np.array_split(run, -(-len(run) // most))
        groups += [part.tolist() for part in parts]
    return groups


def _lines(seeds: int, recipe: Recipe) -> int:
    return seeds + recipe.negatives_for(seeds)


def _fit_group(
    pool: Pool,
    lists: Sequence[Listed],
    group: Sequence[int],
    rng: np.random.Generator,
    progress: Progress,
    recipe: Recipe,
    done: int,
) -> dict[int, Network | LookalikeError]:
    """Train a group; a list that leaves too few of the shared negatives has to go alone."""
    torch.set_num_threads(pool.threads)
    wanted = {place: recipe.negatives_for(len(lists[place][0])) for place in group}
    nobody = np.empty(0, np.int64)
    together: list[int] = []
    if len(group) > 1:
        largest = max(len(lists[place][0]) for place in group)
        left = max(1 - largest / len(pool.eligible), 0.5)
        count = min(int(max(wanted.values()) / left), MOST_NEGATIVES)
        negatives = pool.negatives(nobody, count, rng)
        for place in group:
            positives = lists[place][0]
            strangers = len(negatives) - int(np.isin(negatives, positives).sum())
            if len(positives) and strangers >= wanted[place] / 2:
                together.append(place)
    found: dict[int, Network | LookalikeError] = {}
    alone = [place for place in group if place not in together]
    share = len(together) / len(group)

    if together:
        part = progress.span(0, share)

        def heard(epoch: int, loss: float) -> None:
            told = f"Training {len(together)} lists together: epoch {epoch} of {recipe.epochs}"
            facts = {"epoch": epoch, "epochs": recipe.epochs, "loss": loss, "lists": done}
            part.at(epoch / recipe.epochs, told, **facts)

        chosen = [lists[place] for place in together]
        networks = fit_together(pool, chosen, negatives, int(rng.integers(2**31)), heard, recipe)
        found |= dict(zip(together, networks, strict=True))
    for number, place in enumerate(alone):
        low = share + (1 - share) * number / len(alone)
        high = share + (1 - share) * (number + 1) / len(alone)
        try:
            found[place] = fit_mlp(pool, *lists[place], rng, progress.span(low, high), recipe)
        except LookalikeError as wrong:
            found[place] = wrong
    return found
