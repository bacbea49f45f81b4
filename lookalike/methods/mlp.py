"""A small network per seed list on the snapshot's columns: the classifier of act-alike audiences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from lookalike.pool import Block, Pool
from lookalike.progress import Progress


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network is trained; the defaults were chosen on public interaction data.

    Attributes:
        hidden: Units of the one hidden layer, ReLU.
        dropout: Share of hidden units dropped in training.
        epochs: Passes over the sample; fixed, since stopping on a tenth of a small list is noise.
        learning_rate: Of AdamW.
        weight_decay: Of AdamW.
        scale: The whitened columns are multiplied by this before they enter; small, it slows the
            first layer against the second, which generalises better from short lists.
        negatives: Negatives for each positive, at least 300 in all, at most 1,000,000.
        nets: Networks whose logits are averaged.
    """

    hidden: int = 64
    dropout: float = 0.5
    epochs: int = 20
    learning_rate: float = 3e-3
    weight_decay: float = 0.1
    scale: float = 0.1
    negatives: int = 10
    nets: int = 3


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """The nets side by side, the whitening folded into the first layer.

    Attributes:
        inner: First layer, float32, shape (d, nets * hidden).
        inner_bias: Shape (nets * hidden,).
        outer: Second layer of all nets, already divided by their number, shape (nets * hidden,).
        bias: Mean of the output biases.
    """

    inner: torch.Tensor
    inner_bias: torch.Tensor
    outer: torch.Tensor
    bias: float

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return the mean logit of the nets, shape (users,)."""
        with torch.inference_mode():
            users = torch.from_numpy(np.require(block.dense, requirements="W"))
            hidden = torch.addmm(self.inner_bias, users, self.inner).relu_()
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
    count = min(max(recipe.negatives * len(positives), 300), 1_000_000)
    negatives = pool.negatives(positives, count, rng)
    sample = np.concatenate([positives, negatives])
    mean, scaling = pool.vectors.mean, pool.vectors.whitening * recipe.scale
    columns = (pool.at(sample).dense - mean) @ scaling
    users = torch.from_numpy(columns.astype(np.float32))
    labels = torch.zeros(len(sample))
    labels[: len(positives)] = 1.0
    balance = np.ones(len(sample))
    balance[: len(positives)] = weights / weights.sum() * len(negatives)
    importance = torch.from_numpy((balance / balance.mean()).astype(np.float32))
    layers = _train(users, labels, importance, recipe, int(rng.integers(2**31)), progress)
    return _folded(layers, recipe, mean, scaling)


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
    nets, hidden = recipe.nets, recipe.hidden

    def uniform(fan_in: int, *shape: int) -> torch.Tensor:
        start = (torch.rand(shape, generator=chance) * 2 - 1) / fan_in**0.5
        return start.requires_grad_()

    inner, inner_bias = uniform(dim, nets, dim, hidden), uniform(dim, nets, 1, hidden)
    outer, bias = uniform(hidden, nets, hidden, 1), uniform(hidden, nets, 1, 1)
    layers = [inner, inner_bias, outer, bias]
    optimizer = torch.optim.AdamW(
        layers, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    batch = min(max(lines // 8, 256), 4096)
    for epoch in range(1, recipe.epochs + 1):
        total = 0.0
        order = torch.stack([torch.randperm(lines, generator=chance) for _ in range(nets)])
        for start in range(0, lines, batch):
            chosen = order[:, start : start + batch]
            activation = torch.baddbmm(inner_bias, users[chosen], inner).relu()
            kept = torch.rand(activation.shape, generator=chance) >= recipe.dropout
            activation = activation * kept / (1 - recipe.dropout)
            logits = torch.baddbmm(bias, activation, outer).squeeze(-1)
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
    inner, inner_bias, outer, bias = (layer.double() for layer in layers)
    stacked = inner.permute(1, 0, 2).reshape(len(mean), -1)
    folded = torch.from_numpy(scaling) @ stacked
    shifted = inner_bias.reshape(-1) - torch.from_numpy(mean) @ folded
    return Network(
        folded.float(),
        shifted.float(),
        (outer.reshape(-1) / recipe.nets).float(),
        float(bias.mean()),
    )
