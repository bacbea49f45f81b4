"""The users' files as Spark reads them, and a batch of them as a model sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.errors import BadInput, did_you_mean, listed
from lookalike.pool import Loose
from lookalike.spark.files import ABOUT, NEEDED, OPTIONAL, USERS, About
from lookalike.spark.parquet import Group, groups_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, eq=False, slots=True)
class Held:
    """The users of a folder.

    Attributes:
        groups: Where they lie.
        about: What is known of them.
        columns: Of the files.
        eligible: How many an audience may hold.
        folder: Which one.
    """

    groups: list[Group]
    about: About
    columns: frozenset[str]
    eligible: int
    folder: str


def read(spark: SparkSession, folder: str) -> Held:
    """Look into a folder of users, wherever Spark and Arrow can read it.

    Raises:
        BadInput: It is not there, holds something else, or nobody is eligible.
    """
    from pyspark.errors import AnalysisException

    base = folder.rstrip("/")
    try:
        frame = spark.read.parquet(f"{base}/{USERS}")
    except AnalysisException as error:
        raise BadInput(
            f"There are no Parquet files of users in {base}/{USERS}.",
            "Write them: python -m lookalike export-users --out FOLDER, and give that folder.",
        ) from error
    _check_columns(dict(frame.dtypes))
    groups = [group for group in groups_of(spark, frame.inputFiles()) if group.users]
    if not groups:
        raise BadInput(f"No user in {base} is eligible.", "Export users of whom some are.")
    width = groups[0].width
    about = _about(spark, base) or About(width, width)
    if about.columns != width:
        raise BadInput(
            f"{ABOUT} speaks of vectors of {about.columns} columns; the users' have {width}.",
            "Export the users again.",
        )
    eligible = sum(group.users for group in groups)
    return Held(groups, about, frozenset(frame.columns), eligible, base)


def _check_columns(found: dict[str, str]) -> None:
    for name in NEEDED:
        if name not in found:
            raise BadInput(
                f"The users' files have no column {name!r}; they have {listed(sorted(found), 8)}.",
                did_you_mean(name, found),
            )
    for name, kinds in (NEEDED | OPTIONAL).items():
        if name in found and found[name] not in kinds:
            wanted = " or ".join(kinds)
            raise BadInput(
                f"The column {name!r} of the users' files is {found[name]}; {wanted} was expected.",
                "Write it so, or export the users with `export-users`.",
            )


def _about(spark: SparkSession, base: str) -> About | None:
    found = beside(spark, base, ABOUT)
    return None if found is None else About.from_text(found)


def beside(spark: SparkSession, base: str, name: str) -> str | None:
    """Return the text of a file beside the users; None where another system wrote them without."""
    from pyspark.errors import AnalysisException

    try:
        found = spark.read.text(f"{base}/{name}", wholetext=True).first()
    except AnalysisException:
        return None
    return None if found is None else str(found[0])


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Users of a batch.

    Attributes:
        rows: `row` of each, int32, shape (users,).
        ids: `user_id` of each; None where it was not read.
        users: As a model sees them.
    """

    rows: NDArray[np.int32]
    ids: pa.Array | None
    users: Loose

    def at(self, places: NDArray[np.intp]) -> Part:
        """Return those in some places, in that order."""
        ids = None if self.ids is None else self.ids.take(pa.array(places))
        return Part(self.rows[places], ids, self.users.at(places))


def whole_of(batches: Iterable[pa.RecordBatch], about: About) -> Part:
    """Return the users of several batches as one part, without ids.

    Arrow itself cannot put columns of bytes together beyond 2 GB.

    Raises:
        BadInput: As `part_of`.
    """
    parts = [part_of(batch, about) for batch in batches]
    users = Loose(
        np.concatenate([part.users.dense for part in parts]),
        about.core,
        sp.vstack([part.users.sparse for part in parts], format="csr"),
        np.concatenate([part.users.activity for part in parts]),
    )
    return Part(np.concatenate([part.rows for part in parts]), None, users)


def part_of(batch: pa.RecordBatch, about: About) -> Part:
    """Return a batch's users, their vectors as they lie in the batch.

    Raises:
        BadInput: A row, an id or a vector is missing, or a vector is of another length or not finite.
    """
    names = batch.schema.names
    for name in names:
        if batch.column(name).null_count:
            raise BadInput(
                f"The column {name!r} of the users' files is empty for some users.",
                "Leave these users out, or fill it.",
            )
    rows = batch.column("row").to_numpy()
    dense = _vectors(batch.column("vector"), about.columns)
    if not np.isfinite(dense).all():
        row = rows[np.flatnonzero(~np.isfinite(dense).all(axis=1))[0]]
        raise BadInput(
            f"The vector of the user in row {row} holds something that is not a number.",
            "Leave such users out of the files, or mend them.",
        )
    count = len(rows)
    if "features" in names:
        cells = _cells(batch, len(about.features))
    else:
        cells = sp.csr_matrix((count, len(about.features)), dtype=np.float32)
    if "activity" in names:
        activity = batch.column("activity").to_numpy()
    else:
        activity = np.zeros(count, np.float32)
    ids = batch.column("user_id") if "user_id" in names else None
    return Part(rows, ids, Loose(dense, about.core, cells, activity))


def _vectors(column: pa.Array, width: int) -> NDArray[np.float32]:
    lengths, flat = _flat(column)
    if (lengths != width).any():
        other = lengths[lengths != width][0]
        raise BadInput(
            f"Some users' vectors have {other} columns, others {width}.",
            "Write vectors of one length.",
        )
    return flat.reshape(len(column), width)


def _flat(column: pa.Array) -> tuple[NDArray[np.integer], NDArray[np.float32]]:
    """Return the length of each vector, and the numbers of all."""
    kind = column.type
    if pa.types.is_fixed_size_binary(kind):
        size, start = kind.byte_width, column.offset * kind.byte_width
        held = memoryview(column.buffers()[1])[start : start + size * len(column)]
        return np.full(len(column), size // 4), np.frombuffer(held, "<f4")
    if pa.types.is_binary(kind):
        ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column) + 1]
        held = memoryview(column.buffers()[2])[ends[0] : ends[-1]]
        return np.diff(ends) // 4, np.frombuffer(held, "<f4")
    numbers = column.flatten()  # of a slice of a batch too, unlike `values`
    if numbers.null_count:
        raise BadInput("A vector holds an empty value.", "Leave such users out of the files.")
    if pa.types.is_fixed_size_list(kind):
        return np.full(len(column), kind.list_size), numbers.to_numpy()
    return np.diff(column.offsets.to_numpy()), numbers.to_numpy()


def _cells(batch: pa.RecordBatch, width: int) -> sp.csr_matrix:
    places, values = batch.column("features"), batch.column("values")
    ends = np.append(0, np.cumsum(np.diff(places.offsets.to_numpy()))).astype(np.int32)
    if not np.array_equal(np.diff(values.offsets.to_numpy()), np.diff(ends)):
        raise BadInput(
            "The columns 'features' and 'values' of the users' files are of different lengths.",
            "Write a value for each feature.",
        )
    flat = places.flatten().to_numpy(zero_copy_only=False)
    if len(flat) and not (flat.min() >= 0 and flat.max() < width):
        raise BadInput(
            f"The column 'features' names places up to {flat.max()}; {ABOUT} has {width:,} names.",
            "Export the users again.",
        )
    numbers = values.flatten().to_numpy(zero_copy_only=False)
    return sp.csr_matrix((numbers, flat, ends), shape=(len(batch), width))
