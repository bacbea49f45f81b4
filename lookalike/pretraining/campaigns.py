"""Past campaigns from a workspace, put together as networks see them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike import features
from lookalike.methods.mlp import Entrance
from lookalike.methods.mlp_recipe import Recipe as EntranceRecipe
from lookalike.pool import Pool
from lookalike.pretraining import tasks
from lookalike.pretraining.learning import FEWEST_SEEDS, Campaigns
from lookalike.pretraining.tasks import Task
from lookalike.pretraining.unseen import side_of
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace

SCALE = 0.3  # of the whitened columns: as large as plain gradient steps bear
MOST_USERS = 256  # of a campaign, that are learned from
MOST_OTHERS = 20_000  # users that are drawn from where a campaign needs others


@dataclass(frozen=True, eq=False, slots=True)
class Past:
    """The past campaigns of a workspace.

    Attributes:
        found: What they are.
        seen: As networks see them; None where there are too few to be put together.
        entrance: How users enter.
        half: Which half each belongs to, int64, shape (campaigns,).
        print: A SHA-256 of who is in them.
    """

    found: Sequence[Task]
    seen: Campaigns
    entrance: Entrance
    half: NDArray[np.int64]
    print: str

    def members(self, pool: Pool) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return `users.row` of everybody, campaign after campaign, and where each one ends."""
        users = np.concatenate([task.users for task in self.found])
        ends = np.cumsum([len(task.users) for task in self.found])
        return pool.vectors.rows[users], ends


def listed(
    workspace: Workspace, pool: Pool, leave_out: Collection[str], seed: int
) -> tuple[list[Task], features.Features]:
    """Return the campaigns of a workspace, and who did what, a line for each position.

    Raises:
        NotFound: What is to be left out does not exist.
    """
    without = pool.vectors.snapshot.how.get("leave_out", [])
    items = features.interactions(workspace, without).of(pool.vectors.rows)
    return tasks.find(workspace, pool, items, leave_out, seed), items


def gathered(
    workspace: Workspace,
    pool: Pool,
    found: Sequence[Task],
    items: features.Features,
    seed: int,
    progress: Progress = SILENT,
) -> Past:
    """Put campaigns together; users of an item enter as if they had never met it.

    Args:
        workspace: Where.
        pool: The users.
        found: The campaigns, at least one.
        items: Who did what, a line for each position.
        seed: Of the users that are drawn, and of the halves.
        progress: Hears how far it is.
    """
    rng = np.random.default_rng([seed, len(found)])
    entrance = Entrance.of(pool, EntranceRecipe(scale=SCALE))
    side = side_of(workspace, pool.vectors.snapshot, pool.vectors, items)
    kept, entered = [], []
    for place, task in enumerate(found):
        progress.at(place / len(found), "Taking the items out of their users' embeddings")
        users = np.sort(rng.permutation(task.users)[:MOST_USERS])
        lines = entrance.users(pool, users)[:, :-1]
        if side is not None and task.item >= 0 and side.column[task.item] >= 0:
            moves, stays = side.moved(users, task.item)
            lines = (lines + torch.from_numpy((moves @ entrance.scaling).astype(np.float32)))[
                torch.from_numpy(stays)
            ]
        if len(lines) >= 2 * FEWEST_SEEDS:
            kept.append(task)
            entered.append(lines)
    others = np.sort(rng.permutation(len(pool))[:MOST_OTHERS])
    member = np.zeros((len(kept), len(others)), bool)
    for place, task in enumerate(kept):
        member[place] = np.isin(others, task.users)
    seen = Campaigns(
        torch.cat(entered),
        np.concatenate([[0], np.cumsum([len(lines) for lines in entered])]),
        entrance.users(pool, others)[:, :-1].contiguous(),
        member,
    )
    half = rng.permutation(len(kept)) % 2
    digest = hashlib.sha256(f"{pool.vectors.snapshot.id} {pool.vectors.snapshot.created}".encode())
    for task in kept:
        digest.update(task.name.encode() + task.users.tobytes())
    return Past(kept, seen, entrance, half, digest.hexdigest())
