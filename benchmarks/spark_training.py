"""Training many lists on Spark and on one machine: `python -m benchmarks.spark_training`.

The same lists, users and cores, and the same models: that is checked. In every round both are done once,
in turn, and CPU seconds of all processes and of the JVM are counted. Two numbers of lists tell what a
list costs apart from what every run costs: planning, the sample, starting Python.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
import torch
from threadpoolctl import threadpool_limits

from benchmarks.results import record
from benchmarks.spark import timed, write_users
from benchmarks.speed import DIM, made_pool
from lookalike.batch.together import chance_of, side_by_side
from lookalike.methods import METHODS, Scorer
from lookalike.methods.mlp import Network
from lookalike.methods.mlp_stacked import fit_mlp_many
from lookalike.pool import Pool
from lookalike.progress import SILENT
from lookalike.settings import Settings
from lookalike.spark import of_folder, start, train
from lookalike.spark.moments import MOMENTS, Moments
from lookalike.workspace import Workspace

SIZES = (30, 200, 1_000)  # seeds of a list, in turn
METHODS_OF = ("mlp", "ridge")
HEAD = (
    "| method | lists | Spark, CPU s | one machine, CPU s | ratio | Spark, CPU ms for each more list |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--lists", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with (
        threadpool_limits(1),
        tempfile.TemporaryDirectory() as made,
        Workspace.open(Path(made) / "ws", create=True, settings=Settings(threads=1)) as workspace,
    ):
        folder = Path(made)
        pool = made_pool(workspace, folder, given.users)
        pool.__dict__["sparse"] = sp.csr_matrix((len(pool), 0), dtype=np.float32)
        ids = write_users(pool, folder / "users" / "users")
        (folder / "users" / MOMENTS).write_text(Moments.of(pool.vectors).to_text(), "utf-8")
        spark = start(f"local[{given.cores}]", {"spark.driver.memory": "3g"})
        rows = [seeds_of(pool, number) for number in range(given.lists)]
        lines = []
        for method in METHODS_OF:
            spent: dict[int, list[tuple[float, float]]] = {}
            few, many = given.lists // 4, given.lists
            check(pool, rows[:few], method, spark, ids, folder)  # and the JVM compiles itself
            for count in (few, many):
                chosen = rows[:count]
                lists = named(chosen, ids)
                spent[count] = [
                    (
                        timed(partial(there, spark, lists, folder, method))[0],
                        timed(partial(here, pool, chosen, method))[0],
                    )
                    for _ in range(given.rounds)
                ]
            ours = {count: [one[0] for one in found] for count, found in spent.items()}
            each = (statistics.median(ours[many]) - statistics.median(ours[few])) / (many - few)
            for count, found in spent.items():
                lines.append(line(method, count, found, 1_000 * each if count == many else None))
                print(lines[-1], flush=True)
        spark.stop()
    head = (
        f"{given.users:,} users, {DIM} columns, lists of {', '.join(map(str, SIZES))} seeds in turn, "
        f"{given.cores} cores, CPU seconds, medians of {given.rounds} interleaved rounds (least and "
        f"most)."
    )
    command = (
        f"python -m benchmarks.spark_training --users {given.users} --lists {given.lists} "
        f"--rounds {given.rounds}"
    )
    record("Training on Spark", command, [head, "", HEAD, "|---|---|---|---|---|---|", *lines])


def seeds_of(pool: Pool, number: int) -> np.ndarray:
    """Return a list's seeds: users near a direction of their own."""
    rng = np.random.default_rng(100 + number)
    part = np.sort(rng.choice(len(pool), 20 * SIZES[-1], replace=False))
    near = pool.vectors.matrix[part] @ rng.standard_normal(DIM).astype(np.float32)
    return np.sort(part[np.argsort(-near)[: SIZES[number % len(SIZES)]]])


def named(rows: list[np.ndarray], ids: pa.Array) -> dict[str, list[str]]:
    return {f"list {place:06d}": ids.take(pa.array(own)).to_pylist() for place, own in enumerate(rows)}


def there(spark: object, lists: dict[str, list[str]], folder: Path, method: str) -> None:
    shutil.rmtree(folder / "models", ignore_errors=True)
    train(spark, lists, str(folder / "users"), str(folder / "models"), method=method)


def here(pool: Pool, rows: list[np.ndarray], method: str) -> list[Scorer]:
    """One machine's models: networks side by side, all else list by list."""
    given = [(own, np.ones(len(own))) for own in rows]
    found: dict[int, Scorer] = {}
    if method == "mlp":
        for group in side_by_side([len(own) for own in rows]):
            if len(group) > 1:
                rng = chance_of(0, method, group)
                trained = fit_mlp_many(pool, [given[place] for place in group], rng, SILENT)
                found |= dict(zip(group, trained, strict=True))
    for place, (own, weights) in enumerate(given):
        if place not in found:
            rng = chance_of(0, method)
            found[place] = METHODS[method].fit(pool, own, weights, rng, SILENT)
    return [found[place] for place in range(len(rows))]


def check(
    pool: Pool, rows: list[np.ndarray], method: str, spark: object, ids: pa.Array, folder: Path
) -> None:
    """Both come to the same models, to the last bit."""
    there(spark, named(rows, ids), folder, method)
    asked = of_folder(spark, str(folder / "models"), 0.01)
    for one, other in zip(asked, here(pool, rows, method), strict=True):
        own, same = one.model.scorer, False
        if isinstance(own, Network):
            same = torch.equal(own.inner, other.inner) and torch.equal(own.outer, other.outer)
        else:
            same = np.array_equal(own.weights, other.weights)
        if not same:
            raise SystemExit(f"{method}, {one.name}: another model than on one machine")


def line(method: str, count: int, spent: list[tuple[float, float]], each: float | None) -> str:
    there, here = ([pair[place] for pair in spent] for place in (0, 1))
    ratio = statistics.median(one / other for one, other in spent)
    cells = [
        method,
        str(count),
        *(f"{statistics.median(one):.1f} ({min(one):.1f}-{max(one):.1f})" for one in (there, here)),
        f"{ratio:.2f}",
        "" if each is None else f"{each:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
