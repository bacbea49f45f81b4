"""Thirty lists over a million users on Spark and on one machine: `python -m benchmarks.spark`.

The same models, users and cores. In every round both are done once, in turn: on Spark from Parquet
files to Parquet files, on one machine from the mapped vectors to the same files. Starting Spark and its
first pass are left out. CPU seconds of all processes and of the JVM are counted, since a machine with
few cores that others use says little by the clock; the clock's seconds stand beside them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp
import torch
from threadpoolctl import threadpool_limits

from benchmarks.results import record
from benchmarks.speed import DIM, LISTS, fitted, made_pool, seeds_of
from lookalike.features import Features
from lookalike.methods.auto import fit_with
from lookalike.methods.base import Scorer
from lookalike.methods.mlp import Recipe, fit_mlp
from lookalike.methods.stored import Stored
from lookalike.one_pass import Wanted, best
from lookalike.pool import Pool
from lookalike.progress import SILENT
from lookalike.settings import Settings
from lookalike.spark import Asked, score, start
from lookalike.spark.exporting import GROUP, vectors_as
from lookalike.workspace import Workspace

SIZES = {"1 %": 0.01, "5 %": 0.05}
METHODS = ("ridge", "auto_quick", "auto")
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--methods", default=",".join(METHODS))
    given = parser.parse_args()
    torch.set_num_threads(given.cores)
    with (
        threadpool_limits(given.cores),
        tempfile.TemporaryDirectory() as made,
        Workspace.open(
            Path(made) / "ws", create=True, settings=Settings(threads=given.cores)
        ) as workspace,
    ):
        folder = Path(made)
        pool = made_pool(workspace, folder, given.users)
        nothing = sp.csr_matrix((len(pool), 0), dtype=np.float32)
        pool.__dict__.update(sparse=nothing, features=Features(nothing, [], 0))
        ids = write_users(pool, folder / "users" / "users")
        spark = start(f"local[{given.cores}]", {"spark.driver.memory": "3g"})
        lines = []
        for method in given.methods.split(","):
            models = [model(pool, method, number) for number in range(LISTS)]
            lists = [seeds_of(pool, number) for number in range(LISTS)]
            for label, size in SIZES.items():
                asked = [
                    Asked(f"list {place}", Stored(model, (), {}), size, seeds.astype(np.int32))
                    for place, (model, seeds) in enumerate(zip(models, lists, strict=True))
                ]

                def there(asked: Sequence[Asked] = asked) -> None:
                    score(spark, asked, str(folder / "users"), str(folder / "there"), overwrite=True)

                def here(asked: Sequence[Asked] = asked) -> None:
                    one_machine(pool, ids, asked, folder / "here")

                for job in (there, there, there, here):  # the JVM is slow before it has compiled itself
                    job()
                check(folder)
                rounds = [(timed(there), timed(here)) for _ in range(given.rounds)]
                lines.append(line(method, label, rounds, len(pool)))
                print(lines[-1], flush=True)
        spark.stop()
    head = (
        f"{LISTS} lists, {given.users:,} users, {DIM} columns, {given.cores} cores, medians of "
        f"{given.rounds} interleaved rounds (least and most). Ratio: Spark's to one machine's; wanted: "
        f"at most 1.5. ns each: CPU nanoseconds of Spark a list and user."
    )
    table = [
        "| method | audience | Spark, CPU s | one machine, CPU s | CPU ratio | by the clock | ns each |",
        "|---|---|---|---|---|---|---|",
        *lines,
    ]
    command = f"python -m benchmarks.spark --users {given.users} --rounds {given.rounds}"
    record("Spark", f"{command} --methods {given.methods}", [head, "", *table])


def model(pool: Pool, method: str, number: int) -> Scorer:
    """Return a list's model; networks hardly trained, which makes no difference to what they cost."""
    if method != "auto":
        return fitted(pool, method, number)
    seeds = seeds_of(pool, number)
    weights, rng = np.ones(len(seeds)), np.random.default_rng(number)
    network = fit_mlp(pool, seeds, weights, rng, SILENT, Recipe(epochs=2))
    return fit_with(pool, seeds, weights, network, SILENT)


def write_users(pool: Pool, folder: Path) -> pa.Array:
    """Write the users as `export-users` does; return their ids."""
    folder.mkdir(parents=True)
    ids = pa.array([f"u{row:08d}" for row in range(len(pool))])
    per_file = 4 * GROUP
    for number, start_at in enumerate(range(0, len(pool), per_file)):
        part = slice(start_at, min(start_at + per_file, len(pool)))
        vectors = vectors_as(pa.binary(4 * DIM), pool.vectors.matrix[part])
        count = part.stop - part.start
        table = pa.table(
            {
                "row": pool.vectors.rows[part],
                "user_id": ids[part],
                "eligible": np.ones(count, bool),
                "vector": vectors,
                "activity": np.zeros(count, np.float32),
            }
        )
        pq.write_table(
            table, folder / f"part-{number:05d}.parquet", GROUP, compression={"user_id": "snappy"}
        )
    return ids


def one_machine(pool: Pool, ids: pa.Array, asked: Sequence[Asked], folder: Path) -> None:
    """One pass for all lists, and an audience file each, of the same columns."""
    shutil.rmtree(folder, ignore_errors=True)
    found = best(
        pool,
        [
            Wanted(one.model.scorer, int(one.size * len(pool)), one.without.astype(np.int64))
            for one in asked
        ],
    )
    for one, ranked in zip(asked, found, strict=True):
        own = folder / f"list={one.name}"
        own.mkdir(parents=True)
        table = pa.table(
            {
                "user_id": ids.take(pa.array(ranked["row"])),
                "score": np.ascontiguousarray(ranked["score"]),
                "rank": np.arange(1, len(ranked) + 1, dtype=np.int32),
            }
        )
        pq.write_table(table, own / "audience.parquet")


def check(folder: Path) -> None:
    """Both have the same audiences, up to users at the very end."""
    for one in (folder / "here").iterdir():
        ours = pq.read_table(folder / "there" / one.name, partitioning=None)["user_id"].to_pylist()
        theirs = pq.read_table(one, partitioning=None)["user_id"].to_pylist()
        different = len(set(ours) ^ set(theirs))
        if len(ours) != len(theirs) or different > 1e-4 * len(ours) + 2:
            raise SystemExit(f"{one.name}: {different} users differ")


def timed(job: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds of this process and all below it, and seconds by the clock."""
    cpu, clock = cpu_seconds(), time.perf_counter()
    job()
    return cpu_seconds() - cpu, time.perf_counter() - clock


def cpu_seconds() -> float:
    """CPU seconds of this process, the JVM and its Python workers, those that ended included."""
    parents, spent = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text("utf-8").rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            parents[int(entry.name)] = int(words[1])
            spent[int(entry.name)] = sum(map(int, words[11:15]))
    ours, total = {os.getpid()}, 0
    while ours:
        total += sum(spent[one] for one in ours)
        ours = {one for one, parent in parents.items() if parent in ours}
    return total / TICKS


def line(method: str, label: str, rounds: Sequence[tuple[tuple, tuple]], users: int) -> str:
    there, here = ([pair[place][0] for pair in rounds] for place in (0, 1))
    by_cpu = [ours[0] / theirs[0] for ours, theirs in rounds]
    by_clock = [ours[1] / theirs[1] for ours, theirs in rounds]
    each = statistics.median(there) / (LISTS * users) * 1e9
    cells = [
        method,
        label,
        *(f"{statistics.median(one):.2f} ({min(one):.2f}-{max(one):.2f})" for one in (there, here)),
        *(f"{statistics.median(one):.2f} ({min(one):.2f}-{max(one):.2f})" for one in (by_cpu, by_clock)),
        f"{each:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
