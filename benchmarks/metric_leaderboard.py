"""Does the leaderboard find the metric that marks the true seeds? On lists of the sample world.

    python -m benchmarks.metric_leaderboard [--lists 30] [--users 5000] [--method centroid]

To each list of the sample world users are added who were drawn at random. The planted metric is low
for these; the useless one has nothing to do with who somebody is.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.results import record
from lookalike import embeddings, seeds
from lookalike.advice.arms import Arm, all_but_held, differences, interval, try_out, verdict
from lookalike.methods import METHODS
from lookalike.pool import Pool, open_pool
from lookalike.sample.world import generate, load
from lookalike.splits import folds_of
from lookalike.weighting import weigh
from lookalike.workspace import Workspace

STRAY = 0.4  # of a list
METRICS = ("planted", "useless")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=int, default=30)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--method", default="centroid")
    parser.add_argument("--splits", type=int, default=5)
    args = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder) / "workspace", create=True)
        load(workspace, generate(users=args.users))
        embeddings.learn(workspace)
        pool = open_pool(workspace)
        names = sorted(saved.name for saved in seeds.saved(workspace))[: args.lists]
        rng = np.random.default_rng(0)
        found = []
        for name in names:
            rows = seeds.load(workspace, name).rows
            found.append(one_list(pool, rows, args.method, args.splits, rng))
    gaps = {key: [one[key] - one["equal"] for one in found] for key in METRICS}
    lines = ["| metric | points against equal weights, mean over lists | better / worse on a list |"]
    lines.append("|---|---|---|")
    for key in METRICS:
        mean, low, high = interval(np.array([gap.mean() for gap in gaps[key]]))
        judged = [verdict(row) for row in differences(gaps[key])]
        lines.append(
            f"| {key} | {100 * mean:+.2f} ({100 * low:+.2f} to {100 * high:+.2f}) "
            f"| {judged.count('better')} / {judged.count('worse')} of {len(names)} |"
        )
    base = float(np.mean([one["equal"].mean() for one in found]))
    lines += ["", f"With equal weights {100 * base:.1f} % of the held-out seeds are found."]
    lines.append(f"{time.perf_counter() - began:.0f} s. {100 * STRAY:.0f} % of each list is random.")
    command = "python -m benchmarks.metric_leaderboard " + " ".join(
        f"--{key} {value}" for key, value in vars(args).items()
    )
    record(f"Leaderboard of metrics, sample world, {args.method}", command, lines)


def one_list(
    pool: Pool, rows: np.ndarray, method: str, splits: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return what was found of each held-out seed, by way of weighting."""
    true = pool.vectors.positions(rows)
    others = np.setdiff1d(pool.eligible, true)
    count = round(len(true) * STRAY / (1 - STRAY))
    positives = np.union1d(true, rng.choice(others, count, replace=False))
    noise = rng.lognormal(0, 0.5, (2, len(positives)))
    values = {"planted": np.where(np.isin(positives, true), 20.0, 1.0) * noise[0], "useless": noise[1]}
    fold_of = np.full(len(positives), -1)
    eligible = np.isin(positives, pool.eligible)
    fold_of[eligible] = folds_of(int(eligible.sum()), splits)
    every = all_but_held(fold_of)
    arms = {"equal": Arm(every, np.ones(len(positives)))}
    arms |= {key: Arm(every, weigh([(values[key], "count")]).weights) for key in METRICS}
    return try_out(pool, positives, fold_of, arms, METHODS[method]).found


if __name__ == "__main__":
    main()
