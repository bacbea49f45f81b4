"""Attention over the seeds: what a list's users are like, from seeds that need not count alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lookalike.methods.episodes import Lists
from lookalike.methods.head_prior import STRAY
from lookalike.methods.teaching import Score, sides_of, taught_by
from lookalike.pool import Pool
from lookalike.priors import PARTS, HeadPrior
from lookalike.progress import SILENT, Progress

USUAL = 2.3  # logarithm of 10 seeds
FLOOR = 0.1  # of a spread, beside 1, before its logarithm is taken


def untaught(prior: HeadPrior) -> NDArray[np.float32]:
    """Return an attention that changes nothing: every seed counts alike, the prior decides."""
    return np.zeros((len(PARTS), len(prior.gains)), np.float32)


def prototypes(
    parts: Sequence[Tensor], gains: Tensor, rows: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what the users of some lists are like, and how much each seed counted.

    The lists' means are prototypes (Snell et al. 2017); each seed is compared with its list's
    mean, and the more it is like it along the directions that past lists shared, the more it counts
    (pooling by attention, Lee et al. 2019). How far each coordinate is believed depends on how many
    seeds there are and how far they stray. With all parts zero this is the prior's posterior.

    Args:
        parts: `PARTS`, each of shape (d,).
        gains: Of the prior, shape (d,).
        rows: The seeds in the prior's basis, shape (B, P, d).
        weights: Theirs; 0 where there is none, shape (B, P).

    Returns:
        Prototypes in the basis, shape (B, d), and shares of the seeds, shape (B, P).
    """
    likeness, own = parts[:2]
    seeds = weights.sum(1).square() / weights.square().sum(1)
    share = weights / weights.sum(1, keepdim=True)
    mean = (share[..., None] * rows).sum(1)
    fit = (rows @ (mean * likeness + own)[..., None])[..., 0] / len(gains) ** 0.5
    share = torch.softmax(fit + torch.log(share), dim=1)  # no weight: no share
    mean = (share[..., None] * rows).sum(1)
    apart = (share[..., None] * (rows - mean[:, None]).square()).sum(1)
    return _believed(parts, gains, mean, apart, seeds), share


def _believed(
    parts: Sequence[Tensor], gains: Tensor, mean: Tensor, apart: Tensor, seeds: Tensor
) -> Tensor:
    """Return prototypes from the means of so many seeds and how far these are apart, shape (B, d)."""
    level, slope, spread, stretch, shift = parts[2:]
    apart = apart * (seeds / (seeds - 1).clamp(min=1))[:, None]
    size = seeds.log()[:, None]
    belief = (gains.clamp(min=1e-6) / STRAY).log() + size
    belief = belief + level + slope * (size - USUAL) + spread * (apart + FLOOR).log()
    return torch.sigmoid(belief) * mean * stretch.exp() + shift


def without_each(
    parts: Sequence[Tensor], gains: Tensor, rows: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the prototypes of one list without each of its seeds in turn, and that of them all.

    The others keep the shares that they have among all seeds: to weigh them anew would take the
    square of the seeds' number, and moves little.

    Args:
        parts: `PARTS`, each of shape (d,).
        gains: Of the prior, shape (d,).
        rows: The seeds in the prior's basis, shape (P, d).
        weights: Theirs, above 0, shape (P,).

    Returns:
        Prototypes in the basis, shapes (P, d) and (d,).
    """
    whole, shares = prototypes(parts, gains, rows[None], weights[None])
    share = shares[0, :, None]
    left = (1 - share).clamp(min=1e-6)
    mean = (share * rows).sum(0)
    means = (mean - share * rows) / left
    # around the mean of all: squares of small numbers, whose difference is exact enough
    squares = (share * (rows - mean).square()).sum(0) - share * (rows - mean).square()
    apart = (squares / left - (means - mean).square()).clamp(min=0)
    others = (weights.sum() - weights).square()
    seeds = others / (weights.square().sum() - weights.square()).clamp(min=1e-12)
    return _believed(parts, gains, means, apart, seeds.clamp(min=1)), whole[0]


def taught(
    pool: Pool,
    prior: HeadPrior,
    lists: Lists,
    rng: np.random.Generator,
    progress: Progress = SILENT,
) -> NDArray[np.float32]:
    """Train the attention on past lists, see `taught_by`, and return its parts, shape (len, d)."""
    gains = torch.from_numpy(prior.gains.astype(np.float32))

    def look(parts: Tensor, rows: Tensor, weights: Tensor) -> Score:
        found, _ = prototypes(list(parts), gains, rows, weights)
        return lambda sides: (sides @ found[..., None])[..., 0]

    sides = sides_of(pool, prior, lists.users)
    saying = "Learning attention over seeds"
    return taught_by(look, untaught(prior), sides, lists, rng, progress, saying)
