"""A small network per seed list on the snapshot's columns: the classifier of act-alike audiences."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from lookalike.methods.centroid import unit_rows
from lookalike.pool import Block, Pool
from lookalike.progress import Progress


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network is trained; the defaults were chosen on public interaction data.

    Attributes:
        hidden: Units of each hidden layer, ReLU.
        unit: Whether users enter as stored vectors of length 1, rather than whitened.
        dropout: Share of hidden units dropped in training.
        epochs: Passes over the sample; fixed, since stopping on a tenth of a small list is noise.
        learning_rate: Of AdamW, which is Adam without a weight decay.
        weight_decay: Of AdamW.
        scale: The columns are multiplied by this before they enter; small, it slows the first
            layer against the next, which generalises better from short lists.
        negatives: Negatives for each positive, at most 1,000,000 in all.
        least_negatives: At least so many in all.
        nets: Networks whose logits are averaged.
    """

    hidden: tuple[int, ...] = (64,)
    unit: bool = False
    dropout: float = 0.5
    epochs: int = 20
    learning_rate: float = 3e-3
    weight_decay: float = 0.1
    scale: float = 0.1
    negatives: int = 10
    least_negatives: int = 300
    nets: int = 3


# the classifier as published (Pinterest 2021); how long it is trained was chosen on public data
PUBLISHED = Recipe(
    hidden=(128, 64),
    unit=True,
    dropout=0.0,
    epochs=50,
    learning_rate=1e-3,
    weight_decay=0.0,
    scale=1.0,
    negatives=1,
    least_negatives=1,
    nets=1,
)


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

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return the mean logit of the nets, shape (users,)."""
        columns = unit_rows(block.core) if self.unit else block.core
        with torch.inference_mode():
            users = torch.from_numpy(np.require(columns, requirements=["C", "W"]))
            hidden = torch.addmm(self.inner_bias, users, self.inner).relu_()
            for weights, bias in self.between:
                by_net = hidden.view(len(users), len(weights), -1).transpose(0, 1)
                hidden = torch.baddbmm(bias, by_net, weights).relu_().transpose(0, 1).flatten(1)
            return (hidden @ self.outer + self.bias).numpy()


def fit_mlp(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    recipe: Recipe = Recipe(),
) -> Network:
    """Train with weighted binary cross-entropy, the two classes balanced.

    Every epoch reports its mean loss through `progress` as the facts `epoch` and `loss`.
    """
    torch.set_num_threads(pool.threads)
    count = min(max(recipe.negatives * len(positives), recipe.least_negatives), 1_000_000)
    negatives = pool.negatives(positives, count, rng)
    sample = np.concatenate([positives, negatives])
    columns = pool.at(sample).core
    mean, scaling = np.zeros(columns.shape[1]), recipe.scale * np.eye(columns.shape[1])
    if recipe.unit:
        columns = unit_rows(columns)
    else:
        mean, whitening = pool.vectors.core_whitening
        scaling = whitening * recipe.scale
    users = torch.from_numpy(((columns - mean) @ scaling).astype(np.float32))
    labels = torch.zeros(len(sample))
    labels[: len(positives)] = 1.0
    balance = np.ones(len(sample))
    balance[: len(positives)] = weights / weights.sum() * len(negatives)
    importance = torch.from_numpy((balance / balance.mean()).astype(np.float32))
    layers = _train(users, labels, importance, recipe, int(rng.integers(2**31)), progress)
    return _folded(layers, recipe, mean, scaling)


def fit_mlp_published(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> Network:
    """Train by the recipe as published: see `fit_mlp`."""
    return fit_mlp(pool, positives, weights, rng, progress, PUBLISHED)


def _train(
    users: torch.Tensor,
    labels: torch.Tensor,
    importance: torch.Tensor,
    recipe: Recipe,
    seed: int,
    progress: Progress,
) -> list[torch.Tensor]:
    """Train all nets at once; AdamW works on each number alone, so they stay independent."""
    chance = torch.Generator().manual_seed(seed)
    lines, dim = users.shape
    nets = recipe.nets
    widths = [dim, *recipe.hidden, 1]

    def uniform(fan_in: int, *shape: int) -> torch.Tensor:
        start = (torch.rand(shape, generator=chance) * 2 - 1) / fan_in**0.5
        return start.requires_grad_()

    layers: list[torch.Tensor] = []
    for width, after in itertools.pairwise(widths):
        layers += [uniform(width, nets, width, after), uniform(width, nets, 1, after)]
    optimizer = torch.optim.AdamW(
        layers, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    batch = min(max(lines // 8, 256), 4096)
    for epoch in range(1, recipe.epochs + 1):
        total = 0.0
        order = torch.stack([torch.randperm(lines, generator=chance) for _ in range(nets)])
        for start in range(0, lines, batch):
            chosen = order[:, start : start + batch]
            activation = users[chosen]
            for place in range(0, len(layers) - 2, 2):
                activation = torch.baddbmm(layers[place + 1], activation, layers[place]).relu()
                kept = torch.rand(activation.shape, generator=chance) >= recipe.dropout
                activation = activation * kept / (1 - recipe.dropout)
            logits = torch.baddbmm(layers[-1], activation, layers[-2]).squeeze(-1)
            losses = functional.binary_cross_entropy_with_logits(
                logits, labels[chosen], weight=importance[chosen], reduction="none"
            )
            optimizer.zero_grad()
            losses.mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(losses.detach().sum())
        loss = total / (nets * lines)
        message = f"Training: epoch {epoch} of {recipe.epochs}"
        progress.at(epoch / recipe.epochs, message, epoch=epoch, epochs=recipe.epochs, loss=loss)
    return [layer.detach() for layer in layers]


def _folded(
    layers: list[torch.Tensor],
    recipe: Recipe,
    mean: NDArray[np.float64],
    scaling: NDArray[np.float64],
) -> Network:
    inner, inner_bias, *between, outer, bias = (layer.double() for layer in layers)
    stacked = inner.permute(1, 0, 2).reshape(len(mean), -1)
    folded = torch.from_numpy(scaling) @ stacked
    shifted = inner_bias.reshape(-1) - torch.from_numpy(mean) @ folded
    middle = [layer.float() for layer in between]
    return Network(
        folded.float(),
        shifted.float(),
        list(zip(middle[::2], middle[1::2], strict=True)),
        (outer.reshape(-1) / recipe.nets).float(),
        float(bias.mean()),
        recipe.unit,
    )
