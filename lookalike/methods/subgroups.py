"""Sub-groups of a list's seeds, by k-means: a list of travellers is one of families and of others."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FEWEST, MOST = 5, 20  # sub-groups, where there are as many seeds
ROUNDS = 10


@dataclass(frozen=True, eq=False, slots=True)
class Subgroups:
    """The sub-groups of some lists.

    Attributes:
        centres: Mean row of each sub-group, shape (B, K, d).
        shares: How much of the list's weight is in it, 0 where it is none, shape (B, K).
        seeds: How many seeds of equal weight a list has (Kish 1965), shape (B, 1).
        stray: How far a list's seeds stray from their mean, squared, unbiased, shape (B, d).
    """

    centres: Tensor
    shares: Tensor
    seeds: Tensor
    stray: Tensor


def number_for(seeds: Tensor) -> Tensor:
    """Return how many sub-groups lists of so many seeds are cut into, at most one for each seed."""
    return torch.minimum(seeds.double().sqrt().round().clamp(FEWEST, MOST).long(), seeds.long())


def subgroups(rows: Tensor, weights: Tensor, scale: Tensor) -> Subgroups:
    """Cut lists into sub-groups by k-means (Lloyd 1982), all lists at once.

    Each begins at as many of its first seeds, so the seeds are to come in random order.

    Args:
        rows: The seeds, shape (B, P, d).
        weights: Theirs; 0 where there is none, which has to be at the end, shape (B, P).
        scale: What each column is multiplied by when distances are taken, shape (d,).
    """
    numbers = number_for((weights > 0).sum(dim=1))
    most = int(numbers.max())
    none = torch.arange(most) >= numbers[:, None]
    seen = rows * scale
    centres = seen[:, :most]
    for _ in range(ROUNDS):
        apart = centres.square().sum(dim=2)[:, None] - 2 * seen @ centres.mT
        nearest = apart.masked_fill(none[:, None], torch.inf).argmin(dim=2)
        inside = torch.zeros_like(apart).scatter_(2, nearest[..., None], weights[..., None])
        sizes = inside.sum(dim=1)
        moved = (inside.mT @ seen) / sizes.clamp(min=1e-12)[..., None]
        moved = torch.where(sizes[..., None] > 0, moved, centres)
        if torch.equal(moved, centres):
            break
        centres = moved
    total = weights.sum(dim=1, keepdim=True)
    seeds = total.square() / weights.square().sum(dim=1, keepdim=True)
    share = (weights / total)[..., None]
    mean = (share * rows).sum(dim=1, keepdim=True)
    stray = (share * (rows - mean).square()).sum(dim=1) * (seeds / (seeds - 1).clamp(min=1))
    means = (inside.mT @ rows) / sizes.clamp(min=1e-12)[..., None]
    return Subgroups(means, sizes / total, seeds, stray)
