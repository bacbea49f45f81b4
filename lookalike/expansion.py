"""The use case "expand": a saved seed list in, evidence and a ranked audience out."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lookalike import audience, embeddings, leaks, past, runs, seeds, weighting
from lookalike.errors import BadInput
from lookalike.evaluation import GRID, LEAST, Ranks, backtest
from lookalike.expanded import Audience, Expansion, load
from lookalike.expansion_spec import Spec
from lookalike.importing import snapshots
from lookalike.methods import METHODS, Scorer, applies, chosen, score_all
from lookalike.methods.auto import Blend
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace

__all__ = ["Audience", "Expansion", "Spec", "ask", "carry_out", "check_size", "load"]

MOST_POSITIVES = 200_000  # more add nothing but time (Pinterest 2021)
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
    # what is used is written down, so that the same spec gives the same audience later
    fixed = replace(spec, snapshot=snapshot.id, past=past.available(workspace, snapshot))
    return runs.create(workspace, "expand", spec.seed_list, asdict(fixed))


def check_size(matched: int, rows: int) -> None:
    """Refuse a list under three matched seeds.

    Raises:
        BadInput: With what was found.
    """
    if matched == rows < LEAST:
        raise BadInput(f"The list has {rows} ids; at least {LEAST} are needed.", "Add more seeds.")
    if matched < LEAST:
        raise BadInput(
            f"Only {matched} of {rows:,} ids are users of this workspace; at least {LEAST} are needed.",
            "Check that the ids are written as in the workspace.",
        )


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Expansion:
    """Do what a run asks: train on all seeds, score everybody, back-test, store.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; the run is marked as cancelled.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    seconds: dict[str, float] = {}
    losses: list[float] = []
    with runs.under_way(workspace, run):
        began = time.perf_counter()
        progress.at(0.0, "Reading the list and the embeddings")
        prepared = 0.3 if spec.leave_out else 0.02  # leaving out may mean to learn embeddings first
        part = progress.span(0.0, prepared)
        pool = pool_without(workspace, spec.snapshot, spec.leave_out, part, past=spec.past)
        rest = progress.span(prepared, 1.0)
        seed_list = seeds.load(workspace, spec.seed_list)
        positives, weights, weighed = _positives(workspace, pool, seed_list, spec)
        listed = pool.vectors.positions(seed_list.rows)
        pool = replace(pool, kept_out=np.setdiff1d(listed, positives, assume_unique=True))
        check_pool(pool, positives, spec.method)
        seconds["prepare"] = time.perf_counter() - began

        began = time.perf_counter()
        method = METHODS[spec.method]
        rng = np.random.default_rng([spec.random_state, *spec.method.encode()])
        watched = _with_losses(rest.span(0.0, 0.1), losses)
        scorer = method.fit(pool, positives, weights, rng, watched)
        seconds["train"] = time.perf_counter() - began

        began = time.perf_counter()
        scores = score_all(pool, [scorer], rest.span(0.1, 0.12))[:, 0]
        ranking = audience.rank(pool, scores, listed)
        seconds["score"] = time.perf_counter() - began

        began = time.perf_counter()
        beside = [name for name in BESIDE if name != spec.method and applies(name, pool)]
        found = backtest(
            pool,
            positives,
            weights,
            chosen([spec.method, *beside]),
            splits=spec.splits,
            random_state=spec.random_state,
            progress=rest.span(0.12, 0.98),
        )
        seconds["evidence"] = time.perf_counter() - began
        rest.at(0.98, "Storing the results")
        audience.save_ranking(workspace, run, ranking)
        runs.keep_epochs(workspace, run, losses)
        curves = pd.concat([_curve(spec.seed_list, name, ranks) for name, ranks in found.items()])
        runs.keep_curves(workspace, run, curves)
        metrics = {
            "eligible": len(pool.eligible),
            "candidates": len(ranking),
            "ranked": float(found[spec.method].candidates.mean()),
            "seeds": {
                **seed_list.report.counts(),
                "used": len(positives),
                "outside_pool": int(len(positives) - np.isin(positives, pool.eligible).sum()),
            },
            "weight": weighed,
            "snapshot": pool.vectors.snapshot.id,
            "leaking": _leaking(workspace, seed_list, spec),
            "held_out": len(found[spec.method].rank),
            "folds": len(found[spec.method].candidates),
            "methods": {
                name: _scalars(ranks, found[spec.method], spec.random_state)
                for name, ranks in found.items()
            },
            "blend": _blend(scorer, pool),
            "seconds": seconds,
        }
        runs.finish(workspace, run, metrics)
    return load(workspace, run)


def pool_without(
    workspace: Workspace,
    snapshot: int | None,
    leave_out: Collection[str],
    progress: Progress = SILENT,
    *,
    past: int | None = None,
) -> Pool:
    """Open the pool; items to leave out need embeddings that were learned without them."""
    chosen_one = snapshots.get(workspace, snapshot)
    number = chosen_one.id
    items = [name.removeprefix("item:") for name in leave_out if name.startswith("item:")]
    if items and chosen_one.kind == "learned" and not set(items) <= set(chosen_one.how["leave_out"]):
        without = embeddings.learned_without(workspace, items)
        if without is not None and without.id > number:  # an older one has not seen as much
            number = without.id
        else:
            recipe = embeddings.recipe_of(chosen_one)
            number = embeddings.learn(workspace, recipe, leave_out=items, progress=progress)
    return open_pool(workspace, number, leave_out, past=past)


def _positives(
    workspace: Workspace, pool: Pool, seed_list: SeedList, spec: Spec
) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[str, Any]]:
    """Return the seeds' positions and weights, and what to tell of the weighting."""
    weighed = weighting.weights_for(workspace, seed_list, spec.weight)
    has_vector = np.isin(seed_list.rows, pool.vectors.rows)
    positives = pool.vectors.positions(seed_list.rows)
    weights = weighed.weights[has_vector]
    if len(positives) > MOST_POSITIVES:
        rng = np.random.default_rng(spec.random_state)
        kept = np.sort(rng.choice(len(positives), MOST_POSITIVES, replace=False))
        positives, weights = positives[kept], weights[kept]
    if len(positives) < LEAST:
        raise BadInput(
            f"Only {len(positives)} of the {len(seed_list.rows):,} matched seeds have an embedding; "
            f"at least {LEAST} are needed.",
            "Import interactions of these users and learn the embeddings again.",
        )
    weights = weights / weights.mean()
    told = {
        "label": weighed.label,
        "missing": weighed.missing,
        "negative": weighed.negative,
        "effective_size": float(weights.sum() ** 2 / (weights**2).sum()),
    }
    return positives, weights, told


def check_pool(pool: Pool, positives: NDArray[np.int64], method: str) -> None:
    """Refuse a list of everybody, and a method to which all users would be the same.

    Raises:
        BadInput: With what was found.
    """
    if not len(pool.outside(positives)):
        raise BadInput("Every eligible user is on the seed list.", "Upload a smaller list.")
    if not applies(method, pool):
        raise BadInput(
            f"The method {METHODS[method].label!r} has nothing to look at in this workspace.",
            "Import interactions, attributes or features, or choose another method.",
        )


def _blend(scorer: Scorer, pool: Pool) -> dict[str, Any] | None:
    """Return what the default method made of the list; None for the other methods."""
    if not isinstance(scorer, Blend):
        return None
    used = pool.past is not None and pool.past.views == tuple(scorer.fitted.views.names)
    lists = len(pool.past) if used and pool.past is not None else 0
    return {"shares": scorer.named, "tilt": scorer.shares.tilt, "past_lists": lists}


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


def _with_losses(progress: Progress, losses: list[float]) -> Progress:
    def told(update: Any) -> None:
        if "loss" in update.facts:
            losses.append(update.facts["loss"])
        progress.at(update.fraction, update.message, **update.facts)

    return Progress(told)
