"""Many lists in one pass: the models of many lists side by side, what they share done once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.auto import Blend
from lookalike.methods.base import Scorer
from lookalike.methods.centroid import Centroid, unit_rows
from lookalike.methods.heads import EVEN, PLAIN, scaled_scores
from lookalike.methods.logistic import Linear
from lookalike.methods.ridge import Head, RawHead
from lookalike.methods.ridge_prior import PriorHead
from lookalike.methods.subgroup_match import SubgroupMatch, matched
from lookalike.pool import Block, Users

Floats = NDArray[np.float32]
HIDDEN = 256  # numbers that a network makes of a user, about


class _Group(Protocol):
    """Scorers of one kind; which lists they belong to, and how many numbers they make of a user."""

    places: list[int]
    columns: int

    def score(self, block: Users, floors: Floats) -> Floats:
        """Return scores, shape (scorers, users)."""
        ...


class Stack:
    """The models of many lists as one.

    Attributes:
        width: How many lists there are.
        columns: How many numbers a user needs on the way, about: what memory depends on.
    """

    def __init__(self, scorers: Sequence[Scorer]) -> None:
        self.width = len(scorers)
        kinds: dict[type, list[int]] = {}
        for place, scorer in enumerate(scorers):
            kinds.setdefault(type(scorer), []).append(place)
        self._groups = [
            _GROUPS.get(kind, _OneByOne)([scorers[place] for place in places], places)
            for kind, places in kinds.items()
        ]
        self.columns = sum(group.columns for group in self._groups)

    def score(self, block: Users, floors: Floats | None = None) -> Floats:
        """Return the users' scores for every list, float32, shape (lists, users), in any order.

        Args:
            block: The users.
            floors: For each list, a score below which nobody is wanted: there, any score below it
                may stand for the right one, which saves work. None: all scores are right.

        A score may be what is no number, which counts as the lowest.
        """
        lowest = np.full(self.width, -np.inf, np.float32) if floors is None else floors
        if len(self._groups) == 1:
            return self._groups[0].score(block, lowest)
        found = np.empty((self.width, len(block.dense)), np.float32)
        for group in self._groups:
            found[group.places] = group.score(block, lowest[group.places])
        return found


class _OneByOne:
    def __init__(self, scorers: Sequence[Scorer], places: list[int]) -> None:
        self.places = places
        self.columns = len(scorers) + HIDDEN
        self._scorers = scorers

    def score(self, block: Users, floors: Floats) -> Floats:  # noqa: ARG002 - nothing is saved
        # those that know nobody but a pool's users are only ever asked for these
        return np.stack([scorer.score(cast("Block", block)) for scorer in self._scorers])


def product(rows: NDArray[np.floating], weights: Floats) -> Floats:
    """Return rows @ weights; on thin matrices PyTorch's is up to three times as fast as NumPy's.

    For a single column NumPy's is the faster one, and needs no copy of some columns of the rows.
    """
    if weights.shape[1] == 1 and rows.dtype == np.float32:
        return np.asarray(rows @ weights)
    rows = np.require(rows, np.float32, ["C", "W"])
    found: Floats = torch.mm(torch.from_numpy(rows), torch.from_numpy(weights)).numpy()
    return found


class _HeadGroup:
    def __init__(self, scorers: Sequence[Head], places: list[int]) -> None:
        self.places = places
        self.columns = len(scorers)
        self._weights = np.stack([one.weights for one in scorers], axis=1)

    def score(self, block: Users, floors: Floats) -> Floats:  # noqa: ARG002
        return product(block.core, self._weights).T


class _PriorGroup:
    def __init__(self, scorers: Sequence[PriorHead], places: list[int]) -> None:
        self.places = places
        self.columns = len(scorers)
        self._rows = scorers[0].rows
        self._weights = np.stack([one.weights for one in scorers], axis=1)
        self._shift = np.array([one.shift for one in scorers], np.float32)

    def score(self, block: Users, floors: Floats) -> Floats:  # noqa: ARG002
        scores = product(block.core, self._weights) + self._shift
        scores /= block.each("roots", self._rows.roots)[:, None]
        return scores.T


class _MatchGroup:
    def __init__(self, scorers: Sequence[SubgroupMatch], places: list[int]) -> None:
        self.places = places
        self._scorers = scorers
        self._weights = np.hstack([one.weights for one in scorers])
        self._shift = np.concatenate([one.shift for one in scorers])
        self.columns = len(self._shift)

    def score(self, block: Users, floors: Floats) -> Floats:  # noqa: ARG002
        products = product(block.core, self._weights)
        products += self._shift
        roots = block.each("roots", self._scorers[0].rows.roots)
        found = np.empty((len(self._scorers), len(products)), np.float32)
        first = 0
        for place, scorer in enumerate(self._scorers):
            end = first + len(scorer.shift)
            found[place] = matched(products[:, first:end], roots, scorer.after)
            first = end
        return found


class _RawGroup:
    def __init__(self, scorers: Sequence[Linear | RawHead], places: list[int]) -> None:
        self.places = places
        self.columns = len(scorers)
        self._weights = np.ascontiguousarray(np.stack([one.weights for one in scorers], axis=1))
        scaling = EVEN if isinstance(scorers[0], RawHead) else PLAIN
        self._scalings = [scaling] * len(scorers)

    def score(self, block: Users, floors: Floats) -> Floats:  # noqa: ARG002
        return scaled_scores(block, self._weights, self._scalings, np.zeros(0, np.float32)).T


class _CentroidGroup:
    def __init__(self, scorers: Sequence[Centroid], places: list[int]) -> None:
        self.places = places
        self.columns = len(scorers) + 2 * len(scorers[0].mean)
        self._first = scorers[0]
        self._same = all(
            one.whitening is self._first.whitening
            or np.array_equal(one.whitening, self._first.whitening)
            for one in scorers[1:]
        )
        self._alone = _OneByOne(scorers, places)
        self._centres = np.stack([one.centre for one in scorers], axis=1)

    def score(self, block: Users, floors: Floats) -> Floats:
        if not self._same:
            return self._alone.score(block, floors)
        rows = unit_rows((block.core - self._first.mean) @ self._first.whitening)
        scores: Floats = product(rows, self._centres).T
        return scores


class _BlendGroup:
    """Blends: one multiplication for the views of all lists; networks see who can still be wanted."""

    def __init__(self, scorers: Sequence[Blend], places: list[int]) -> None:
        self.places = places
        self._blends = scorers
        self._dense = np.hstack([one.heads.dense for one in scorers])
        self._shift = np.concatenate([one.heads.shift for one in scorers])
        self._sparse = np.hstack([one.heads.sparse for one in scorers])
        self._scalings = [scaling for one in scorers for scaling in one.heads.scalings]
        self._rarity = scorers[0].heads.rarity
        self.columns = self._dense.shape[1] + self._sparse.shape[1] + HIDDEN
        ends = np.cumsum([one.heads.dense.shape[1] for one in scorers])
        self._dense_of = list(zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True))
        ends = np.cumsum([one.heads.sparse.shape[1] for one in scorers])
        self._sparse_of = list(zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True))

    def score(self, block: Users, floors: Floats) -> Floats:
        dense = np.ascontiguousarray(product(block.dense, self._dense).T)
        dense += self._shift[:, None]
        raw = dense[:0]
        if self._scalings:
            raw = scaled_scores(block, self._sparse, self._scalings, self._rarity).T
        lengths: Floats | None = None
        roots: Floats | None = None
        found = np.empty((len(self._blends), len(block.dense)), np.float32)
        for place, blend in enumerate(self._blends):
            first, end = self._dense_of[place]
            own = dense[first:end]
            if blend.heads.direction is not None:
                if lengths is None:
                    lengths = block.each("near", blend.heads.direction.lengths)
                own[blend.heads.near] /= lengths
            if blend.heads.rows is not None:
                if roots is None:
                    roots = block.each("roots", blend.heads.rows.roots)
                own[blend.heads.experienced] /= roots
            columns = [*own, *raw[slice(*self._sparse_of[place])]]
            found[place] = blend.among(block, columns, float(floors[place]))
        return found


_GROUPS = {
    Head: _HeadGroup,
    PriorHead: _PriorGroup,
    SubgroupMatch: _MatchGroup,
    Linear: _RawGroup,
    RawHead: _RawGroup,
    Centroid: _CentroidGroup,
    Blend: _BlendGroup,
}
