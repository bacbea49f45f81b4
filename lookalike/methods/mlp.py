"""A small network per seed list on the snapshot's columns: the classifier of act-alike audiences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.base import nobody
from lookalike.methods.centroid import unit_rows
from lookalike.methods.mlp_deep import train_deep
from lookalike.methods.mlp_recipe import DEFAULT, PUBLISHED, Recipe
from lookalike.methods.mlp_training import Heard, Sample, train
from lookalike.pool import BLOCK, Pool, Users
from lookalike.progress import Progress

__all__ = ["PUBLISHED", "Network", "Recipe", "fit_mlp", "fit_mlp_published", "fit_together"]


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """The nets side by side, the whitening folded into the first layer.

    Attributes:
        inner: First layer, float32, shape (d, nets * hidden).
        inner_bias: Shape (nets * hidden,).
        between: Weights, shape (nets, hidden, next hidden), and biases, shape
            (nets, 1, next hidden), of further hidden layers.
        outer: Last layer of all nets, already divided by their number, shape (nets * hidden,).
        bias: Mean of the output biases.
        unit: Whether users enter at length 1.
    """

    inner: torch.Tensor
    inner_bias: torch.Tensor
    between: list[tuple[torch.Tensor, torch.Tensor]]
    outer: torch.Tensor
    bias: float
    unit: bool

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the mean logit of the nets, shape (users,)."""
        columns = unit_rows(users.core) if self.unit else users.core
        with torch.inference_mode():
            rows = torch.from_numpy(np.require(columns, requirements=["C", "W"]))
            hidden = torch.addmm(self.inner_bias, rows, self.inner).relu_()
            for weights, bias in self.between:
                by_net = hidden.view(len(rows), len(weights), -1).transpose(0, 1)
                hidden = torch.baddbmm(bias, by_net, weights).relu_().transpose(0, 1).flatten(1)
            return (hidden @ self.outer + self.bias).numpy()


def fit_mlp(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    recipe: Recipe = DEFAULT,
) -> Network:
    """Train with weighted binary cross-entropy, the two classes balanced.

    Every epoch reports its mean loss through `progress` as the facts `epoch` and `loss`.

    Raises:
        BadInput: There are no positives, or every eligible user is one.
    """
    torch.set_num_threads(pool.threads)
    if not len(positives):
        raise nobody()
    negatives = pool.negatives(positives, recipe.negatives_for(len(positives)), rng)
    seed = int(rng.integers(2**31))

    def heard(epoch: int, loss: float) -> None:
        told = f"Training: epoch {epoch} of {recipe.epochs}"
        progress.at(epoch / recipe.epochs, told, epoch=epoch, epochs=recipe.epochs, loss=loss)

    if len(recipe.hidden) == 1:
        return fit_together(pool, [(positives, weights)], negatives, seed, heard, recipe)[0]
    entrance = Entrance.of(pool, recipe)
    sample = np.concatenate([positives, negatives])
    labels = torch.zeros(len(sample))
    labels[: len(positives)] = 1.0
    importance = torch.full((len(sample),), len(sample) / (2 * len(negatives)))
    importance[: len(positives)] = _balanced(weights, len(sample))
    users = entrance.users(pool, sample)[:, :-1]
    return folded(train_deep(users, labels, importance, recipe, seed, heard), recipe, entrance)


def fit_together(
    pool: Pool,
    lists: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
    negatives: NDArray[np.int64],
    seed: int,
    heard: Heard,
    recipe: Recipe,
) -> list[Network]:
    """Train the networks of lists of similar size, of one hidden layer, against the same negatives.

    Args:
        pool: Where the users are.
        lists: Positions of the seeds and their weights; there are some in each.
        negatives: Positions; one that is a seed of a list is no negative of that list. Each list
            has to have some.
        seed: Of everything that is drawn.
        heard: Told the number and the mean loss of every epoch.
        recipe: How to train.
    """
    entrance = Entrance.of(pool, recipe)
    others = entrance.users(pool, negatives)
    most = max(len(positives) for positives, _ in lists)
    users = torch.zeros(len(lists), most, others.shape[1])
    importance = torch.zeros(len(lists), most)
    against = torch.zeros(len(lists), len(negatives))
    lines = most + len(negatives)
    for place, (positives, weights) in enumerate(lists):
        users[place, : len(positives)] = entrance.users(pool, positives)
        importance[place, : len(positives)] = _balanced(weights, lines)
        strangers = ~np.isin(negatives, positives)
        against[place] = _balanced(strangers.astype(np.float64), lines)
    trained = train(Sample(users, importance, others, against), recipe, seed, heard)
    shape = (len(lists), recipe.nets, recipe.hidden[0])
    inner = trained.inner.view(*shape, -1)
    outer = trained.outer.view(*shape, 1)
    bias = trained.bias.view(len(lists), recipe.nets, 1, 1)
    return [
        folded([own[..., :-1].mT, own[..., -1:].mT, out_of, last], recipe, entrance)
        for own, out_of, last in zip(inner, outer, bias, strict=True)
    ]


def fit_mlp_published(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> Network:
    """Train by the recipe as published: see `fit_mlp`."""
    return fit_mlp(pool, positives, weights, rng, progress, PUBLISHED)


def _balanced(weights: NDArray[np.float64], lines: int) -> torch.Tensor:
    """Return the weights of one class such that it weighs half of so many lines, float32."""
    return torch.from_numpy((weights * (lines / 2 / weights.sum())).astype(np.float32))


@dataclass(frozen=True, eq=False, slots=True)
class Entrance:
    """How users enter a network: (x - mean) scaling.

    Attributes:
        mean: Shape (d,).
        scaling: Shape (d, d).
        unit: Whether x is of length 1.
    """

    mean: NDArray[np.floating]
    scaling: NDArray[np.floating]
    unit: bool

    @classmethod
    def of(cls, pool: Pool, recipe: Recipe) -> Entrance:
        """Return the entrance for a pool's users: whitened, or of length 1."""
        if recipe.unit:
            width = pool.vectors.core
            return cls(np.zeros(width), recipe.scale * np.eye(width), True)
        mean, whitening = pool.vectors.core_whitening
        return cls(mean, whitening * recipe.scale, False)

    def users(self, pool: Pool, positions: NDArray[np.int64]) -> torch.Tensor:
        """Return users as they enter, with a last column of 1, float32, shape (users, d + 1)."""
        entered = np.ones((len(positions), len(self.mean) + 1), np.float32)
        for start in range(0, len(positions), BLOCK):  # the intermediate float64 stays small
            columns = pool.at(positions[start : start + BLOCK]).core
            columns = unit_rows(columns) if self.unit else columns
            entered[start : start + BLOCK, :-1] = (columns - self.mean) @ self.scaling
        return torch.from_numpy(entered)


def folded(
    layers: list[torch.Tensor],
    recipe: Recipe,
    entrance: Entrance,
) -> Network:
    """Return nets as they look at stored users."""
    inner, inner_bias, *between, outer, bias = (layer.double() for layer in layers)
    stacked = inner.permute(1, 0, 2).reshape(len(entrance.mean), -1)
    folded = torch.from_numpy(entrance.scaling) @ stacked
    shifted = inner_bias.reshape(-1) - torch.from_numpy(entrance.mean) @ folded
    middle = [layer.float() for layer in between]
    return Network(
        folded.float(),
        shifted.float(),
        list(zip(middle[::2], middle[1::2], strict=True)),
        (outer.reshape(-1) / recipe.nets).float(),
        float(bias.mean()),
        recipe.unit,
    )
