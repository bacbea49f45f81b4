"""The users' files, read by the tasks themselves: that costs a small part of reading them with Spark.

On its way through Spark to Python each number of a vector is taken in hand several times. Here a task
opens a file, reads a group of its rows, and has the vectors as they lie there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from lookalike.errors import BadInput

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BATCH = 32_768  # users that are read together
PART = 500_000  # users of a task, about
PIECES = 16  # places of a sample
FOUND = "path string, number int, users long, width int"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rows of a file.

    Attributes:
        path: Of the file.
        number: Of the group in it.
        users: How many of its users an audience may hold.
        width: Columns of its first vector.
        first: Read the first so many users alone; 0 for all.
    """

    path: str
    number: int
    users: int
    width: int
    first: int = 0


def groups_of(spark: SparkSession, files: Sequence[str]) -> list[Group]:
    """Look the groups of some files up, on the executors.

    Raises:
        BadInput: Through Spark, where Arrow cannot open a file.
    """

    def look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for place in batch.column(0).to_pylist():
                yield from _looked(files[place])

    parts = min(len(files), 4 * spark.sparkContext.defaultParallelism)
    found = spark.range(0, len(files), 1, parts).mapInArrow(look, FOUND).collect()
    return [Group(*line) for line in sorted(tuple(line) for line in found)]


def _looked(path: str) -> Iterator[pa.RecordBatch]:
    file = _opened(path)
    names = file.schema_arrow.names
    for number in range(file.metadata.num_row_groups):
        users = file.metadata.row_group(number).num_rows
        if "eligible" in names:
            users = pc.sum(file.read_row_group(number, ["eligible"]).column(0)).as_py() or 0
        first = next(file.iter_batches(1, [number], ["vector"]), None)
        width = 0 if first is None else _width(first.column(0))
        yield pa.record_batch(
            {
                "path": pa.array([path]),
                "number": pa.array([number], pa.int32()),
                "users": pa.array([users], pa.int64()),
                "width": pa.array([width], pa.int32()),
            }
        )


def _width(vector: pa.Array) -> int:
    """Columns of the one vector; 0 where it is missing."""
    if vector.null_count:
        return 0
    held = vector[0].as_py()
    return len(held) // 4 if isinstance(held, bytes) else len(held)


def dealt(groups: Sequence[Group], cores: int) -> list[list[Group]]:
    """Deal groups out to tasks: two tasks a core at least, and none of many more users than `PART`."""
    total = sum(group.users for group in groups)
    parts = min(len(groups), max(2 * cores, -(-total // PART)))
    largest_first = sorted(groups, key=lambda group: -group.users)
    return [largest_first[part::parts] for part in range(parts)]


def sampled(groups: Sequence[Group], users: int) -> list[Group]:
    """Return the beginnings of groups from all over the files, together about so many users."""
    chosen = groups[:: max(1, len(groups) // PIECES)]
    each = -(-users // len(chosen))
    return [Group(one.path, one.number, min(one.users, each), one.width, each) for one in chosen]


def parts_of(spark: SparkSession, parts: int) -> DataFrame:
    """Return a frame of the numbers of so many parts, each of a task of its own."""
    return spark.range(0, parts, 1, parts)


def users_of(groups: Sequence[Group], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Read those of the users of some groups whom an audience may hold."""
    for group in groups:
        file = _opened(group.path)
        held = file.schema_arrow.names
        wanted = [name for name in (*columns, "eligible") if name in held]
        size = min(BATCH, group.first or BATCH)
        for users in file.iter_batches(size, [group.number], wanted, use_threads=False):
            yield _inside(users)
            if group.first:
                break


def _inside(users: pa.RecordBatch) -> pa.RecordBatch:
    if "eligible" not in users.schema.names:
        return users
    inside = users.column("eligible")
    kept = users.drop_columns(["eligible"])
    return kept if inside.true_count == len(users) else kept.filter(inside)


def _opened(path: str) -> pq.ParquetFile:
    try:
        system, inside = fs.FileSystem.from_uri(path.replace("s3a://", "s3://", 1))
        away = not isinstance(system, fs.LocalFileSystem)
        return pq.ParquetFile(inside, filesystem=system, pre_buffer=away)
    except (OSError, pa.ArrowException) as error:
        raise BadInput(
            f"The users' file {path} cannot be opened: {str(error).splitlines()[0]}",
            "The workers have to reach it: a disk that all share, s3://, gs://, abfs:// or hdfs://.",
        ) from error
