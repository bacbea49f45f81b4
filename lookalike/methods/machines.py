"""Factorisation machines with a network over their embeddings: what they make of users, and learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn import functional

from lookalike.methods.fields import product, squared
from lookalike.methods.mlp_training import BETA, AdamW

SLOW = 0.99  # how long the size of gradients is remembered

Heard = Callable[[int, float], None]
Dropped = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class FieldRecipe:
    """How machines are trained; the defaults were chosen on public interaction data.

    Attributes:
        factors: Numbers of each feature's embedding.
        hidden: Units of the network's hidden layer, ReLU.
        dropout: Share of the embeddings' numbers and of hidden units dropped in training.
        evening: Power of a user's number of cells by which they are divided.
        unseen: Share of each user's cells that a step does not see.
        epochs: Passes over the sample.
        table_rate: Of a step, for what belongs to features.
        learning_rate: Of AdamW, for the networks.
        weight_decay: Of AdamW.
        start: Spread of the embeddings before training.
        negatives: Negatives for each positive.
        least_negatives: At least so many in all.
        nets: Machines whose log-odds are averaged.
    """

    factors: int = 8
    hidden: int = 32
    dropout: float = 0.5
    evening: float = 0.5
    unseen: float = 0.3
    epochs: int = 14
    table_rate: float = 2e-3
    learning_rate: float = 2e-3
    weight_decay: float = 0.1
    start: float = 0.05
    negatives: int = 10
    least_negatives: int = 300
    nets: int = 2

    def batch_of(self, lines: int) -> int:
        """Return how many users of a sample of so many lines a step looks at."""
        return min(max(lines // 8, 256), 4_096)


DEFAULT = FieldRecipe()


@dataclass(frozen=True, eq=False, slots=True)
class Machines:
    """The numbers of M machines side by side.

    Attributes:
        linear: A weight for each feature, float32, shape (features, M).
        embeddings: Float32, shape (features, M * k).
        inner: First layer of the networks, shape (M, fields * k, hidden).
        inner_bias: Shape (M, 1, hidden).
        outer: Last layer, shape (M, hidden, 1).
        bias: Of the output, shape (M, 1, 1).
    """

    linear: torch.Tensor
    embeddings: torch.Tensor
    inner: torch.Tensor
    inner_bias: torch.Tensor
    outer: torch.Tensor
    bias: torch.Tensor

    @classmethod
    def started(
        cls, features: int, fields: int, recipe: FieldRecipe, chance: torch.Generator
    ) -> Machines:
        """Return machines before training: no feature counts yet, embeddings by chance."""
        nets, width = recipe.nets, fields * recipe.factors

        def uniform(fan_in: int, *shape: int) -> torch.Tensor:
            return (torch.rand(shape, generator=chance) * 2 - 1) / fan_in**0.5

        return cls(
            torch.zeros(features, nets),
            recipe.start * torch.randn(features, nets * recipe.factors, generator=chance),
            uniform(width, nets, width, recipe.hidden),
            uniform(width, nets, 1, recipe.hidden),
            uniform(recipe.hidden, nets, recipe.hidden, 1),
            torch.zeros(nets, 1, 1),
        )

    def parts(self) -> list[torch.Tensor]:
        """Return all of them, in order."""
        return [getattr(self, one.name) for one in fields(self)]


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Users that machines learn from.

    Attributes:
        rows: A line for each field of each user, as `fields.by_field` gives them, CSR float32.
        fields: How many there are.
        labels: 1 for positives, else 0, float32, shape (users,).
        importance: Weights of mean 1, shape (users,).
    """

    rows: sp.csr_matrix
    fields: int
    labels: torch.Tensor
    importance: torch.Tensor

    def of(self, users: torch.Tensor) -> sp.csr_matrix:
        """Return the lines of some users."""
        lines = users[:, None] * self.fields + torch.arange(self.fields)
        return self.rows[lines.view(-1).numpy()]


def log_odds(
    machines: Machines, rows: sp.csr_matrix, fields: int, dropped: Dropped | None = None
) -> torch.Tensor:
    """Return what machines make of users, shape (M, users).

    A weight for each feature, what pairs of features add, sum_{i<j} <v_i, v_j> x_i x_j =
    .5 |sum v x|^2 - .5 sum |v|^2 x^2 (Rendle 2010), and a network over the fields' embeddings, which
    are the same v (Guo et al. 2017).

    Args:
        machines: M of them.
        rows: A line for each field of each user, CSR float32, shape (users * fields, features).
        fields: How many there are.
        dropped: Drops numbers in training.
    """
    nets, users = len(machines.inner), rows.shape[0] // fields
    width = machines.embeddings.shape[1]
    joined = torch.cat([machines.embeddings, machines.linear], dim=1)
    found = product(rows, joined).view(users, fields, -1)
    embedded = found[..., :width].view(users, fields, nets, -1)
    lengths = machines.embeddings.view(len(joined), nets, -1).square().sum(dim=2)
    alone = product(squared(rows, fields), lengths)
    pairs = embedded.sum(dim=1).square().sum(dim=2) - alone
    entering = embedded.permute(2, 0, 1, 3).reshape(nets, users, -1)
    entering = entering if dropped is None else dropped(entering)
    active = torch.baddbmm(machines.inner_bias, entering, machines.inner).relu()
    active = active if dropped is None else dropped(active)
    deep = torch.baddbmm(machines.bias, active, machines.outer)[..., 0]
    return (found[..., width:].sum(dim=1) + 0.5 * pairs).T + deep


@dataclass(eq=False, slots=True)
class Together:
    """Adam with one scale for a whole table, rather than one for each of its numbers.

    Adam moves the weight of a feature that three users have as far as that of one that half of them
    have, so that machines learn the rare ones by heart. With one scale (as in Zhang et al. 2024,
    Adam-mini) features move by what they have to say, as under a penalty on squared weights.

    Attributes:
        numbers: What is trained, changed in place, shape (n,).
        mean: Of the gradients, those of long ago forgotten, shape (n,).
        learning_rate: Of a step.
        square: Of the gradients' numbers, the mean.
        steps: How many were made.
    """

    numbers: torch.Tensor
    mean: torch.Tensor
    learning_rate: float
    square: float = 0.0
    steps: int = 0

    def step(self, gradient: torch.Tensor) -> None:
        """Move the numbers against their gradient."""
        self.steps += 1
        self.mean.lerp_(gradient, 1 - BETA)
        self.square += (1 - SLOW) * (float(gradient.square().mean()) - self.square)
        scale = (self.square / (1 - SLOW**self.steps)) ** 0.5
        rate = self.learning_rate / (1 - BETA**self.steps)
        self.numbers.add_(self.mean, alpha=-rate / max(scale, 1e-12))


def _optimizers(parts: list[torch.Tensor], recipe: FieldRecipe) -> list[Together | AdamW]:
    tables, layers = parts[:2], parts[2:]
    return [
        *(Together(table, torch.zeros_like(table), recipe.table_rate) for table in tables),
        *(AdamW.of(layer, recipe.learning_rate, recipe.weight_decay) for layer in layers),
    ]


def train(sample: Sample, recipe: FieldRecipe, seed: int, heard: Heard) -> Machines:
    """Train machines with weighted cross-entropy.

    Args:
        sample: Who to learn from.
        recipe: How.
        seed: Of everything that is drawn.
        heard: Told the number and the mean loss of every epoch.
    """
    chance = torch.Generator().manual_seed(seed)
    machines = Machines.started(sample.rows.shape[1], sample.fields, recipe, chance)
    trained = [part.requires_grad_() for part in machines.parts()]
    optimizers = _optimizers([part.detach().view(-1) for part in trained], recipe)
    lines, batch = len(sample.labels), recipe.batch_of(len(sample.labels))

    def dropped(numbers: torch.Tensor) -> torch.Tensor:
        kept = torch.rand(numbers.shape, generator=chance) >= recipe.dropout
        return numbers * kept / (1 - recipe.dropout)

    for epoch in range(1, recipe.epochs + 1):
        total = 0.0
        for users in _dealt(sample.labels, -(-lines // batch), chance):
            rows = _partly_seen(sample.of(users), recipe.unseen, chance)
            logits = log_odds(machines, rows, sample.fields, dropped if recipe.dropout else None)
            losses = functional.binary_cross_entropy_with_logits(
                logits,
                sample.labels[users].expand_as(logits),
                weight=sample.importance[users].expand_as(logits),
                reduction="none",
            )
            gradients = torch.autograd.grad(losses.mean(dim=1).sum(), trained)
            for optimizer, gradient in zip(optimizers, gradients, strict=True):
                optimizer.step(gradient.reshape(-1))
            total += float(losses.detach().sum())
        heard(epoch, total / (recipe.nets * lines))
    return Machines(*(part.detach() for part in trained))


def _dealt(labels: torch.Tensor, steps: int, chance: torch.Generator) -> list[torch.Tensor]:
    """Deal everybody out over the steps of an epoch, each class evenly."""
    keys = torch.rand(len(labels), generator=chance)
    order = torch.cat([(one := torch.where(labels == side)[0])[keys[one].argsort()] for side in (1, 0)])
    return [order[step::steps] for step in range(steps)]


def _partly_seen(rows: sp.csr_matrix, unseen: float, chance: torch.Generator) -> sp.csr_matrix:
    if unseen:
        seen = (torch.rand(len(rows.data), generator=chance) >= unseen).numpy()
        rows.data = rows.data * seen / np.float32(1 - unseen)
    return rows
