"""Mean and covariance of a snapshot beside the users' files: the axes on which models are trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.importing.snapshots import Snapshot
from lookalike.vectors import WIDE, Vectors, in_memory
from lookalike.workspace import now

MOMENTS = "moments.json"
FORMAT = 1


@dataclass(frozen=True, eq=False, slots=True)
class Moments:
    """What training has to know of all users, be they in an audience or not.

    Attributes:
        users: Whom the numbers are of.
        views: Name, first column and end of each part of a vector that is whitened alone.
        mean: Of each column, float64, shape (d,).
        covariance: Of the columns, ddof 1, float64, shape (d, d).
    """

    users: int
    views: tuple[tuple[str, int, int], ...]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, vectors: Vectors) -> Moments:
        """Return those of a workspace's vectors."""
        views = tuple((name, part.start, part.stop) for name, part in vectors.views.items())
        return cls(len(vectors), views, vectors.mean, vectors.covariance)

    @classmethod
    def of_sample(cls, dense: NDArray[np.float32], core: int, users: int) -> Moments:
        """Return those of a sample, shape (sampled, d), that stands for so many users.

        Every method looks at the first `core` columns.
        """
        dim = dense.shape[1]
        views = (("all", 0, core),) + ((WIDE, core, dim),) * (core < dim)
        found = in_memory(np.arange(len(dense), dtype=np.int32), dense, views)
        return cls(users, views, found.mean, found.covariance)

    def vectors(self, rows: NDArray[np.int32], dense: NDArray[np.float32]) -> Vectors:
        """Return some users with the moments of all."""
        how = {"views": [list(view) for view in self.views]}
        snapshot = Snapshot(0, "imported", dense.shape[1], self.users, now(), "files", how)
        return Vectors(snapshot, dense, rows, self.mean, self.covariance)

    def to_text(self) -> str:
        """Return them as `moments.json` holds them; every number comes back as it was."""
        held = {
            "users": self.users,
            "views": [list(view) for view in self.views],
            "mean": self.mean.tolist(),
            "covariance": self.covariance.tolist(),
        }
        return json.dumps({"format": FORMAT, **held})

    @classmethod
    def from_text(cls, text: str, columns: int) -> Moments:
        """Read what `to_text` wrote, of vectors of so many columns.

        Raises:
            BadInput: It is something else.
        """
        try:
            given: Mapping[str, Any] = json.loads(text)
            if given["format"] != FORMAT:
                raise ValueError(f"format {given['format']}")
            mean = np.array(given["mean"], np.float64)
            covariance = np.array(given["covariance"], np.float64)
            if mean.shape != (columns,) or covariance.shape != (columns, columns):
                raise ValueError(f"{mean.shape} and {covariance.shape}")
            views = tuple((str(name), int(first), int(end)) for name, first, end in given["views"])
            return cls(int(given["users"]), views, mean, covariance)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"{MOMENTS} beside the users is not what `export-users` writes for {columns} columns.",
                "Export them again, or take the file away: a sample of the users then says as much.",
            ) from error
