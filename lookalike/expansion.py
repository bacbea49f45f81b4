"""The use case "expand": a saved seed list in, evidence and a ranked audience out."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from lookalike import eligible, general, leaks, past, runs, seeds, training, weighting
from lookalike.chosen import Audience
from lookalike.data_print import data_print
from lookalike.errors import BadInput
from lookalike.evaluation import GRID, LEAST, Ranks, backtest
from lookalike.expanded import Expansion, load
from lookalike.expansion_spec import Spec
from lookalike.importing import snapshots
from lookalike.methods import applies, chosen
from lookalike.progress import SILENT, Progress
from lookalike.ranking import save_ranking
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace

__all__ = ["Audience", "Expansion", "Spec", "ask", "carry_out", "check_size", "load"]

BESIDE = ("logistic", "centroid", "activity")  # always drawn beside the chosen method


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec, checked as far as can be done at once, and return its id.

    Raises:
        NotFound: No such list, method or snapshot.
        BadInput: Too few seeds, or an unknown weighting metric.
    """
    chosen([spec.method])
    seed_list = seeds.load(workspace, spec.seed_list)
    weighting.weights_for(workspace, seed_list, spec.weight)
    snapshot = snapshots.get(workspace, spec.snapshot)
    check_size(len(seed_list.rows), seed_list.report.rows)
    if spec.only or spec.active_days is not None:
        found = eligible.find(workspace, snapshot, spec.only, spec.active_days)
        _check_inside(seed_list, found)
    # what is used is written down, so that the same spec gives the same audience later
    days = workspace.settings.active_days if spec.active_days is None else spec.active_days
    known = past.available(workspace, snapshot)
    learned = general.available(workspace, snapshot.id)
    used = replace(spec, snapshot=snapshot.id, past=known, general=learned)
    fixed = replace(used, active_days=days)
    return runs.create(workspace, "expand", spec.seed_list, asdict(fixed))


def check_size(matched: int, rows: int) -> None:
    """Refuse a list under three matched seeds.

    Raises:
        BadInput: With what was found.
    """
    if matched == rows < LEAST:
        raise BadInput(f"The list has {rows} ids; at least {LEAST} are needed.", "Add more seeds.")
    if matched < LEAST:
        few = f"Only {matched} of" if matched else "None of the"
        raise BadInput(
            f"{few} {rows:,} ids {'are users' if matched else 'is a user'} of this workspace; "
            f"at least {LEAST} are needed.",
            "Check that the ids are written as in the workspace.",
        )


def _check_inside(seed_list: SeedList, found: eligible.Eligible) -> None:
    """Refuse a list of which too few could be in the audience: nothing could be held out."""
    inside = int(np.isin(seed_list.rows, found.rows).sum())
    if inside < LEAST:
        raise BadInput(
            f"Only {inside} of the {len(seed_list.rows):,} matched seeds are among the users that the "
            f"audience comes from; at least {LEAST} are needed, to be held out and looked for.",
            "Choose segments or an activity window in which the list has users.",
        )


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Expansion:
    """Do what a run asks: train on all seeds, score everybody, back-test, store.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; the run is marked as cancelled.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    with runs.under_way(workspace, run):
        prepared = 0.3 if spec.leave_out else 0.02  # leaving out may mean to learn embeddings first
        made = training.train(workspace, spec, progress.span(0.0, prepared + 0.1))
        began = time.perf_counter()
        beside = [name for name in BESIDE if name != spec.method and applies(name, made.pool)]
        found = backtest(
            made.pool,
            made.listed.positives,
            made.listed.weights,
            chosen([spec.method, *beside]),
            splits=spec.splits,
            random_state=spec.random_state,
            progress=progress.span(prepared + 0.1, 0.98),
        )
        seconds = {**made.seconds, "evidence": time.perf_counter() - began}
        progress.at(0.98, "Storing the results")
        save_ranking(workspace, run, made.ranking)
        training.keep_model(workspace, run, made.scorer, made.listed, spec)
        runs.keep_epochs(workspace, run, made.losses)
        curves = pd.concat([_curve(spec.seed_list, name, ranks) for name, ranks in found.items()])
        runs.keep_curves(workspace, run, curves)
        own = found[spec.method]
        metrics = {
            "eligible": len(made.pool.eligible),
            "candidates": len(made.ranking),
            "pool": [asdict(step) for step in made.waterfall()],
            "ranked": float(own.candidates.mean()),
            "seeds": made.listed.seeds(),
            "weight": made.listed.weighed,
            "snapshot": made.pool.vectors.snapshot.id,
            "data": data_print(workspace, snapshots.get(workspace, spec.snapshot)),
            "leaking": _leaking(workspace, made.listed.seed_list, spec),
            "held_out": len(own.rank),
            "folds": len(own.candidates),
            "methods": {name: _scalars(ranks, own, spec.random_state) for name, ranks in found.items()},
            "blend": training.blended(made.scorer),
            "seconds": seconds,
        }
        runs.finish(workspace, run, metrics)
    return load(workspace, run)


def _leaking(workspace: Workspace, seed_list: SeedList, spec: Spec) -> list[str]:
    """Say what nearly is the list and stayed in."""
    found = leaks.find(workspace, seed_list.rows)
    return [leak.sentence() for leak in found if leak.serious and leak.key not in spec.leave_out]


def _curve(seed_list: str, method: str, ranks: Ranks) -> pd.DataFrame:
    low, high = ranks.interval(GRID)
    return pd.DataFrame(
        {
            "seed_list": seed_list,
            "method": method,
            "k": GRID,
            "recall": [ranks.recall(k) for k in GRID],
            "low": low,
            "high": high,
            "precision": [ranks.precision(k) for k in GRID],
        }
    )


def _scalars(ranks: Ranks, own: Ranks, random_state: int) -> dict[str, Any]:
    return {
        "headline": ranks.headline(),
        "auc": ranks.auc(),
        "p_at_5": ranks.precision_in_top(0.05),
        "r_at_5": ranks.recall(0.05),
        "seconds": ranks.seconds,
        "versus": ranks.difference(own, random_state=random_state),
    }
