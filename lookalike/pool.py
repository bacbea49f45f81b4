"""Who can be in an audience, and what is known of them: the world that a method sees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike import eligible, features, priors, vectors
from lookalike import general as general_models
from lookalike import past as past_lists
from lookalike.eligible import Step
from lookalike.errors import BadInput
from lookalike.features import Features
from lookalike.general import General
from lookalike.hashing import mixed
from lookalike.importing import snapshots
from lookalike.past import PastLists
from lookalike.priors import HeadPrior
from lookalike.vectors import Vectors
from lookalike.workspace import Workspace

BLOCK = 8_192


class Users(Protocol):
    """Some users as a model sees them, wherever they come from."""

    @property
    def dense(self) -> NDArray[np.float32]:
        """All columns of the snapshot as stored, float32, shape (users, d)."""
        ...

    @property
    def core(self) -> NDArray[np.float32]:
        """The columns that every method looks at, float32, shape (users, core columns)."""
        ...

    @property
    def sparse(self) -> sp.csr_matrix:
        """The raw features, CSR float32, shape (users, features)."""
        ...

    @property
    def activity(self) -> NDArray[np.float32]:
        """log1p of each user's number of distinct items, float32, shape (users,)."""
        ...

    def each(self, name: str, of: OfUsers) -> NDArray[np.float32]:
        """Return a number for each user, `of(users)`, shape (users,).

        A pool keeps it under its name: what is asked for by one name must be the same for all lists.
        """
        ...

    def at(self, places: NDArray[np.intp]) -> Users:
        """Return those of the users in some places."""
        ...


OfUsers = Callable[[Users], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Block:
    """Some users of a pool: their positions, dense columns and, when asked for, sparse features."""

    pool: Pool
    positions: slice | NDArray[np.int64]

    @cached_property
    def dense(self) -> NDArray[np.float32]:
        """All columns of the snapshot as stored, float32, shape (users, d)."""
        return np.asarray(self.pool.vectors.matrix[self.positions])

    @property
    def core(self) -> NDArray[np.float32]:
        """The columns that every method looks at, float32, shape (users, core columns)."""
        return self.dense[:, : self.pool.vectors.core]

    @cached_property
    def sparse(self) -> sp.csr_matrix:
        """The raw features, CSR float32, shape (users, features)."""
        return self.pool.sparse[self.positions]

    @property
    def activity(self) -> NDArray[np.float32]:
        """log1p of each user's number of distinct items, float32, shape (users,)."""
        return self.pool.activity[self.positions]

    def each(self, name: str, of: OfUsers) -> NDArray[np.float32]:
        """Return a number for each user; the pool works it out once for everybody."""
        return self.pool.each(name, of)[self.positions]

    def at(self, places: NDArray[np.intp]) -> Block:
        """Return those of the users in some places."""
        if isinstance(self.positions, slice):
            part = Block(self.pool, (self.positions.start or 0) + places)
        else:
            part = Block(self.pool, self.positions[places])
        part.__dict__["dense"] = self.dense[places]  # it was read already
        return part


@dataclass(frozen=True, eq=False)
class Loose:
    """Users without a pool, such as a part of a file that another machine scores.

    Attributes:
        dense: All columns of the snapshot, float32, shape (users, d).
        width: How many of them every method looks at.
        sparse: The raw features, CSR float32, shape (users, features).
        activity: log1p of each user's number of distinct items, float32, shape (users,).
    """

    dense: NDArray[np.float32]
    width: int
    sparse: sp.csr_matrix
    activity: NDArray[np.float32]

    @property
    def core(self) -> NDArray[np.float32]:
        """The columns that every method looks at, float32, shape (users, core columns)."""
        return self.dense[:, : self.width]

    def each(self, name: str, of: OfUsers) -> NDArray[np.float32]:  # noqa: ARG002 - nothing is kept
        """Return a number for each user, shape (users,)."""
        return of(self)

    def at(self, places: NDArray[np.intp]) -> Loose:
        """Return those of the users in some places."""
        return Loose(self.dense[places], self.width, self.sparse[places], self.activity[places])


@dataclass(frozen=True, eq=False)
class Pool:
    """The users of a snapshot and which of them are eligible.

    Attributes:
        vectors: Their embeddings; a position is a line of its matrix.
        eligible: Ascending positions of the users that an audience may hold, int64.
        left_out: Items and features that no method may see.
        kept_out: Ascending positions of members of the list at hand that a method is not given as
            positives; they are neither negatives nor candidates, int64. None without a list.
        past: How the views of the default method did on past lists, where that is known.
        prior: What the heads of past lists have in common, where that was kept.
        general: What was learned from past campaigns, for methods that begin with it.
        waterfall: From all users to the eligible, step by step.
        sampled_from: How many users it stands for, where it is a sample of them.
    """

    vectors: Vectors
    eligible: NDArray[np.int64]
    left_out: frozenset[str]
    _workspace: Workspace | None = field(repr=False)
    kept_out: NDArray[np.int64] | None = None
    past: PastLists | None = field(default=None, repr=False)
    prior: HeadPrior | None = field(default=None, repr=False)
    general: General | None = field(default=None, repr=False)
    waterfall: tuple[Step, ...] = ()
    sampled_from: int | None = None
    _base: Pool | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def population(self) -> int:
        """How many users the vectors' moments are of: where it is a sample, more than it holds."""
        return self.sampled_from or len(self)

    def keeping_out(self, positions: NDArray[np.int64]) -> Pool:
        """Return the pool for a list of which some members are kept out; what is prepared is shared."""
        return replace(self, kept_out=positions, _base=self._base or self)

    @property
    def threads(self) -> int:
        """How many threads matrix work may use; without a workspace others use the other cores."""
        if self._workspace is None:
            return 1
        return self._workspace.settings.threads_each

    @cached_property
    def features(self) -> Features:
        """The raw features of every position, and what they are called."""
        if self._base is not None:
            return self._base.features
        if self._workspace is None:
            return Features(sp.csr_matrix((len(self), 0), dtype=np.float32), [], 0)
        return features.load(self._workspace, self.left_out).of(self.vectors.rows)

    @cached_property
    def sparse(self) -> sp.csr_matrix:
        """The raw features of every position, CSR float32."""
        return self.features.matrix

    @cached_property
    def activity(self) -> NDArray[np.float32]:
        """log1p of each position's number of distinct items; zeros without interactions."""
        if self._base is not None:
            return self._base.activity
        return np.log1p(self.features.items_each()).astype(np.float32)

    @cached_property
    def shared(self) -> dict[Any, Any]:
        """What methods prepare once for all lists, under keys of their own."""
        return {} if self._base is None else self._base.shared

    def each(self, name: str, of: OfUsers) -> NDArray[np.float32]:
        """Return a number for each position, `of(block)` of every block, worked out once."""
        key = ("each", name)
        if key not in self.shared:
            self.shared[key] = np.concatenate([of(block) for block in self.blocks()])
        return self.shared[key]

    @cached_property
    def tie_order(self) -> NDArray[np.uint64]:
        """A fixed hash of each position's row: row order often follows activity, this does not."""
        return self._base.tie_order if self._base is not None else mixed(self.vectors.rows)

    def outside(self, positives: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the eligible positions that are neither among `positives` nor kept out."""
        others = np.setdiff1d(self.eligible, positives, assume_unique=True)
        if self.kept_out is None:
            return others
        return np.setdiff1d(others, self.kept_out, assume_unique=True)

    def negatives(
        self, positives: NDArray[np.int64], count: int, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw up to `count` positions of `outside(positives)`, without repeats, ascending.

        Raises:
            BadInput: Every eligible user is in the list.
        """
        outside = self.outside(positives)
        if not len(outside):
            raise BadInput(
                "Every eligible user is on the seed list: nobody is left to tell them apart from.",
                "Upload a list of the users you want more of, not of everybody.",
            )
        if count >= len(outside):
            return outside
        return np.sort(rng.choice(outside, count, replace=False))

    def at(self, positions: NDArray[np.int64]) -> Block:
        """Return the block of these positions."""
        return Block(self, positions)

    def blocks(self, first: int = 0, size: int | None = None) -> Iterator[Block]:
        """Go over all positions in order from the first one on, so many (`BLOCK`) at a time."""
        size = size or BLOCK
        for start in range(first, len(self), size):
            yield Block(self, slice(start, min(start + size, len(self))))


def open_pool(
    workspace: Workspace,
    snapshot: int | None = None,
    left_out: Collection[str] = (),
    *,
    past: int | None = None,
    general: int | None = None,
    only: Sequence[str] = (),
    active_days: int | None = None,
) -> Pool:
    """Return the pool of a snapshot (None is the newest), with the past lists of snapshot `past`.

    Who is eligible, `eligible.find` says: users with an embedding, active in the last `active_days`
    days (None is the setting), in the segments `only`. `general` is the number of a general model.

    Raises:
        NotFound: There is no such snapshot or segment.
        BadInput: No user is eligible.
    """
    chosen = snapshots.get(workspace, snapshot)
    matrix = vectors.load(workspace, chosen)
    found = eligible.find(workspace, chosen, only, active_days)
    if not len(found.rows):
        raise BadInput(
            "No user of the workspace is eligible: "
            + "; ".join(f"{step.users:,} {step.what}" for step in found.steps if step.users)
            + ".",
            "Choose more countries and segments, or a longer activity window.",
        )
    return Pool(
        matrix,
        matrix.positions(found.rows),
        frozenset(left_out),
        workspace,
        past=None if past is None else past_lists.load(workspace, past),
        prior=priors.load(workspace, chosen, left_out),
        general=None if general is None else general_models.load(workspace, general, chosen.id),
        waterfall=found.steps,
    )
