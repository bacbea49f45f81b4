"""How long a readout of millions of users takes, beside an independent library on the same table.

    python -m benchmarks.experiment_speed [--users 5000000] [--rounds 5]

One row a user in a DuckDB table on disk, the eight standard metrics, without and with the adjustment
for the time before: the metrics alone, as the other library does them, and a readout with all that
it looks into. Each run is a process of its own; the programs take turns, with the same threads and
memory limit. The first readout, of a thousand users, loads what a program needs and is told apart.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.results import record

OURS, FULL, PEER = "lookalike", "lookalike, everything", "tea-tasting"
PROGRAMS = (OURS, FULL, PEER)
NUMBERS = ("impressions", "clicks", "hides", "good_clicks", "revenue")
WARM = 1_000
PEER_METRICS = {
    "reach": ("reached",),
    "revenue_users": ("paid",),
    "impressions_per_user": ("impressions",),
    "revenue_per_user": ("revenue",),
    "ecpm": ("mille", "impressions"),
    "ctr": ("clicks", "impressions"),
    "hdr": ("hides", "impressions"),
    "gcr": ("good_clicks", "clicks"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GB", help="DuckDB's memory limit")
    parser.add_argument("--one", choices=PROGRAMS, help=argparse.SUPPRESS)
    parser.add_argument("--cuped", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given)))
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "users.duckdb"
        make(database, given.users)
        runs = {(program, cuped): [] for cuped in (False, True) for program in PROGRAMS}
        for number in range(given.rounds):
            for (program, cuped), found in runs.items():
                found.append(apart(given, database, program, cuped))
                print(f"round {number + 1}: {program}, cuped {cuped}: {found[-1]}")
    write(given, runs)


def make(database: Path, users: int) -> None:
    """Write the table `users`: the time before is like the test in activity and taste, not equal."""

    def chance(number: int) -> str:
        # of the row alone, whatever the threads; never 0, which has no logarithm
        return f"((hash(i * 16 + {number}) >> 11) + 1) / 9007199254740993.0"

    def period(prefix: str, first: int) -> str:
        shown, hit, hidden, liked, paid = (chance(first + place) for place in range(5))
        return (
            f"CAST(activity * (0.5 + {shown}) AS INTEGER) AS {prefix}impressions, "
            f"CAST({prefix}impressions * taste * (0.5 + {hit}) AS INTEGER) AS {prefix}clicks, "
            f"CAST({prefix}impressions * 0.03 * {hidden} AS INTEGER) AS {prefix}hides, "
            f"CAST({prefix}clicks * (0.2 + 0.7 * {liked}) AS INTEGER) AS {prefix}good_clicks, "
            f"CASE WHEN {paid} < 0.3 THEN round({prefix}impressions * taste, 2) ELSE 0 END "
            f"AS {prefix}revenue"
        )

    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "CREATE TABLE users AS SELECT 'u_' || i AS user_id, "
            "CASE WHEN hash(i) % 2 = 0 THEN 'control' ELSE 'treatment' END AS variant, "
            f"{period('', 2)}, {period('pre_', 7)} FROM ("
            f"SELECT i, -40 * ln({chance(0)}) AS activity, 0.1 * {chance(1)} AS taste "
            "FROM range(?) numbers(i))",
            [users],
        )


def apart(given: argparse.Namespace, database: Path, program: str, cuped: bool) -> dict[str, float]:
    """Run one program in a process of its own; return its seconds and its peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.experiment_speed", "--one", program]
    command += ["--database", str(database), "--threads", str(given.threads), "--memory", given.memory]
    settings = {"LOOKALIKE_THREADS": str(given.threads), "LOOKALIKE_MEMORY_LIMIT": given.memory}
    done = subprocess.run(
        [*command, "--cuped"] if cuped else command,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def one(given: argparse.Namespace) -> dict[str, float]:
    """Read the table out with one program."""
    run = peer if given.one == PEER else functools.partial(ours, full=given.one == FULL)
    with duckdb.connect(str(given.database), read_only=True) as connection:
        connection.execute(f"SET threads = {given.threads}")
        connection.execute("SET memory_limit = $limit", {"limit": given.memory})
        columns = [prefix + name for prefix in ("", "pre_")[: 1 + given.cuped] for name in NUMBERS]
        relation = connection.sql(f"SELECT user_id, variant, {', '.join(columns)} FROM users")
        first, _ = run(relation.limit(WARM), given.cuped)
        before = peak()
        seconds, click_rate = run(relation, given.cuped)
    return {
        "seconds": seconds, "first": first, "peak": peak(), "loaded": before, "ctr_lift": click_rate,
    }  # fmt: skip


def ours(relation: duckdb.DuckDBPyRelation, cuped: bool, *, full: bool) -> tuple[float, float]:
    """Return the seconds of a readout and the lift of the click rate."""
    from lookalike.experiment import readout

    began = time.perf_counter()
    found = readout(relation, control="control", full=full).comparisons[0]["ctr"]
    seconds = time.perf_counter() - began
    return seconds, float(found.cuped.rel_lift if cuped else found.rel_lift)


def peer(relation: duckdb.DuckDBPyRelation, cuped: bool) -> tuple[float, float]:
    """Return the same of tea-tasting, which takes indicators and thousands as columns."""
    import tea_tasting as tt

    made = [
        f"CAST({prefix}{source} AS DOUBLE) AS {prefix}{name}"
        for prefix in ("", "pre_")[: 1 + cuped]
        for name, source in (
            ("reached", "impressions > 0"),
            ("paid", "revenue > 0"),
            ("mille", "revenue * 1000"),
        )
    ]
    wide = relation.project(", ".join(["*", *made]))
    metrics = {}
    for name, columns in PEER_METRICS.items():
        kind = tt.Mean if len(columns) == 1 else tt.RatioOfMeans
        metrics[name] = kind(*columns, *((f"pre_{column}" for column in columns) if cuped else ()))
    experiment = tt.Experiment(metrics, variant="variant")
    began = time.perf_counter()
    found = experiment.analyze(wide, control="control")
    return time.perf_counter() - began, float(found["ctr"].rel_effect_size)


def peak() -> float:
    """The process's peak memory so far, in MB (Linux)."""
    # not getrusage: a new process begins with the peak of the one that started it
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def write(given: argparse.Namespace, runs: dict[tuple[str, bool], list[dict[str, float]]]) -> None:
    """Record medians and ranges, and the ratio of each pair."""
    told = (
        f"{given.users:,} users, 8 metrics, {given.threads} threads, memory limit {given.memory}; "
        f"medians of {given.rounds} runs in turn, each in a process of its own, whose peak memory it is."
    )
    columns = (
        "adjusted for the time before", "program", "seconds", "range", "first readout, s", "peak, MB",
        "peak after the first, MB", "lift of the click rate",
    )  # fmt: skip
    lines = [told, "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    ratios = []
    for cuped in (False, True):
        for program in PROGRAMS:
            found = runs[program, cuped]
            seconds, first, high, loaded, lift = (
                [run[name] for run in found]
                for name in ("seconds", "first", "peak", "loaded", "ctr_lift")
            )
            lines.append(
                f"| {'yes' if cuped else 'no'} | {program} | {np.median(seconds):.2f} "
                f"| {min(seconds):.2f}–{max(seconds):.2f} | {np.median(first):.2f} "
                f"| {max(high):,.0f} | {max(loaded):,.0f} "
                f"| {100 * lift[0]:+.3f} % |"
            )
        own, other = ([run["seconds"] for run in runs[program, cuped]] for program in (OURS, PEER))
        # of runs next to each other: whatever else the machine did, it did to both
        ratio = np.median(np.array(own) / np.array(other))
        ratios.append(f"{'with' if cuped else 'without'} the adjustment {ratio:.2f}")
    lines += ["", f"Time of lookalike to tea-tasting, median of the rounds: {', '.join(ratios)}."]
    command = f"python -m benchmarks.experiment_speed --users {given.users} --rounds {given.rounds} "
    command += f"--threads {given.threads} --memory {given.memory}"
    record("Speed of a readout", command, lines)


if __name__ == "__main__":
    main()
