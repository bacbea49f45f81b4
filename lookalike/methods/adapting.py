"""From shared numbers to those of one list: a few steps down the list's own loss (Finn et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch.nn import functional

from lookalike.methods.experts import Numbers, log_odds


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a list goes from the shared numbers: many seeds bear more than few.

    Attributes:
        steps: How many, for a list of few seeds.
        rate: Of a step of a list of ten seeds.
        growth: The power of the seeds by which the rate grows.
        most: Seeds from which on it does not.
        short: Seeds up to which a list takes these steps as they were learned with.
        longer: Times as many steps a longer list takes.
        dropout: Share of the units that each of them then leaves out: without, more steps learn the
            seeds by heart.
    """

    steps: int = 10
    rate: float = 1.2
    growth: float = 0.4
    most: int = 200
    short: int = 100
    longer: int = 2
    dropout: float = 0.5

    def count(self, seeds: int) -> int:
        """Return how many steps a list of so many seeds takes."""
        if not self.rate:
            return 0
        return self.steps * (self.longer if seeds > self.short else 1)

    def left_out(self, seeds: int) -> float:
        """Return the share of the units that a step of a list of so many seeds leaves out."""
        return self.dropout if seeds > self.short else 0.0

    def of(self, seeds: torch.Tensor) -> torch.Tensor:
        """Return the rate of a step for lists of so many seeds."""
        rates: torch.Tensor = self.rate * (seeds.clamp(max=self.most) / 10.0) ** self.growth
        return rates


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Seeds and others of some tasks.

    Attributes:
        users: As they enter, float32, shape (tasks, lines, d).
        signs: 1 for seeds, -1 for others, shape (tasks, lines).
        weights: Those of a task sum to 1, half of it the seeds'; 0 where it has fewer, shape
            (tasks, lines).
        task: What each task is known by, shape (tasks, 2 d).
        kept: What each unit before the critics is multiplied by, 0 where it is left out, shape
            (tasks, lines, hidden); None where all stay.
    """

    users: torch.Tensor
    signs: torch.Tensor
    weights: torch.Tensor
    task: torch.Tensor
    kept: torch.Tensor | None = None

    def seeds(self) -> torch.Tensor:
        """Return how many seeds each task has, shape (tasks,)."""
        return ((self.signs > 0) & (self.weights > 0)).sum(dim=1)


def halved(weights: torch.Tensor) -> torch.Tensor:
    """Return the weights of one class such that it makes up half of a task, shape (tasks, users)."""
    return weights / (2 * weights.sum(dim=1, keepdim=True))


def sampled(
    seeds: torch.Tensor,
    seed_weights: torch.Tensor,
    others: torch.Tensor,
    other_weights: torch.Tensor,
    task: torch.Tensor,
) -> Sample:
    """Put seeds and others together; weights are of any size, 0 where there is nobody."""
    signs = torch.cat([torch.ones_like(seed_weights), -torch.ones_like(other_weights)], dim=1)
    weights = torch.cat([halved(seed_weights), halved(other_weights)], dim=1)
    return Sample(torch.cat([seeds, others], dim=1), signs, weights, task)


def loss(numbers: Numbers, sample: Sample) -> torch.Tensor:
    """Return the weighted cross-entropy of each task, shape (tasks,)."""
    found = log_odds(numbers, sample.users, sample.task, sample.kept)
    return (functional.softplus(-sample.signs * found) * sample.weights).sum(dim=1)


def adapted(
    numbers: Numbers, samples: Iterable[Sample], rates: torch.Tensor, *, second_order: bool = False
) -> Numbers:
    """Take one step for each sample: theta - rate x gradient of the sample's loss.

    Nothing is changed in place. What is returned still depends on `numbers`, so that a loss after
    the steps can be differentiated back to before them.

    Args:
        numbers: With a first axis of tasks; they require a gradient.
        samples: One a step.
        rates: Of a step of each task, shape (tasks,).
        second_order: Whether the gradients are differentiated too; else they count as given.
    """
    size = rates[:, None, None]
    for sample in samples:
        total = loss(numbers, sample).sum()
        slopes = torch.autograd.grad(total, list(numbers.values()), create_graph=second_order)
        numbers = {
            name: torch.addcmul(held, size, slope, value=-1)
            for (name, held), slope in zip(numbers.items(), slopes, strict=True)
        }
    return numbers
