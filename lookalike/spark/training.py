"""Many lists' models trained on Spark, each as one machine trains it, and written side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from lookalike.errors import BadInput, LookalikeError
from lookalike.methods import chosen
from lookalike.progress import SILENT, Progress
from lookalike.spark import fitting, outputs
from lookalike.spark.files import USERS
from lookalike.spark.fitting import MODELS, SCHEMA, Job
from lookalike.spark.planning import Plan, check_columns, columns_for, planned
from lookalike.spark.reading import Held, read
from lookalike.spark.sampling import SAMPLE, sample_of
from lookalike.spark.seeding import Given, from_lists
from lookalike.spark.session import quiet, said_by

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, eq=False, slots=True)
class Trained:
    """What was trained.

    Attributes:
        eligible: Users that an audience could hold.
        sampled: Users that the lists were trained against.
        seeds: Seeds of each list that has a model.
        failed: Why the others have none, by name.
    """

    eligible: int
    sampled: int
    seeds: Mapping[str, int]
    failed: Mapping[str, LookalikeError]

    def report(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "eligible": self.eligible,
            "sampled": self.sampled,
            "models": dict(self.seeds),
            "failed": {
                name: {"message": why.message, "hint": why.hint} for name, why in self.failed.items()
            },
        }


def train(
    spark: SparkSession,
    lists: Given | Mapping[str, Sequence[str]],
    users: str,
    out: str,
    *,
    method: str = "mlp",
    weight: str = "",
    random_state: int = 0,
    sample: int = SAMPLE,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> Trained:
    """Train a model for every list, and write all as Parquet: a line a list, `fitting.MODELS`.

    Lists of similar size are trained side by side by `mlp`, all others one by one, as a run of many
    lists on one machine does it, with the same chance. Where the sample holds every eligible user
    and the users' moments were exported, the models are those of one machine.

    Args:
        spark: The session.
        lists: See `seeding`; or ids of seeds by the list's name.
        users: The folder of users, in any file system that Spark reads; see `files`.
        out: The folder to write; `models.of_folder` reads it.
        method: One of `planning.LOOKS_AT`.
        weight: What the seeds' values are called, which says whether they are rates; empty for equal
            weights.
        random_state: Fixes everything that is left to chance.
        sample: Eligible users that lists are trained against, drawn by a hash of their rows.
        overwrite: Whether the folder may be there already, to be replaced.
        progress: Hears of every step.

    Raises:
        NotFound: There is no such method.
        BadInput: It cannot be trained here, the users cannot be used, no list can be trained, the
            folder is there already, or Spark failed.
    """
    columns = columns_for(method)
    if sample < 1:
        raise BadInput(f"A sample of {sample} users holds nobody.", "Give at least 1.")
    with quiet(), said_by():
        outputs.check_free(spark, out, overwrite)
        held = read(spark, users)
        check_columns(method, columns, held)
        given = lists if isinstance(lists, Given) else from_lists(spark, lists)
        progress.at(0.0, "Drawing a sample of the users")
        drawn = sample_of(spark, held, sample, columns)
        progress.at(0.1, "Looking for the seeds among the users")
        found = _found(spark, given, held, columns).persist()
        sent: list[Broadcast[Job]] = []
        try:
            plan = planned(given, found, method, spark.sparkContext.defaultParallelism)
            progress.at(0.3, f"Training {plan.lists:,} lists")
            job = Job(
                drawn,
                chosen([method])[0],
                weight,
                random_state,
                plan.names,
                plan.tasks,
                {
                    "method": method,
                    "snapshot": held.about.snapshot,
                    "dim": held.about.columns,
                    "core": held.about.core,
                    "eligible": held.eligible,
                    "sampled": len(drawn.users.rows),
                    "random_state": random_state,
                },
            )
            sent.append(spark.sparkContext.broadcast(job))
            models = _trained(spark, found, plan, sent[0])
            mode = "overwrite" if overwrite else "errorifexists"
            models.write.mode(mode).options(**outputs.MARKED).parquet(out)
        finally:
            found.unpersist()
            for one in sent:
                one.destroy()
        written = spark.read.parquet(out).select("list", "seeds", "error", "hint").collect()
    failed = {one.list: BadInput(one.error, one.hint) for one in written if one.error is not None}
    return Trained(
        held.eligible,
        len(drawn.users.rows),
        {one.list: one.seeds for one in sorted(written) if one.error is None},
        {**given.refused, **dict(sorted(failed.items()))},
    )


def _found(spark: SparkSession, given: Given, held: Held, columns: Sequence[str]) -> DataFrame:
    """Return a line for each seed that is among the users, with its vector."""
    users = spark.read.parquet(f"{held.folder}/{USERS}").select("user_id", *columns)
    return given.seeds.join(users, "user_id").drop("user_id")


def _trained(spark: SparkSession, found: DataFrame, plan: Plan, sent: Broadcast[Job]) -> DataFrame:
    """Return `MODELS`: a line for each list, trained or not."""
    from pyspark.sql import functions as sql

    task_of = {
        plan.names[place]: (place, task)
        for task, groups in enumerate(plan.tasks)
        for group in groups
        for place in group
    }
    places, tasks = zip(*task_of.values(), strict=True)
    placing = pa.table(
        {
            "list": list(task_of),
            "place": pa.array(places, pa.int32()),
            "task": pa.array(tasks, pa.int32()),
        }
    )
    seeds = found.join(sql.broadcast(spark.createDataFrame(placing)), "list").drop("list")
    by_task = seeds.repartitionById(len(plan.tasks), sql.col("task")).groupBy("task")
    models = by_task.applyInArrow(_fitting(sent), MODELS)
    if not plan.failed:
        return models
    lines = [fitting.line(name, np.empty(0, np.int32), why) for name, why in plan.failed.items()]
    return models.union(spark.createDataFrame(pa.Table.from_batches(lines, SCHEMA)))


def _fitting(sent: Broadcast[Job]) -> Callable[..., Any]:
    # without annotations: PySpark would take them for instructions
    def fit(seeds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return pa.Table.from_batches(fitting.fit_task(sent.value, seeds), SCHEMA)

    return fit
