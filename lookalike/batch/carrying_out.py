"""Carrying a run of many lists out: one pool, a model a list, one pass over the users, the files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lookalike import runs, tested, training
from lookalike.batch import fitting, passing
from lookalike.batch.files import Files, write
from lookalike.batch.results import Batch, cut_of, failure, load
from lookalike.batch.spec import Spec
from lookalike.batch.work import Work
from lookalike.errors import LookalikeError
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace

POOL, TRAINED, SCORED = 0.05, 0.7, 0.95  # shares of the whole, before anything is known of it


def carry_out(
    workspace: Workspace, run: str, progress: Progress = SILENT, files: Files | None = None
) -> Batch:
    """Do what a run asks: train every list, score everybody once, cut the audiences.

    A list that cannot be expanded is told with its reason, and the others are. What a run that
    stopped was through with is not done again.

    Args:
        workspace: Where.
        run: Its id.
        progress: Hears of every step.
        files: Where to write the audiences, each recorded as exported; None keeps them to be
            written later. The run is done only when they are there.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; what it is through with is kept.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    with runs.under_way(workspace, run):
        began = time.perf_counter()
        share = tested.count(workspace, run) / len(spec.lists) * (TRAINED - POOL)
        progress.at(0.0, "Reading the embeddings", began_at=share)
        pool = training.pool_for(workspace, spec.of(0), progress.span(0.0, POOL))
        work = Work(workspace, run, spec, pool)
        _ = work.excluded  # where one of these lists is gone, no list can be expanded
        ready = time.perf_counter()
        fitting.train(work, progress.span(POOL, TRAINED))
        trained = time.perf_counter()
        found = tested.facts_of(workspace, run)
        passing.score(work, found, progress.span(TRAINED, SCORED))
        scored = time.perf_counter()
        progress.at(SCORED, "Cutting the audiences")
        for place, name in enumerate(spec.lists):
            if "error" not in found[name]:
                facts = _cut(workspace, run, spec, place, found[name])
                tested.keep_facts(workspace, run, name, facts)
        metrics = {
            "eligible": len(pool.eligible),
            "pool": [asdict(step) for step in pool.waterfall],
            "snapshot": pool.vectors.snapshot.id,
            "seconds": {"prepare": ready - began, "train": trained - ready, "score": scored - trained},
        }
        if files is not None:
            write(workspace, run, spec, metrics, files, progress.span(SCORED, 1.0))
        runs.finish(workspace, run, metrics)
    return load(workspace, run)


def _cut(
    workspace: Workspace, run: str, spec: Spec, place: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the facts of a list with its audience's numbers, or with why there is none."""
    try:
        chosen = cut_of(workspace, run, spec, place, facts)
    except LookalikeError as error:
        return {**facts, "error": failure(error)}
    return {
        **facts,
        "rows": len(chosen) - chosen.held_out,
        "holdout": chosen.held_out,
        "threshold": chosen.threshold,
        "tiers": [{"share": share, "rows": end} for share, end in chosen.ends],
    }
