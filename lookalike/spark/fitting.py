"""What runs on the executors while models are trained: the lists of a task, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.batch.together import WITH_NETWORK
from lookalike.errors import LookalikeError
from lookalike.methods import Method, Scorer, stored
from lookalike.methods.mlp_stacked import fit_mlp_many
from lookalike.pool import Pool
from lookalike.progress import SILENT
from lookalike.spark.reading import whole_of
from lookalike.spark.sampling import Sample
from lookalike.spark.tasks import alone
from lookalike.training import MOST_POSITIVES, chance, check_pool
from lookalike.weighting import metric_kind, weigh

MODELS = "list string, seeds int, model binary, rows array<int>, error string, hint string"
SCHEMA = pa.schema(
    [
        ("list", pa.string()),
        ("seeds", pa.int32()),
        ("model", pa.binary()),
        ("rows", pa.list_(pa.int32())),
        ("error", pa.string()),
        ("hint", pa.string()),
    ]
)


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """What every task needs: it is sent to an executor once, not with each task.

    Attributes:
        sample: Whom lists train against.
        method: Of all lists.
        weight: The column that the seeds are weighted by, as it is called; empty for equal weights.
        random_state: Fixes everything that is left to chance.
        names: Of the lists, by place.
        tasks: For each task its groups of lists, by place.
        facts: What is kept beside every model.
    """

    sample: Sample
    method: Method
    weight: str
    random_state: int
    names: Sequence[str]
    tasks: Sequence[Sequence[Sequence[int]]]
    facts: Mapping[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class _List:
    """A list as it is trained on: see `training.Listed`."""

    pool: Pool
    positives: NDArray[np.int64]
    weights: NDArray[np.float64]
    rows: NDArray[np.int32]


def fit_task(job: Job, seeds: pa.Table) -> Iterator[pa.RecordBatch]:
    """Train the lists of a task; give a line of `MODELS` for each, with its model or with why not.

    Args:
        job: What is asked.
        seeds: A line for each seed of each list of one task: task, place, value, and the user's own
            columns.

    Raises:
        BadInput: The vectors of seeds cannot be used.
    """
    alone()
    number = seeds["task"][0].as_py()
    users = whole_of(seeds.drop_columns(["task", "place", "value"]).to_batches(), job.sample.about)
    pool = job.sample.pool(users)
    order = np.lexsort((users.rows, seeds["place"].to_numpy()))
    rows = users.rows[order]
    places, values = seeds["place"].to_numpy()[order], seeds["value"].to_numpy()[order]
    for group in job.tasks[number]:
        lists = {}
        for place in group:
            first, end = np.searchsorted(places, [place, place + 1])
            part = slice(first, end)
            lists[place] = _listed(job, pool, rows[part], values[part])
        for place, found in _fitted(job, pool, lists).items():
            yield line(job.names[place], lists[place].rows, _kept(job, place, found, lists[place]))


def _listed(job: Job, pool: Pool, rows: NDArray[np.int32], values: NDArray[np.float64]) -> _List:
    rows, first = np.unique(rows, return_index=True)
    values = values[first]
    known = values[np.isfinite(values)]
    columns = []
    if job.weight and len(known):
        columns = [(values, metric_kind(job.weight, known.min(), known.max()))]
    weights = weigh(columns, size=len(rows)).weights
    members = positives = pool.vectors.positions(rows)
    if len(positives) > MOST_POSITIVES:
        rng = np.random.default_rng(job.random_state)
        kept = np.sort(rng.choice(len(positives), MOST_POSITIVES, replace=False))
        positives, weights = positives[kept], weights[kept]
    own = pool.keeping_out(np.setdiff1d(members, positives, assume_unique=True))
    return _List(own, positives, weights / weights.mean(), rows)


def _fitted(job: Job, pool: Pool, lists: Mapping[int, _List]) -> dict[int, Scorer | LookalikeError]:
    """Train a group as one machine does: several networks side by side, everything else alone."""
    found: dict[int, Scorer | LookalikeError] = {}
    ready: dict[int, _List] = {}
    for place, one in lists.items():
        try:
            check_pool(one.pool, one.positives, job.method.name)
        except LookalikeError as wrong:
            found[place] = wrong
        else:
            ready[place] = one
    if len(ready) > 1 and job.method.name in WITH_NETWORK:
        rng = chance(job.random_state, job.method.name, list(ready))
        given = [(one.positives, one.weights) for one in ready.values()]
        return found | dict(zip(ready, fit_mlp_many(pool, given, rng, SILENT), strict=True))
    for place, one in ready.items():
        rng = chance(job.random_state, job.method.name)
        try:
            found[place] = job.method.fit(one.pool, one.positives, one.weights, rng, SILENT)
        except LookalikeError as wrong:
            found[place] = wrong
    return found


def _kept(job: Job, place: int, found: Scorer | LookalikeError, one: _List) -> bytes | LookalikeError:
    if isinstance(found, LookalikeError):
        return found
    names = job.sample.about.features if stored.looks_at_features(found) else ()
    facts = {**job.facts, "seed_list": job.names[place], "seeds": len(one.positives)}
    return stored.to_bytes(found, names, facts)


def line(name: str, rows: NDArray[np.int32], found: bytes | LookalikeError) -> pa.RecordBatch:
    """Return a line of `MODELS`: what came of a list whose seeds stand in these rows."""
    wrong = found if isinstance(found, LookalikeError) else None
    return pa.record_batch(
        [
            pa.array([name], pa.string()),
            pa.array([len(rows)], pa.int32()),
            pa.array([None if wrong else found], pa.binary()),
            pa.array([rows], pa.list_(pa.int32())),
            pa.array([wrong.message if wrong else None], pa.string()),
            pa.array([wrong.hint if wrong else None], pa.string()),
        ],
        schema=SCHEMA,
    )
