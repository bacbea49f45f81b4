"""Seed lists for training on Spark: from files, Parquet or Python, and who of the users is on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lookalike.errors import BadInput, LookalikeError, did_you_mean, listed
from lookalike.seeds import SeedFile, parse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

GIVEN = pa.schema([("list", pa.string()), ("user_id", pa.string()), ("value", pa.float64())])


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """Seed lists that are to be trained on.

    Attributes:
        seeds: list, user_id and value, the number that a seed is weighted by; NaN where it has none.
        refused: Why a list could not be read at all, by its name.
    """

    seeds: DataFrame
    refused: Mapping[str, LookalikeError]


def from_lists(
    spark: SparkSession,
    lists: Mapping[str, Sequence[str]],
    values: Mapping[str, NDArray[np.float64]] | None = None,
) -> Given:
    """Take lists from Python.

    Args:
        spark: The session.
        lists: Ids of the seeds by the list's name.
        values: What to weight them by, a number for each id; a list may lack them.

    Raises:
        BadInput: There are other numbers of values than of ids.
    """
    parts = []
    for name, ids in lists.items():
        own = (values or {}).get(name)
        numbers = np.full(len(ids), np.nan) if own is None else np.asarray(own, np.float64)
        if len(numbers) != len(ids):
            raise BadInput(
                f"The list {name!r} has {len(numbers):,} values for {len(ids):,} ids.",
                "Give one value for each id.",
            )
        parts.append(_table(name, pa.array(ids, pa.string()), numbers))
    return Given(_frame(spark, parts), {})


def from_files(spark: SparkSession, files: Sequence[Path], weight: str = "") -> Given:
    """Read seed files, each a list called as the file; one that cannot be read is told.

    Args:
        spark: The session.
        files: In any form that the workbench reads.
        weight: The column to weight by; empty for equal weights.
    """
    parts: dict[str, pa.Table] = {}
    refused: dict[str, LookalikeError] = {}
    for path in files:
        name = path.stem
        try:
            if name in parts:
                raise BadInput(f"Two files are called {name!r}.", "Give each list a name of its own.")
            file = parse(_bytes(path), path.name)
            parts[name] = _table(name, file.ids, _values(file, weight))
        except LookalikeError as wrong:
            refused[path.name] = wrong
    return Given(_frame(spark, list(parts.values())), refused)


def from_parquet(spark: SparkSession, folder: str, weight: str = "") -> Given:
    """Read lists from Parquet, a line a seed: list, user_id, and the column to weight by.

    Raises:
        BadInput: There is none, or it has other columns.
    """
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions as sql

    try:
        frame = spark.read.parquet(folder)
    except AnalysisException as error:
        raise BadInput(
            f"There are no Parquet files of seeds in {folder}.",
            "Write them with the columns list and user_id, a line a seed.",
        ) from error
    for name in ("list", "user_id", *([weight] if weight else [])):
        if name not in frame.columns:
            raise BadInput(
                f"The seeds' files have no column {name!r}; they have "
                f"{listed(sorted(frame.columns), 8)}.",
                did_you_mean(name, frame.columns),
            )
    value = sql.col(f"`{weight}`").cast("double") if weight else sql.lit(None).cast("double")
    columns = [sql.col(name).cast("string").alias(name) for name in ("list", "user_id")]
    chosen = frame.select(*columns, sql.coalesce(value, sql.lit(float("nan"))).alias("value"))
    whole = chosen.where("list IS NOT NULL AND user_id IS NOT NULL")
    # of an id that is there twice a value counts, and the same one whenever this is read
    once = whole.groupBy("list", "user_id").agg(
        sql.min("value").alias("value")  # NaN is the largest: whoever has a value keeps one
    )
    return Given(once, {})


def _frame(spark: SparkSession, parts: Sequence[pa.Table]) -> DataFrame:
    return spark.createDataFrame(pa.concat_tables([GIVEN.empty_table(), *parts]))


def _table(name: str, ids: pa.Array, values: NDArray[np.float64]) -> pa.Table:
    """Of an id that stands there twice the first one counts."""
    coded = pc.dictionary_encode(ids)
    _, first = np.unique(coded.indices.to_numpy(), return_index=True)
    names = pa.array([name], pa.string()).take(pa.array(np.zeros(len(first), np.int32)))
    return pa.Table.from_arrays(
        [names, coded.dictionary.cast(pa.string()), pa.array(values[first])], schema=GIVEN
    )


def _values(file: SeedFile, weight: str) -> NDArray[np.float64]:
    if not weight:
        return np.full(file.rows, np.nan)
    if weight not in file.values:
        raise BadInput(
            f"There is no column of numbers called {weight!r} to weight by.",
            did_you_mean(weight, file.values),
        )
    return np.asarray(file.values[weight], np.float64)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error
