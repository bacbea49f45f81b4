"""Networks on raw features: a user is a bag of features, of which most lists know but a part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch.nn import functional

from lookalike.methods.mlp_recipe import Recipe as NetRecipe
from lookalike.methods.mlp_training import BETA, BETA_SQUARE, AdamW, Heard
from lookalike.pool import Users

MOST_FEATURES = 50_000  # of a list, those that most of its sample have


@dataclass(frozen=True, slots=True)
class Recipe:
    """How networks on raw features are trained; the defaults were chosen on public interaction data.

    Attributes:
        net: Behind the bags, one hidden layer.
        shown: Share of a user's features that a step sees, the others' weight theirs: dropout.
        evening: Power of the sum of a user's features by which they are divided: busy users count
            less.
        start: Size of the first layer's first numbers beside those of a layer after it: of a
            feature that few seeds have they are all that is ever known.
        most_negatives: At most so many; a line holds many features.
    """

    net: NetRecipe
    shown: float
    evening: float
    start: float = 1.0
    most_negatives: int = 50_000

    def negatives_for(self, positives: int) -> int:
        """Return how many negatives a list of so many positives is trained against."""
        return min(self.net.negatives_for(positives), self.most_negatives)


@dataclass(eq=False, slots=True)
class Even:
    """Adam whose numbers share one size of gradient: what is rare moves less than what is common.

    Adam alone moves the weight of a feature that a single seed has as far as one that all have,
    which on few seeds is noise (a single block of Zhang et al. 2024, "Adam-mini").

    Attributes:
        numbers: What is trained, changed in place, shape (n,).
        mean: Of the gradients, those of long ago forgotten, shape (n,).
        square: Of all squared gradients.
        learning_rate: Of a step.
        weight_decay: Times the learning rate, the share of a number that a step takes away.
        steps: How many were made.
    """

    numbers: torch.Tensor
    mean: torch.Tensor
    learning_rate: float
    weight_decay: float
    square: float = 0.0
    steps: int = 0

    @classmethod
    def of(cls, numbers: torch.Tensor, learning_rate: float, weight_decay: float) -> Even:
        """Return the optimizer of a tensor that is changed in place."""
        return cls(numbers, torch.zeros(len(numbers)), learning_rate, weight_decay)

    def step(self, gradient: torch.Tensor) -> None:
        """Move the numbers against their gradient."""
        self.steps += 1
        self.numbers.mul_(1 - self.learning_rate * self.weight_decay)
        self.mean.lerp_(gradient, 1 - BETA)
        self.square += (1 - BETA_SQUARE) * (float(gradient @ gradient) / len(gradient) - self.square)
        size = (self.square / (1 - BETA_SQUARE**self.steps)) ** 0.5 + 1e-12
        rate = self.learning_rate / (1 - BETA**self.steps)
        self.numbers.add_(self.mean, alpha=-rate / size)


@dataclass(frozen=True, eq=False, slots=True)
class Bags:
    """Nets side by side whose first layer sums a line of weights for each feature of a user.

    Attributes:
        line: Of the first layer for each raw feature, int32, shape (features,); 0 for those that
            nobody of the sample had: nothing was learned of them.
        inner: First layer, float32, shape (lines, nets * hidden); line 0 holds zeros.
        inner_bias: Shape (nets * hidden,).
        outer: Last layer of all nets, already divided by their number, shape (nets * hidden,).
        bias: Mean of the output biases.
        evening: See `Recipe`.
    """

    line: NDArray[np.int32]
    inner: torch.Tensor
    inner_bias: torch.Tensor
    outer: torch.Tensor
    bias: float
    evening: float

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the mean logit of the nets, shape (users,)."""
        rows = cells_of(users.sparse, self.line, len(self.inner), self.evening)
        with torch.inference_mode():
            hidden = torch.from_numpy(rows @ self.inner.numpy())
            return (hidden.add_(self.inner_bias).relu_() @ self.outer + self.bias).numpy()


def cells_of(rows: sp.csr_matrix, line: NDArray[np.int32], lines: int, evening: float) -> sp.csr_matrix:
    """Return users as the first layer takes them, shape (users, lines).

    Args:
        rows: Their raw features.
        line: See `Bags`.
        lines: How many there are.
        evening: See `Recipe`.
    """
    sums = np.asarray(abs(rows).sum(axis=1), np.float64).ravel()
    factors = (np.maximum(sums, 1e-6) ** -evening).astype(np.float32)
    values = rows.data * np.repeat(factors, np.diff(rows.indptr))
    return sp.csr_matrix((values, line[rows.indices], rows.indptr), (rows.shape[0], lines))


def lines_of(rows: sp.csr_matrix) -> tuple[NDArray[np.int32], int]:
    """Return the line of each feature and how many lines there are: 0 is nobody's, or of the rarest."""
    having = np.bincount(rows.indices, minlength=rows.shape[1])
    known = np.flatnonzero(having)
    if len(known) > MOST_FEATURES:
        known = np.sort(known[np.argsort(-having[known], kind="stable")[:MOST_FEATURES]])
    line = np.zeros(rows.shape[1], np.int32)
    line[known] = np.arange(1, len(known) + 1)
    return line, len(known) + 1


def train(
    rows: sp.csr_matrix,
    positives: int,
    importance: NDArray[np.float32],
    recipe: Recipe,
    seed: int,
    heard: Heard,
) -> Bags:
    """Train with weighted binary cross-entropy.

    Args:
        rows: Raw features of the sample, the positives first, CSR float32, shape (users, features).
        positives: How many.
        importance: Weights of mean 1, shape (users,).
        recipe: How.
        seed: Of everything that is drawn.
        heard: Told the number and the mean loss of every epoch.
    """
    chance, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    net = recipe.net
    line, lines = lines_of(rows)
    cells = cells_of(rows, line, lines, recipe.evening)
    cells.data[cells.indices == 0] = 0
    nets, hidden = net.nets, net.hidden[0]
    layers = _started(cells, nets, hidden, chance)
    cells.data *= np.float32(net.scale)
    first, inner_bias, outer, bias = layers
    first.mul_(recipe.start)
    pace = net.learning_rate, net.weight_decay
    optimizers: list[Even | AdamW] = [
        Even.of(first.view(-1), *pace),
        *(AdamW.of(layer.detach().view(-1), *pace) for layer in layers[1:]),
    ]
    labels = torch.zeros(rows.shape[0])
    labels[:positives] = 1.0
    weights = torch.from_numpy(importance)
    steps = -(-rows.shape[0] // net.batch_of(rows.shape[0]))
    for epoch in range(1, net.epochs + 1):
        total = 0.0
        for batch in _dealt(positives, rows.shape[0], steps, rng):
            seen = _shown(cells[batch], recipe.shown, rng)
            entered = torch.from_numpy(seen @ first.numpy()).requires_grad_()
            active = (entered + inner_bias).relu()
            kept = torch.rand(active.shape, generator=chance) >= net.dropout
            active = (active * kept / (1 - net.dropout)).view(-1, nets, hidden)
            logits = (active * outer).sum(dim=2) + bias
            chosen = torch.from_numpy(batch)
            losses = functional.binary_cross_entropy_with_logits(
                logits,
                labels[chosen, None].expand_as(logits),
                weight=weights[chosen, None],
                reduction="none",
            )
            into, *slopes = torch.autograd.grad(losses.mean(dim=0).sum(), (entered, *layers[1:]))
            slopes.insert(0, torch.from_numpy(seen.T @ into.numpy()))
            for optimizer, slope in zip(optimizers, slopes, strict=True):
                optimizer.step(slope.reshape(-1))
            total += float(losses.detach().sum())
        heard(epoch, total / (nets * rows.shape[0]))
    first.mul_(net.scale)
    first[0] = 0
    return Bags(
        line,
        first,
        inner_bias.detach().clone(),
        outer.detach().reshape(-1) / nets,
        float(bias.detach().mean()),
        recipe.evening,
    )


def _started(
    cells: sp.csr_matrix, nets: int, hidden: int, chance: torch.Generator
) -> list[torch.Tensor]:
    """Draw first numbers: a user has few of the features, and these are what a unit sums."""
    fan_in = max(float(cells.data @ cells.data) / cells.shape[0], 1e-6)
    shapes = ((cells.shape[1], nets * hidden), (nets * hidden,), (nets, hidden), (nets,))
    layers = [torch.zeros(shape) for shape in shapes]
    for layer, fan in zip(layers, (fan_in, 0, hidden, hidden), strict=True):
        if fan:
            layer.uniform_(-1, 1, generator=chance).mul_(fan**-0.5)
    return [layers[0], *(layer.requires_grad_() for layer in layers[1:])]


def _shown(rows: sp.csr_matrix, share: float, rng: np.random.Generator) -> sp.csr_matrix:
    """Return what a step sees of some users; what is dropped costs nothing."""
    if share == 1:
        return rows
    kept = rng.random(rows.nnz, np.float32) < share
    starts = np.concatenate([[0], np.cumsum(kept)])[rows.indptr]
    return sp.csr_matrix((rows.data[kept] / np.float32(share), rows.indices[kept], starts), rows.shape)


def _dealt(positives: int, count: int, steps: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Deal everybody out over the steps of an epoch, each class evenly."""
    seeds = np.array_split(rng.permutation(positives), steps)
    others = np.array_split(positives + rng.permutation(count - positives), steps)
    return [np.concatenate(pair) for pair in zip(seeds, reversed(others), strict=True)]
