"""Why one user is in an audience, or is not: their place, what they have, and how near the seeds are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike import eligible, vectors
from lookalike.errors import NotFound
from lookalike.expanded import Expansion
from lookalike.holdings import of_user
from lookalike.importing import snapshots
from lookalike.pool import Pool
from lookalike.portrait import closeness
from lookalike.portrait.closeness import Closeness
from lookalike.portrait.drawing import seed_rows
from lookalike.portrait.drawn import Portrait, Trait
from lookalike.workspace import Workspace

POINTS = 100
ASSOCIATION = (
    "These are things that go with being in the audience. They are not the model's own reasons, "
    "and nobody is in it for one of them alone."
)


@dataclass(frozen=True, slots=True)
class Why:
    """What is known of one user's place.

    Attributes:
        user_id: The user, as asked.
        state: "in", "below" (ranked after the audience's end), "kept out" (ranked before it, but not
            in), "ranked" (no audience was given), "seed", "not eligible" or "unknown".
        reason: One or two sentences: where the user stands, and why.
        hint: What to do about it; may be empty.
        score: The model's; None unless ranked.
        rank: From 1; None unless ranked.
        of: Users that were ranked.
        has: What the user has of what more of the audience have.
        lacks: What they lack of it.
        closeness: How near they are to the seeds; None without an embedding.
    """

    user_id: str
    state: str
    reason: str
    hint: str = ""
    score: float | None = None
    rank: int | None = None
    of: int = 0
    has: tuple[Trait, ...] = ()
    lacks: tuple[Trait, ...] = ()
    closeness: Closeness | None = None

    @property
    def percentile(self) -> float | None:
        """The share of the ranked users, in percent, that rank no higher; None unless ranked."""
        return None if self.rank is None else POINTS * (self.of - self.rank + 1) / self.of

    def sentence(self) -> str:
        """Say all of it in words."""
        said = [self.reason]
        if self.has or self.lacks:
            number = len(self.has) + len(self.lacks)
            said.append(
                f"They have {len(self.has):,} of the {number:,} things that more of the audience have."
            )
        if self.closeness is not None:
            said.append(self.closeness.sentence())
        return " ".join(said)


def why(
    expansion: Expansion,
    user_id: str,
    members: NDArray[np.int32] | None = None,
    portrait: Portrait | None = None,
) -> Why:
    """Say where a user stands in an expansion, and what they have to do with it.

    Args:
        expansion: The run.
        user_id: As in the workspace.
        members: `users.row` of the audience, in any order; None to tell the place alone.
        portrait: What sets the audience apart; None to leave out what the user has of it.
    """
    workspace, candidates = expansion.workspace, expansion.ranking.candidates
    row = _row_of(workspace, user_id)
    if row is None:
        return _unknown(workspace, user_id)
    of = len(candidates)
    listed = seed_rows(expansion)
    place = np.flatnonzero(candidates["row"] == row)
    score = rank = None
    hint = ""
    if len(place):
        rank, score = int(place[0]) + 1, float(candidates["score"][place[0]])
        state, reason, hint = _placed(expansion, row, rank, members)
    elif np.isin(row, listed):
        state = "seed"
        reason = "They are on the seed list itself: the model learned from them, so they are not ranked."
        hint = "Seeds are never part of their own look-alike audience: add the list when you export."
    else:
        state = "not eligible"
        reason, hint = _shut_out(expansion, row)
    has: tuple[Trait, ...] = ()
    lacks: tuple[Trait, ...] = ()
    if portrait is not None:
        held = of_user(workspace, row)
        has = tuple(one for one in portrait.over if (one.kind, one.name) in held)
        lacks = tuple(one for one in portrait.over if (one.kind, one.name) not in held)
    near = _near(expansion, row, listed)
    return Why(user_id, state, reason, hint, score, rank, of, has, lacks, near)


def _placed(
    expansion: Expansion, row: int, rank: int, members: NDArray[np.int32] | None
) -> tuple[str, str, str]:
    ranking = expansion.ranking
    where = f"They rank {rank:,} of {len(ranking):,}"
    if members is None or not len(members):
        return "ranked", f"{where}.", ""
    end = int(np.flatnonzero(np.isin(ranking.candidates["row"], members))[-1]) + 1
    if np.isin(row, members):
        return "in", f"{where}, and the audience reaches down to rank {end:,}: they are in it.", ""
    if rank < end:
        reason = f"{where}, which is high enough, but they are kept out of the audience."
        return "kept out", reason, "Look at the lists and audiences that are left out."
    missing = rank - end
    return (
        "below",
        f"{where}, and the audience ends at rank {end:,}: they are not in it.",
        f"An audience that is larger by {missing:,} would reach them.",
    )


def _shut_out(expansion: Expansion, row: int) -> tuple[str, str]:
    """Say which of the pool's conditions a user fails, in the order in which they are applied."""
    workspace, spec = expansion.workspace, expansion.spec
    try:
        snapshot = snapshots.get(workspace, expansion.run.metrics["snapshot"])
    except NotFound:
        return "They were not eligible in this run, whose embeddings are gone.", "Train again."
    days = workspace.settings.active_days if spec.active_days is None else spec.active_days
    if not len(vectors.load(workspace, snapshot).positions(np.array([row], np.int32))):
        return (
            "They cannot be in it: they have no embedding, so nothing is known to compare them by.",
            "Import what they did, and learn the embeddings again.",
        )
    if not np.isin(row, eligible.find(workspace, snapshot, (), spec.active_days).rows):
        return (
            f"They cannot be in it: they were not active in the last {days:,} days.",
            "Choose a longer activity window and train again.",
        )
    if spec.only and not np.isin(row, eligible.find(workspace, snapshot, spec.only, days).rows):
        return (
            f"They cannot be in it: they are outside the chosen segments ({', '.join(spec.only)}).",
            "Choose more segments and train again.",
        )
    return (
        "They are eligible now, but were not when this run was trained, or were on its list then.",
        "Train again to have them ranked.",
    )


def _near(expansion: Expansion, row: int, listed: NDArray[np.int32]) -> Closeness | None:
    workspace = expansion.workspace
    try:
        snapshot = snapshots.get(workspace, expansion.run.metrics["snapshot"])
    except NotFound:
        return None
    known = vectors.load(workspace, snapshot)
    position = known.positions(np.array([row], np.int32))
    ranked = known.positions(np.sort(expansion.ranking.candidates["row"]))
    positives = known.positions(listed)
    if not len(position) or not len(positives) or not len(ranked):
        return None
    return closeness.measure(Pool(known, ranked, frozenset(), workspace), positives, int(position[0]))


def _row_of(workspace: Workspace, user_id: str) -> int | None:
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT row FROM users WHERE user_id = ?", [user_id]).fetchone()
    return None if found is None else int(found[0])


def _unknown(workspace: Workspace, user_id: str) -> Why:
    """Ids are compared letter by letter, so one that differs by case or spaces alone is offered."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT user_id FROM users WHERE lower(trim(user_id)) = lower(trim($1)) LIMIT 1", [user_id]
        ).fetchone()
    hint = f"Did you mean {found[0]!r}?" if found else "Check that it is written as in the workspace."
    return Why(user_id, "unknown", f"There is no user {user_id!r} in this workspace.", hint)
