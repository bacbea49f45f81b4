"""The use case "compare": many saved lists x methods -> points, buckets and a summary."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from lookalike import leaks, runs, seeds
from lookalike.buckets import bucket_edges, points_of, summarised
from lookalike.compared import USUAL, Comparison, Spec, load
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.evaluation import GRID, LEAST, Ranks, backtest
from lookalike.importing import snapshots
from lookalike.methods import applies, chosen
from lookalike.pool import open_pool
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace

__all__ = ["USUAL", "Comparison", "Spec", "ask", "carry_out", "load"]


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec and return its id.

    Raises:
        NotFound: An unknown list, method or snapshot.
        BadInput: Nothing to compare.
    """
    if not spec.lists:
        raise BadInput(
            "There is no saved seed list to compare on.",
            "Save some: python -m lookalike seeds add NAME FILE, or load the sample data.",
        )
    if not spec.methods:
        raise BadInput("No method was chosen.", "Choose at least one.")
    chosen(spec.methods)
    snapshots.get(workspace, spec.snapshot)
    known = {saved.name for saved in seeds.saved(workspace)}
    for name in spec.lists:
        if name not in known:
            raise NotFound(f"There is no seed list {name!r}.", did_you_mean(name, known))
    title = spec.lists[0] if len(spec.lists) == 1 else f"{len(spec.lists)} lists"
    return runs.create(workspace, "compare", title, asdict(spec))


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Comparison:
    """Back-test every method on every list and store points, curves and summary.

    A list with too few seeds is skipped and named.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; the run is marked as cancelled.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        progress.at(0.0, "Reading the embeddings")
        pool = open_pool(workspace, spec.snapshot)
        methods = [method for method in chosen(spec.methods) if applies(method.name, pool)]
        skipped = [
            f"{method.label}: the workspace has nothing for it to look at."
            for method in chosen(spec.methods)
            if method not in methods
        ]
        if not methods:
            raise BadInput("None of the methods can be used here.", " ".join(skipped))
        found: dict[str, dict[str, Ranks]] = {}
        sizes: dict[str, int] = {}
        leaking: list[str] = []
        for place, name in enumerate(spec.lists):
            part = progress.span(place / len(spec.lists), (place + 1) / len(spec.lists))
            part.at(0.0, f"List {place + 1} of {len(spec.lists)}: {name}")
            seed_list = seeds.load(workspace, name)
            positives = pool.vectors.positions(seed_list.rows)
            eligible = int(np.isin(positives, pool.eligible).sum())
            if eligible < LEAST:
                skipped.append(f"{name}: only {eligible} of its seeds can be held out.")
                continue
            serious = [leak for leak in leaks.find(workspace, seed_list.rows) if leak.serious]
            leaking += [f"{name}: {leak.sentence()}" for leak in serious]
            sizes[name] = len(positives)
            found[name] = backtest(
                pool,
                positives,
                np.ones(len(positives)),
                methods,
                splits=spec.splits,
                random_state=spec.random_state,
                progress=_named(part, f"List {place + 1} of {len(spec.lists)}: {name}"),
            )
        if not found:
            raise BadInput("No list has enough seeds to hold some out.", " ".join(skipped[:3]))
        edges = bucket_edges(list(sizes.values()))
        runs.keep_curves(workspace, run, _curves(found))
        runs.finish(
            workspace,
            run,
            {
                "lists": sizes,
                "edges": edges,
                "skipped": skipped,
                "leaking": leaking,
                "points": points_of(found, sizes, edges),
                "summary": summarised(found, sizes, edges, [method.name for method in methods]),
                "seconds": time.perf_counter() - began,
            },
        )
    return load(workspace, run)


def _curves(found: Mapping[str, Mapping[str, Ranks]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (name, method, k, ranks.recall(k), None, None, ranks.precision(k))
            for name, methods in found.items()
            for method, ranks in methods.items()
            for k in GRID
        ],
        columns=["seed_list", "method", "k", "recall", "low", "high", "precision"],
    ).astype({"low": float, "high": float, "precision": float})


def _named(progress: Progress, message: str) -> Progress:
    return Progress(lambda update: progress.at(update.fraction, message))
