"""Attention over the seeds: what a list's users are like, from seeds that need not count alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lookalike.methods.episodes import Lists, drawn
from lookalike.methods.head_prior import STRAY
from lookalike.methods.past_heads import rows_of
from lookalike.pool import Pool
from lookalike.priors import PARTS, HeadPrior
from lookalike.progress import SILENT, Progress

STEPS = 600
LISTS = 32  # in a step
OTHERS = 512  # users in a step that the lists' users are told from
RATE = 2e-3  # of Adam; the prior is a good place to begin, and faster steps leave it
SHARP = 0.25  # of the spread of scores: closer ones count in part, which makes recall smooth
OFFSET = 0.02  # within the first few percent of users an audience does not care who comes first
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


@dataclass(frozen=True, eq=False, slots=True)
class Sides:
    """Users as seeds and as those who are to be found.

    Attributes:
        inside: Their rows in the prior's basis, float32, shape (n, d).
        against: What a prototype in the basis is multiplied by for their scores, shape (n, d).
        fixed: What the prior's mean adds to their scores, shape (n,).
    """

    inside: Tensor
    against: Tensor
    fixed: Tensor


def sides_of(pool: Pool, prior: HeadPrior, users: NDArray[np.int64]) -> Sides:
    """Return the sides of users at some positions of a pool."""
    rows = np.concatenate([rows_of(pool).of(pool.at(part)) for part in np.array_split(users, 16)])
    inside = _tensor((rows - prior.centre - prior.mean) @ prior.into)
    # a user's score is linear in the prototype
    sides = rows @ (prior.ridge @ prior.back.T)
    return Sides(inside, _tensor(sides - sides.mean(axis=0)), _tensor(rows @ (prior.ridge @ prior.mean)))


def missed(level: Tensor, wanted: Tensor, asked: Tensor) -> Tensor:
    """Return the mean of ln(.02 + share of other users above), a smooth recall.

    Args:
        level: Scores of other users, shape (B, n).
        wanted: Of those who are to be found, shape (B, Q).
        asked: 1 for one of them, 0 where there is none, shape (B, Q).
    """
    width = SHARP * level.detach().std(1, keepdim=True)[..., None]
    above = torch.sigmoid((level[:, None] - wanted[..., None]) / width).mean(-1)
    return ((above + OFFSET).log() * asked).sum() / asked.sum()


def taught(
    pool: Pool,
    prior: HeadPrior,
    lists: Lists,
    rng: np.random.Generator,
    progress: Progress = SILENT,
) -> NDArray[np.float32]:
    """Train the attention on episodes of past lists (Vinyals et al. 2016) and return its parts.

    Args:
        pool: The users.
        prior: Where training begins.
        lists: Past lists.
        rng: Draws the episodes.
        progress: Hears of every step.

    Raises:
        Cancelled: The watcher asked to stop.
    """
    sides = sides_of(pool, prior, lists.users)
    against, fixed = sides.against, sides.fixed
    gains = _tensor(prior.gains)
    parts = torch.from_numpy(untaught(prior)).requires_grad_()
    adam = torch.optim.Adam([parts], RATE)
    pace = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=STEPS)
    for step in range(STEPS):
        progress.at(step / STEPS, "Learning attention over seeds")
        some = drawn(lists, LISTS, rng)
        others = torch.from_numpy(rng.choice(len(fixed), min(OTHERS, len(fixed)), replace=False))
        seeds, queries = torch.from_numpy(some.seeds), torch.from_numpy(some.queries)
        found, _ = prototypes(list(parts), gains, sides.inside[seeds], torch.from_numpy(some.weights))
        level = found @ against[others].T + fixed[others]
        wanted = (against[queries] * found[:, None]).sum(-1) + fixed[queries]
        loss = missed(level, wanted, torch.from_numpy(some.asked))
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        pace.step()
    return parts.detach().numpy()


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
