"""Training what looks at seeds on episodes of past lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lookalike.methods.episodes import Lists, drawn
from lookalike.methods.past_heads import rows_of
from lookalike.pool import Pool
from lookalike.priors import HeadPrior
from lookalike.progress import Progress

STEPS = 600
LISTS = 32  # in a step
OTHERS = 512  # users in a step that the lists' users are told from
RATE = 2e-3  # of Adam; what training begins with is a good place, and faster steps leave it
SHARP = 0.25  # of the spread of scores: closer ones count in part, which makes recall smooth
OFFSET = 0.02  # within the first few percent of users an audience does not care who comes first

Score = Callable[[Tensor], Tensor]
Look = Callable[[Tensor, Tensor, Tensor], Score]


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


def taught_by(
    look: Look,
    begin: NDArray[np.float32],
    sides: Sides,
    lists: Lists,
    rng: np.random.Generator,
    progress: Progress,
    saying: str,
) -> NDArray[np.float32]:
    """Train parts on episodes of past lists (Vinyals et al. 2016) and return them.

    Args:
        look: Of the parts, the seeds in the prior's basis, shape (B, P, d), and their weights, shape
            (B, P), makes what scores users by their `against`, of shape (n, d) or (B, n, d), for
            each list: shape (B, n).
        begin: The parts before training.
        sides: Of the lists' users.
        lists: Past lists.
        rng: Draws the episodes.
        progress: Hears of every step.
        saying: What it is told.

    Raises:
        Cancelled: The watcher asked to stop.
    """
    against, fixed = sides.against, sides.fixed
    parts = torch.from_numpy(begin).requires_grad_()
    adam = torch.optim.Adam([parts], RATE)
    pace = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=STEPS)
    for step in range(STEPS):
        progress.at(step / STEPS, saying)
        some = drawn(lists, LISTS, rng)
        others = torch.from_numpy(rng.choice(len(fixed), min(OTHERS, len(fixed)), replace=False))
        seeds, queries = torch.from_numpy(some.seeds), torch.from_numpy(some.queries)
        score = look(parts, sides.inside[seeds], torch.from_numpy(some.weights))
        level = score(against[others]) + fixed[others]
        wanted = score(against[queries]) + fixed[queries]
        loss = missed(level, wanted, torch.from_numpy(some.asked))
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        pace.step()
    return parts.detach().numpy()


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
