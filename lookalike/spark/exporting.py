"""Writing a workspace's users as files for Spark, block by block."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lookalike import features
from lookalike.errors import BadInput
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.spark.files import ABOUT, USERS, About
from lookalike.spark.moments import MOMENTS, Moments
from lookalike.workspace import PARTIAL, Workspace

GROUP = 65_536  # users that are written together, and that one task can read alone
ROWS_A_FILE = 500_000


def export_users(
    workspace: Workspace,
    out: Path,
    *,
    snapshot: int | None = None,
    only: Sequence[str] = (),
    active_days: int | None = None,
    leave_out: Collection[str] = (),
    rows_a_file: int = ROWS_A_FILE,
    as_lists: bool = False,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> int:
    """Write the users of a snapshot into a folder, all of it or nothing; return how many.

    Memory: a group of users, and what `pool.sparse` takes.

    Args:
        workspace: Where they are.
        out: The folder to make.
        snapshot: The embeddings; None for the newest.
        only: Segments of which an audience may hold users; see `eligible.find`.
        active_days: How lately they must have been active.
        leave_out: Items and features to leave out of the raw features.
        rows_a_file: Users a file.
        as_lists: Write vectors as lists of numbers, for other programs, rather than as bytes, which
            are read in a seventh of the time.
        overwrite: Whether a folder that is there may be replaced.
        progress: Hears of every group.

    Raises:
        BadInput: The folder is there already or cannot be written, or nobody is eligible.
        NotFound: There is no such snapshot or segment.
    """
    if rows_a_file < 1:
        raise BadInput(f"{rows_a_file} users a file are none.", "Give at least 1.")
    if out.exists() and not overwrite:
        raise BadInput(f"{out} exists already.", "Choose another folder, or replace it: --overwrite.")
    pool = open_pool(workspace, snapshot, leave_out, only=only, active_days=active_days)
    names = features.load(workspace, leave_out).names
    vectors = pool.vectors
    about = About(
        vectors.snapshot.dim,
        vectors.core,
        tuple(names),
        vectors.snapshot.id,
        vectors.snapshot.kind == "learned",
    )
    partial = out.absolute().with_name(f".{out.absolute().name}.{os.getpid()}{PARTIAL}")
    try:
        (partial / USERS).mkdir(parents=True)
        schema = _schema(pool.vectors.snapshot.dim, as_lists)
        _write(partial / USERS, schema, pool, _groups(workspace, pool), rows_a_file, progress)
        (partial / ABOUT).write_text(about.to_text(), "utf-8")
        (partial / MOMENTS).write_text(Moments.of(vectors).to_text(), "utf-8")
        if out.is_dir():
            shutil.rmtree(out)
        partial.replace(out)
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return len(pool)


def _write(
    folder: Path,
    schema: pa.Schema,
    pool: Pool,
    groups: Iterator[tuple[NDArray[np.int64], pa.Array]],
    rows_a_file: int,
    progress: Progress,
) -> None:
    inside = np.zeros(len(pool), bool)
    inside[pool.eligible] = True
    number, room, done = 0, 0, 0
    writer: pq.ParquetWriter | None = None
    try:
        for positions, ids in groups:
            first = 0
            while first < len(positions):
                if writer is None or not room:
                    if writer is not None:
                        writer.close()
                    path = folder / f"part-{number:05d}.parquet"
                    # vectors hardly get smaller, and are read three times faster as they are
                    packed = dict.fromkeys(("user_id", "features.list.element"), "snappy")
                    writer = pq.ParquetWriter(
                        path, schema, compression=packed, use_dictionary=["values.list.element"]
                    )
                    number, room = number + 1, rows_a_file
                part = slice(first, min(len(positions), first + room))
                writer.write_table(_table(schema, pool, positions[part], ids[part], inside))
                first, room = part.stop, room - (part.stop - part.start)
            done += len(positions)
            progress.at(done / len(pool), f"Writing {len(pool):,} users")
    finally:
        if writer is not None:
            writer.close()


def _groups(workspace: Workspace, pool: Pool) -> Iterator[tuple[NDArray[np.int64], pa.Array]]:
    """Go over the pool's positions in order, with the ids of their users."""
    with workspace.cursor() as cursor:
        query = cursor.execute("SELECT row, user_id FROM users ORDER BY row")
        for batch in query.to_arrow_reader(GROUP):
            rows = batch.column(0).to_numpy()
            places = np.flatnonzero(np.isin(rows, pool.vectors.rows, assume_unique=True))
            if len(places):
                positions = pool.vectors.positions(rows[places])
                yield positions, batch.column(1).take(pa.array(places))


def _schema(dim: int, as_lists: bool) -> pa.Schema:
    return pa.schema(
        [
            ("row", pa.int32()),
            ("user_id", pa.string()),
            ("eligible", pa.bool_()),
            ("vector", pa.list_(pa.float32(), dim) if as_lists else pa.binary(4 * dim)),
            ("activity", pa.float32()),
            ("features", pa.list_(pa.int32())),
            ("values", pa.list_(pa.float32())),
        ]
    )


def _table(
    schema: pa.Schema,
    pool: Pool,
    positions: NDArray[np.int64],
    ids: pa.Array,
    inside: NDArray[np.bool_],
) -> pa.Table:
    cells = pool.sparse[positions]
    ends = pa.array(cells.indptr, pa.int32())
    columns = [
        pa.array(pool.vectors.rows[positions], pa.int32()),
        ids,
        pa.array(inside[positions]),
        vectors_as(schema.field("vector").type, pool.vectors.matrix[positions]),
        pa.array(pool.activity[positions], pa.float32()),
        pa.ListArray.from_arrays(ends, pa.array(cells.indices, pa.int32())),
        pa.ListArray.from_arrays(ends, pa.array(cells.data, pa.float32())),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def vectors_as(kind: pa.DataType, dense: NDArray[np.float32]) -> pa.Array:
    """Return vectors, shape (users, d), as a column of lists or of bytes."""
    dense = np.ascontiguousarray(dense, "<f4")
    if pa.types.is_fixed_size_binary(kind):
        return pa.FixedSizeBinaryArray.from_buffers(kind, len(dense), [None, pa.py_buffer(dense)])
    return pa.FixedSizeListArray.from_arrays(pa.array(dense.ravel()), dense.shape[1])
