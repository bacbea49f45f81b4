"""Many lists' models applied to users in files, on Spark: an audience each, in one pass a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.methods.base import Scorer
from lookalike.methods.stack import Stack
from lookalike.one_pass import let_in_of
from lookalike.progress import SILENT, Progress
from lookalike.ranking import counted
from lookalike.spark import models, outputs, tasks
from lookalike.spark.files import NEEDED
from lookalike.spark.models import Asked
from lookalike.spark.parquet import dealt, parts_of, sampled
from lookalike.spark.reading import Held, read
from lookalike.spark.session import quiet, said_by
from lookalike.spark.tasks import Plan

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

LISTS_AT_ONCE = 100  # whose models an executor holds at once
SAMPLE = 32_768  # users from whom it is learned what score an audience begins at
WORTH = 8  # times the sample: with fewer users, a sample costs more than it saves
Part = Callable[[Plan, int], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """What was written.

    Attributes:
        eligible: Users that an audience could hold.
        rows: Users in the audience of each list.
        short: Lists that have fewer than were asked for, since there are no more.
        again: Lists whose sample misled, and that were scored twice.
    """

    eligible: int
    rows: dict[str, int]
    short: tuple[str, ...] = ()
    again: tuple[str, ...] = ()

    def report(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "eligible": self.eligible,
            "audiences": self.rows,
            "short": list(self.short),
            "scored_again": list(self.again),
        }


def score(
    spark: SparkSession,
    asked: Sequence[Asked],
    users: str,
    out: str,
    *,
    overwrite: bool = False,
    lists_at_once: int = LISTS_AT_ONCE,
    sample: int = SAMPLE,
    progress: Progress = SILENT,
) -> Scored:
    """Write an audience for every list, as Parquet in `out/list=NAME/`: user_id, score, rank.

    A task keeps the best users of its part for each list, and only these travel. What score an
    audience begins at is learned from a sample first, with a margin, so that a task does not keep as
    many users as a whole audience holds; should a sample mislead, its list is scored again without.

    Args:
        spark: The session.
        asked: The models, sizes and seeds; the names have to differ.
        users: The folder of users, in any file system that Spark reads; see `files`.
        out: The folder to write.
        overwrite: Whether it may be there already, to be replaced.
        lists_at_once: Lists of a pass over the users; bounds what the executors hold.
        sample: Users of the sample.
        progress: Hears of every pass.

    Raises:
        BadInput: The users cannot be used, a model does not fit them, a size is larger than there
            are users, the folder is there already, or Spark failed.
    """
    if lists_at_once < 1:
        raise BadInput(f"{lists_at_once} lists at once are none.", "Give at least 1.")
    with quiet(), said_by():
        outputs.check_free(spark, out, overwrite)
        held = read(spark, users)
        scorers = models.check(asked, held.about, held.columns)
        rows: dict[str, int] = {}
        again: list[str] = []
        for first in range(0, len(asked), lists_at_once):
            told = f"Scoring {held.eligible:,} users for {len(asked):,} lists"
            progress.at(first / len(asked), told)
            part = slice(first, first + lists_at_once)
            group = _Group(spark, held, asked[part], scorers[part], sample)
            mode = "append" if first else "overwrite" if overwrite else "errorifexists"
            last = part.stop >= len(asked)
            try:
                found, scored_again = group.write(out, mode, last)
            finally:
                group.forget()
            rows |= found
            again += scored_again
    short = [one.name for one in asked if rows[one.name] < _count(one, held.eligible)]
    return Scored(held.eligible, rows, tuple(short), tuple(again))


@dataclass(frozen=True, eq=False, slots=True)
class _Group:
    """Lists that are scored in one pass."""

    spark: SparkSession
    held: Held
    asked: Sequence[Asked]
    scorers: Sequence[Scorer]
    sample: int
    sent: list[Broadcast[Plan]] = field(default_factory=list)
    kept: list[DataFrame] = field(default_factory=list)

    def forget(self) -> None:
        """Let the executors drop the models and the users that were kept for these lists."""
        for frame in self.kept:
            frame.unpersist()
        for plan in self.sent:
            plan.destroy()

    def write(self, out: str, mode: str, last: bool) -> tuple[dict[str, int], list[str]]:
        """Write the audiences; return how many users are in each, and which were scored again.

        Only the `last` group marks the folder as whole.
        """
        counts = [_count(one, self.held.eligible) for one in self.asked]
        names = [one.name for one in self.asked]
        plan = Plan(
            Stack(self.scorers),
            self.held.about,
            range(len(names)),
            counts,
            np.full(len(names), -np.inf, np.float32),
            [np.unique(one.without) for one in self.asked],
            dealt(self.held.groups, self.spark.sparkContext.defaultParallelism),
            [name for name in NEEDED if name in self.held.columns] + models.looks_at(self.scorers),
        )
        if self.held.eligible > WORTH * self.sample:
            plan = replace(plan, floors=self.floors(plan))
        packed = self._kept(self._run(tasks.best_of_part, plan))
        found = _users_by_list(packed, len(names))
        low = [
            place
            for place, (users, floor) in enumerate(zip(found, plan.floors, strict=True))
            if users < counts[place] and floor > -np.inf
        ]
        if low:  # the sample held too many of the best: they are scored without it
            more = self._kept(self._run(tasks.best_of_part, self._without_floors(plan, low)))
            found[low] = _users_by_list(more, len(names))[low]
            packed = packed.where(~packed["list"].isin(low)).union(more)
        cores = self.spark.sparkContext.defaultParallelism
        by_list = packed.repartition(min(len(names), 4 * cores), "list").groupBy("list")
        ranked = by_list.applyInArrow(_merging(names, counts), tasks.RANKED)
        marks = outputs.MARKED if last else outputs.UNMARKED
        ranked.write.mode(mode).options(**marks).partitionBy("list").parquet(out)
        written = np.minimum(found, counts).tolist()
        return dict(zip(names, written, strict=True)), [names[place] for place in low]

    def _run(self, part: Part, plan: Plan) -> DataFrame:
        sent = self.spark.sparkContext.broadcast(plan)
        self.sent.append(sent)

        def on_executor(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for number in batch.column(0).to_pylist():
                    yield from part(sent.value, number)

        return parts_of(self.spark, len(plan.parts)).mapInArrow(on_executor, tasks.PACKED)

    def _kept(self, frame: DataFrame) -> DataFrame:
        self.kept.append(frame.persist())
        return self.kept[-1]

    def floors(self, plan: Plan) -> NDArray[np.float32]:
        """Return scores that surely as many users reach as are wanted of each list, or -inf.

        How many of a sample have to reach it, `one_pass.let_in_of` says.
        """
        few = sampled(self.held.groups, self.sample)
        share = sum(group.users for group in few) / self.held.eligible
        means = np.array(plan.counts) * share
        ranks = [let_in_of(mean) for mean in means.tolist()]
        cores = self.spark.sparkContext.defaultParallelism
        taken = replace(plan, counts=ranks, parts=[few[part::cores] for part in range(cores)])
        floors = plan.floors.copy()
        scores: dict[int, list[NDArray[np.float32]]] = {}
        for line in self._run(tasks.scores_of_part, taken).collect():
            scores.setdefault(line["list"], []).append(np.frombuffer(line["held"], np.float32))
        for place, parts in scores.items():
            together = np.sort(np.concatenate(parts))[::-1]
            if len(together) >= ranks[place]:
                floors[place] = together[ranks[place] - 1]
        return floors

    def _without_floors(self, plan: Plan, places: Sequence[int]) -> Plan:
        return replace(
            plan,
            stack=Stack([self.scorers[place] for place in places]),
            numbers=list(places),
            counts=[plan.counts[place] for place in places],
            floors=np.full(len(places), -np.inf, np.float32),
            without=[plan.without[place] for place in places],
        )


def _merging(names: Sequence[str], counts: Sequence[int]) -> Any:
    # without annotations: PySpark would take them for instructions
    def merge(packed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return tasks.best_of_all(names, counts, packed)

    return merge


def _users_by_list(packed: DataFrame, lists: int) -> NDArray[np.int64]:
    found = np.zeros(lists, np.int64)
    for number, users in packed.select("list", "users").collect():
        found[number] += users
    return found


def _count(one: Asked, eligible: int) -> int:
    if isinstance(one.size, int) and one.size > eligible:
        raise BadInput(
            f"You asked for {one.size:,} users; {eligible:,} in the files are eligible.",
            "Ask for fewer, or give a share such as 0.05.",
        )
    return counted(one.size, eligible, eligible)
