"""A sample of the eligible users, the same however their files are divided: what lists train against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.features import Features
from lookalike.hashing import mixed
from lookalike.pool import Pool
from lookalike.spark.files import About
from lookalike.spark.moments import MOMENTS, Moments
from lookalike.spark.parquet import dealt, parts_of, users_of
from lookalike.spark.reading import Held, Part, beside, whole_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SAMPLE = 500_000  # users: ten negatives for each seed of a list of 50,000
WHOLE = 1 << 64


@dataclass(frozen=True, eq=False)
class Sample:
    """Eligible users, ascending by row, and what is known of all users.

    Attributes:
        about: The users' files.
        moments: Of all users.
        users: The sample; `ids` is None.
        eligible: How many users it was drawn from.
        whitening: Of `Vectors`: worked out once, since processors differ in the last digits.
    """

    about: About
    moments: Moments
    users: Part
    eligible: int
    whitening: NDArray[np.float64]

    def pool(self, others: Part) -> Pool:
        """Return the pool of the sample and of others, such as seeds; who is in both is in it once."""
        rows, first = np.unique(others.rows, return_index=True)
        new = others.at(first[~np.isin(rows, self.users.rows)])
        places = np.searchsorted(self.users.rows, new.rows)
        vectors = self.moments.vectors(
            np.insert(self.users.rows, places, new.rows),
            np.insert(self.users.users.dense, places, new.users.dense, axis=0),
        )
        vectors.__dict__["whitening"] = self.whitening
        eligible = np.flatnonzero(np.isin(vectors.rows, self.users.rows))
        pool = Pool(vectors, eligible, frozenset(), None, sampled_from=self.moments.users)
        cells = sp.vstack([self.users.users.sparse, new.users.sparse], format="csr")
        order = np.argsort(np.concatenate([self.users.rows, new.rows]), kind="stable")
        pool.__dict__["features"] = Features(cells[order], list(self.about.features), 0)
        return pool


def sample_of(spark: SparkSession, held: Held, most: int, columns: Sequence[str]) -> Sample:
    """Draw about so many eligible users by a hash of their rows; everybody where there are no more.

    Args:
        spark: The session.
        held: The users' files.
        most: Users to draw.
        columns: Of the files, to be read.

    Raises:
        BadInput: Users cannot be used, or the moments beside them.
    """
    share = min(1.0, most / held.eligible)
    # a hash of the hash: the users who come first where scores are equal are no sample of all
    below = np.uint64(min(int(share * WHOLE), WHOLE - 1))
    parts = dealt(held.groups, spark.sparkContext.defaultParallelism)

    def look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for users in users_of(parts[number], columns):
                    drawn = mixed(mixed(users.column("row").to_numpy())) <= below
                    yield packed(users.filter(pa.array(drawn)))

    found = parts_of(spark, len(parts)).mapInArrow(look, "held binary").toArrow()
    batches = [unpacked(one.as_buffer()) for one in found["held"]]
    if not sum(map(len, batches)):
        raise BadInput(
            f"A sample of about {most:,} of {held.eligible:,} users drew nobody.", "Take a larger one."
        )
    users = whole_of(batches, held.about)
    users = users.at(np.argsort(users.rows))
    if (users.rows[1:] == users.rows[:-1]).any():
        twice = users.rows[1:][users.rows[1:] == users.rows[:-1]][0]
        raise BadInput(
            f"The row {twice} stands for two users in the users' files.",
            "Give every user a row of their own, and write each once.",
        )
    text = beside(spark, held.folder, MOMENTS)
    if text is None:
        moments = Moments.of_sample(users.users.dense, held.about.core, held.eligible)
    else:
        moments = Moments.from_text(text, held.about.columns)
    whitening = moments.vectors(users.rows, users.users.dense).whitening
    return Sample(held.about, moments, users, held.eligible, whitening)


def packed(users: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch as one value: Spark takes each number of a vector in hand, and these bytes once."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, users.schema) as stream:
        stream.write_batch(users)
    return pa.record_batch({"held": pa.array([sink.getvalue().to_pybytes()], pa.binary())})


def unpacked(held: pa.Buffer) -> pa.RecordBatch:
    """Return what `packed` packed."""
    return pa.ipc.open_stream(held).read_next_batch()
