"""The matrix of a snapshot: float32, memory-mapped, in row order, with its moments."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from lookalike import arrays
from lookalike.importing.snapshots import Snapshot
from lookalike.workspace import Workspace, now

WIDE = "wide"  # a view that only methods which ask for it look at; it stands last
EIGENVALUE_FLOOR = 1e-4  # of the largest one of the view
BATCH = 131_072
UNUSABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)  # what a bad file raises


@dataclass(frozen=True, eq=False)
class Vectors:
    """The embeddings of a snapshot; "position" is a line of the matrix.

    Attributes:
        snapshot: What they are.
        matrix: float32 map that is never written to, shape (n, d).
        rows: `users.row` of each position, ascending, int32, shape (n,).
        mean: Column means, float64, shape (d,).
        covariance: Of the columns, ddof 1, float64, shape (d, d).
    """

    snapshot: Snapshot
    matrix: NDArray[np.float32]
    rows: NDArray[np.int32]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def positions(self, rows: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the positions of those of the given `users.row` that have a vector, in order."""
        place = np.searchsorted(self.rows, rows)
        place[place == len(self.rows)] = 0
        return place[self.rows[place] == rows].astype(np.int64)

    @cached_property
    def views(self) -> dict[str, slice]:
        """The columns of each view, by name."""
        given = self.snapshot.how.get("views", [["all", 0, self.snapshot.dim]])
        return {name: slice(start, end) for name, start, end in given}

    @property
    def core(self) -> int:
        """How many of the first columns every method looks at: all but the view `WIDE`."""
        return self.views[WIDE].start if WIDE in self.views else self.snapshot.dim

    @cached_property
    def core_whitening(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean (core,) and whitening (core, core) of the core columns."""
        return self.mean[: self.core], self.whitening[: self.core, : self.core]

    @cached_property
    def whitening(self) -> NDArray[np.float64]:
        """The matrix W such that (x - mean) W is white within each view, shape (d, d).

        View by view, since they live on scales that differ by orders of magnitude; the
        eigenvalues of a view are floored at 1e-4 of its largest.
        """
        white = np.zeros_like(self.covariance)
        for columns in self.views.values():
            values, axes = np.linalg.eigh(self.covariance[columns, columns])
            floored = np.maximum(values, max(EIGENVALUE_FLOOR * values.max(), 1e-30))
            white[columns, columns] = axes / np.sqrt(floored)
        return white


def in_memory(
    rows: NDArray[np.int32],
    matrix: NDArray[np.float32],
    views: Sequence[tuple[str, int, int]],
) -> Vectors:
    """Return vectors that no snapshot stores, with their moments."""
    lines, dim = matrix.shape
    how = {"views": [list(view) for view in views]}
    snapshot = Snapshot(0, "learned", dim, lines, now(), "memory", how)
    mean = matrix.mean(axis=0, dtype=np.float64)
    products = np.zeros((dim, dim))
    for start in range(0, lines, BATCH):
        part = matrix[start : start + BATCH] - mean
        products += part.T @ part
    return Vectors(snapshot, matrix, rows, mean, products / max(lines - 1, 1))


def load(workspace: Workspace, snapshot: Snapshot) -> Vectors:
    """Map a snapshot's matrix, written anew from DuckDB when it is missing, damaged or stale."""
    matrix_file = workspace.file_in("vectors", f"{snapshot.id}.npy")
    moments_file = workspace.file_in("vectors", f"{snapshot.id}.npz")
    fingerprint = _fingerprint(workspace, snapshot)
    with contextlib.suppress(*UNUSABLE):
        return _read(snapshot, matrix_file, moments_file, fingerprint)
    _write(workspace, snapshot, matrix_file, moments_file, fingerprint)
    return _read(snapshot, matrix_file, moments_file, fingerprint)


def _fingerprint(workspace: Workspace, snapshot: Snapshot) -> str:
    with workspace.cursor() as cursor:
        found = cursor.execute(
            f"SELECT count(*), min(row), max(row), bit_xor(hash(row)) FROM {snapshot.table}"
        ).fetchone()
    revision = snapshot.how.get("revision", 0)  # vectors may be replaced under the same rows
    return f"{snapshot.id} {snapshot.created.isoformat()} {snapshot.dim} {revision} {found}"


def _read(snapshot: Snapshot, matrix_file: Path, moments_file: Path, fingerprint: str) -> Vectors:
    """Map the files; one of `UNUSABLE` is raised where they are missing, damaged or stale."""
    with arrays.archive(moments_file) as moments:
        if str(moments["fingerprint"]) != fingerprint:
            raise ValueError(f"{moments_file} was written for other vectors")
        return Vectors(
            snapshot=snapshot,
            matrix=arrays.mapped(matrix_file),
            rows=moments["rows"],
            mean=moments["mean"],
            covariance=moments["covariance"],
        )


def _write(
    workspace: Workspace, snapshot: Snapshot, matrix_file: Path, moments_file: Path, fingerprint: str
) -> None:
    dim = snapshot.dim
    with workspace.cursor() as cursor:
        found = cursor.execute(f"SELECT row FROM {snapshot.table} ORDER BY row").fetchnumpy()
        rows = np.asarray(found["row"], np.int32)
        lines = len(rows)
        # moments are summed around the first vector, so that a large mean loses no digits
        shift: NDArray[np.float64] | None = None
        total, products = np.zeros(dim), np.zeros((dim, dim))
        with workspace.writing_file(matrix_file) as partial:
            matrix = open_memmap(partial, mode="w+", dtype=np.float32, shape=(lines, dim))
            # as they are stored: the database would hold all vectors to sort them
            query = cursor.execute(f"SELECT row, vector FROM {snapshot.table}")
            for batch in query.to_arrow_reader(BATCH):
                block = batch.column(1).flatten().to_numpy(zero_copy_only=False).reshape(-1, dim)
                matrix[np.searchsorted(rows, batch.column(0).to_numpy())] = block
                wide = block.astype(np.float64)
                shift = wide[0].copy() if shift is None else shift
                wide -= shift
                total += wide.sum(axis=0)
                products += wide.T @ wide
            matrix.flush()
            del matrix
    mean = total / max(lines, 1)
    covariance = (products - lines * np.outer(mean, mean)) / max(lines - 1, 1)
    with workspace.writing_file(moments_file) as partial, partial.open("wb") as handle:
        np.savez(
            handle,
            fingerprint=np.array(fingerprint),
            rows=rows,
            mean=mean + (0 if shift is None else shift),
            covariance=covariance,
        )
