"""The linear views of a seed list that the default method blends; all lists of a pool share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.methods import prototype, ridge_prior
from lookalike.methods.heads import EVEN, PLAIN, RARE, Heads, Near, evened, unusual
from lookalike.methods.past_heads import rows_of
from lookalike.methods.raw import Raw
from lookalike.past import Hat
from lookalike.pool import Pool, Users

PENALTY = 1000.0  # of the dense heads
SCALINGS = {"raw": PLAIN, "even": EVEN}
PENALTIES = {"raw": (100.0, 300.0, 1000.0, 3000.0, 10_000.0), "even": (1.0, 3.0, 10.0, 30.0, 100.0)}
EXPERIENCED = {"prototype": prototype, "prior": ridge_prior}  # begin with past lists; best first
NEAR = "smooth"  # the view whose unit rows make the dense centroid


@dataclass(frozen=True, eq=False)
class Views:
    """What the lists of a pool share: factorisations, scalings and norms.

    Attributes:
        pool: The users.
        known_hats: The hat diagonals of the raw ridges, where they were estimated before.
    """

    pool: Pool
    known_hats: Mapping[str, Hat] | None = None

    @cached_property
    def dense(self) -> list[str]:
        """Views of the snapshot that get a ridge head; activity joins each of them."""
        return [name for name in self.pool.vectors.views if name != "activity"]

    @cached_property
    def near(self) -> str:
        """The view of the dense centroid."""
        return NEAR if NEAR in self.dense else self.dense[0]

    @cached_property
    def experienced(self) -> str | None:
        """The view that begins with what past lists have in common, where there are items to learn from.

        Past lists, if any, must have tried it: those from before there was the first know the second.
        """
        past = self.pool.past
        if not self.pool.features.items:
            return None
        return next((name for name in EXPERIENCED if past is None or name in past.views), None)

    @cached_property
    def names(self) -> list[str]:
        """All views, in the order of their scores."""
        names = [f"ridge {name}" for name in self.dense] + ["near"]
        names += [self.experienced] if self.experienced else []
        if self.pool.sparse.shape[1]:
            for name, penalties in PENALTIES.items():
                names += [f"{name} {penalty:g}" for penalty in penalties]
            names.append("tfidf")
        return names

    @cached_property
    def rivals(self) -> list[list[int]]:
        """Places of the views that differ in their penalty alone: a list takes the best of each."""
        groups: dict[str, list[int]] = {}
        for place, name in enumerate(self.names):
            base = name.split(" ")[0]
            groups.setdefault(base if base in PENALTIES else name, []).append(place)
        return list(groups.values())

    @cached_property
    def heads(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]:
        """For each dense view: its columns, their whitening, and the inverse of F'F + 1000 I.

        F holds the whitened columns of the view and of activity; its products follow from the
        covariance of the snapshot, without a pass over the users.
        """
        vectors = self.pool.vectors
        activity = vectors.views.get("activity")
        found = []
        for name in self.dense:
            columns = np.arange(*vectors.views[name].indices(vectors.snapshot.dim))
            if activity is not None:
                columns = np.append(columns, np.arange(*activity.indices(vectors.snapshot.dim)))
            white = vectors.whitening[np.ix_(columns, columns)]
            products = (
                (len(vectors) - 1) * white.T @ vectors.covariance[np.ix_(columns, columns)] @ white
            )
            inverse = np.linalg.inv(products + PENALTY * np.eye(len(columns))).astype(np.float64)
            found.append((columns.astype(np.int64), white, inverse))
        return found

    @cached_property
    def direction(self) -> Near:
        """How the length of a user's row in the view of the centroid is taken."""
        vectors = self.pool.vectors
        view = vectors.views[self.near]
        columns = np.arange(*view.indices(vectors.snapshot.dim))
        white = vectors.whitening[view, view].astype(np.float32)
        return Near(columns.astype(np.int64), vectors.mean[view].astype(np.float32), white)

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """Length of each user's whitened row in the view of the centroid, shape (users,)."""
        return self.pool.each("near", self.direction.lengths)

    @cached_property
    def raws(self) -> dict[str, Raw]:
        """F = X, and F = act^-1/4 X pop^-1/4, which evens out the active and the popular."""
        matrix = self.pool.sparse
        transposed = sp.csr_matrix(matrix.T)
        users, features = matrix.shape
        pop = np.maximum(np.asarray(abs(matrix).sum(axis=0)).ravel(), 1e-6).astype(np.float32)
        ones = np.ones(users, np.float32), np.ones(features, np.float32)
        return {
            "raw": Raw(matrix, transposed, *ones),
            "even": Raw(
                matrix,
                transposed,
                self.pool.each("evened", evened),
                (pop**-0.25).astype(np.float32),
            ),
        }

    @cached_property
    def tfidf(self) -> Raw:
        """Unit rows of X times ln(users / users of the feature)."""
        matrix, transposed = self.raws["raw"].matrix, self.raws["raw"].transposed
        lengths = self.pool.each("unusual", lambda users: unusual(users.sparse, self.rarity))
        return Raw(matrix, transposed, lengths, self.rarity)

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """ln(N / n) of each raw feature, shape (features,)."""
        used = np.maximum(np.diff(self.raws["raw"].transposed.indptr), 1)
        return np.log(len(self.pool) / used).astype(np.float32)

    @cached_property
    def hats(self) -> Mapping[str, Hat]:
        """The hat diagonals of the raw ridges."""
        if self.known_hats is not None:
            return self.known_hats
        rng = np.random.default_rng(0)
        return {name: self.raws[name].hat(tuple(p), rng) for name, p in PENALTIES.items()}

    def fit(self, positives: NDArray[np.int64], weights: NDArray[np.float64]) -> FittedViews:
        """Fit every view to a list; seed weights multiply the indicator."""
        seeds = self.pool.at(positives).dense
        columns: list[NDArray[np.float64]] = []
        vectors = self.pool.vectors
        for chosen, white, inverse in self.heads:
            rows = (seeds[:, chosen] - vectors.mean[chosen]) @ white
            head = np.zeros(vectors.snapshot.dim)
            head[chosen] = white @ (inverse @ (rows.T @ weights))
            columns.append(head)
        view = vectors.views[self.near]
        white = vectors.whitening[view, view]
        unit = ((seeds[:, view] - vectors.mean[view]) @ white) / self.lengths[positives, None]
        head = np.zeros(vectors.snapshot.dim)
        head[view] = white @ (unit.T @ weights)
        columns.append(head)
        if self.experienced:
            known = EXPERIENCED[self.experienced].head_of(self.pool, positives, weights)
            columns.append(np.append(known.weights, np.zeros(vectors.snapshot.dim - vectors.core)))
        dense = np.stack(columns, axis=1)
        shift = -vectors.mean @ dense
        sparse = np.zeros((self.pool.sparse.shape[1], 0), np.float32)
        if self.pool.sparse.shape[1]:
            marked = np.zeros(len(self.pool), np.float32)
            marked[positives] = weights
            parts = [
                self.raws[name].columns[:, None] * self.raws[name].solve(marked, tuple(penalties))
                for name, penalties in PENALTIES.items()
            ]
            parts.append((self.tfidf.columns * self.tfidf.gathered(marked))[:, None])
            sparse = np.hstack(parts)
        scalings = [SCALINGS[name] for name, penalties in PENALTIES.items() for _ in penalties] + [RARE]
        heads = Heads(
            dense.astype(np.float32),
            shift.astype(np.float32),
            len(self.dense),
            self.direction,
            sparse,
            tuple(scalings) if sparse.shape[1] else (),
            self.rarity if sparse.shape[1] else np.zeros(0, np.float32),
            len(self.dense) + 1 if self.experienced else -1,
            rows_of(self.pool) if self.experienced else None,
        )
        return FittedViews(self, positives, weights, heads)


@dataclass(frozen=True, eq=False)
class FittedViews:
    """The views fitted to one list.

    Attributes:
        views: What they were fitted on.
        positives: The seeds' positions, shape (P,).
        weights: Theirs, shape (P,).
        heads: What scores anybody.
    """

    views: Views
    positives: NDArray[np.int64]
    weights: NDArray[np.float64]
    heads: Heads

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return every view's scores, shape (users, views)."""
        return self.heads.score(users)

    def without_own(self) -> NDArray[np.float64]:
        """Return the seeds' scores as if each had not been a seed, shape (P, views).

        For the ridges that is s - h y with h the hat diagonal: the seed stays among the users, as
        one who is not on the list, which is what a look-alike is. (The usual leave-one-out form
        divides by 1 - h, as if it were not there at all, and ranks seeds too high where h is
        large.) For the centroids a seed's own term is taken out.
        """
        block = self.views.pool.at(self.positives)
        scores = self.score(block).astype(np.float64)
        vectors = self.views.pool.vectors
        for place, (chosen, white, inverse) in enumerate(self.views.heads):
            rows = (block.dense[:, chosen] - vectors.mean[chosen]) @ white
            hat = np.einsum("ij,jk,ik->i", rows, inverse, rows)
            scores[:, place] = _left_out(scores[:, place], hat, self.weights)
        place = len(self.views.heads)
        scores[:, place] -= self.weights
        if self.views.experienced:
            place += 1
            beginning = EXPERIENCED[self.views.experienced]
            scores[:, place] = beginning.without_own(self.views.pool, self.positives, self.weights)
        if self.heads.scalings:
            for name, penalties in PENALTIES.items():
                lengths = self.views.raws[name].norms[self.positives]
                for nth in range(len(penalties)):
                    place += 1
                    hat = self.views.hats[name].at(lengths, nth)
                    scores[:, place] = _left_out(scores[:, place], hat, self.weights)
            scores[:, place + 1] -= self.weights
        return scores


def _left_out(
    scores: NDArray[np.float64], hat: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    return scores - hat * weights


def views_of(pool: Pool) -> Views:
    """Return the views of a pool; they are made once."""
    # past lists from before there were raw features know no hats
    known = (
        pool.past.hats if pool.past is not None and pool.past.hats.keys() >= PENALTIES.keys() else None
    )
    found: Views = pool.shared.setdefault("views", Views(pool, known))
    return found
