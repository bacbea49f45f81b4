"""What each method costs for one list of the sample world: `python -m benchmarks.method_cost`.

Fitting on 1,000 seeds and scoring all users, one thread, the methods in turn, medians over rounds.
What all lists of a pool share (matrices, factorisations, tables) is made before the clock starts, and
its time is told apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.results import record
from lookalike import embeddings, past, preparation
from lookalike.importing import snapshots
from lookalike.methods import METHODS, applies, score_all
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT
from lookalike.sample import world
from lookalike.settings import Settings
from lookalike.workspace import Workspace

SEEDS = 1_000
TIMED = [name for name, method in METHODS.items() if not method.reference]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    made = world.generate()
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.open(Path(folder), create=True, settings=Settings(threads=1)) as workspace,
        threadpool_limits(1),
    ):
        torch.set_num_threads(1)
        world.load(workspace, made)
        began = time.perf_counter()
        embeddings.learn(workspace)
        learning = time.perf_counter() - began
        began = time.perf_counter()
        lists = preparation.carry_out(workspace, preparation.ask(workspace))
        preparing = time.perf_counter() - began
        pool = open_pool(workspace, past=past.available(workspace, snapshots.get(workspace)))
        largest = max(made.truth, key=lambda name: float(made.truth[name].sum()))
        rng = np.random.default_rng(0)
        likely = made.truth[largest].astype(float)
        seeds = np.sort(rng.choice(len(pool), SEEDS, replace=False, p=likely / likely.sum()))
        timed = [name for name in TIMED if applies(name, pool)]
        for name in timed:
            cost(pool, name, seeds)  # what is shared is made here
        rounds = [[cost(pool, name, seeds) for name in timed] for _ in range(given.rounds)]
    medians = dict(zip(timed, np.median(rounds, axis=0), strict=True))
    spread = dict(zip(timed, np.ptp(rounds, axis=0), strict=True))
    lines = [
        f"{SEEDS:,} seeds, {len(pool):,} users, one thread, medians of {given.rounds} rounds.",
        "",
        "| method | seconds | range | to mlp |",
        "|---|---|---|---|",
    ]
    for name in timed:
        ratio = medians[name] / medians["mlp"]
        lines.append(f"| {name} | {medians[name]:.3f} | {spread[name]:.3f} | {ratio:.2f} |")
    lines += [
        "",
        f"Once for all lists: embeddings {learning:.0f} s, past lists ({lists}) {preparing:.0f} s.",
    ]
    record("Cost of the methods", f"python -m benchmarks.method_cost --rounds {given.rounds}", lines)


def cost(pool: Pool, name: str, seeds: np.ndarray) -> float:
    """Seconds for fitting and scoring."""
    began = time.perf_counter()
    scorer = METHODS[name].fit(pool, seeds, np.ones(len(seeds)), np.random.default_rng(0), SILENT)
    score_all(pool, [scorer])
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
