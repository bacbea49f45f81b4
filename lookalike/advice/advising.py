"""The use case "advise": a saved seed list in, what to make of it out."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import expansion, general, leaks, runs, seeds, training, weighting
from lookalike.advice.advised import KIND, Advice, Spec, load
from lookalike.advice.arms import Arm, all_but_held, try_out
from lookalike.advice.distinctiveness import Distinctiveness, measure
from lookalike.advice.hygiene import Group, group_arms, groups, hygiene
from lookalike.advice.leaderboard import Metric, leaderboard
from lookalike.advice.learning_curve import curve_arms, learning_curve
from lookalike.advice.themes import facts_of
from lookalike.errors import BadInput
from lookalike.evaluation import LEAST
from lookalike.importing import snapshots
from lookalike.methods import METHODS, chosen
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.seeds import SeedList
from lookalike.splits import folds_of
from lookalike.workspace import Workspace

__all__ = ["KIND", "Advice", "Spec", "ask", "at_first_sight", "carry_out", "load"]

EQUAL = weighting.EQUAL
MOST_TRIED = 20_000  # seeds of a longer list are tried out; the groups are of all
MOST_USERS = 50_000  # are ranked; more make the same differences firmer by nothing


def at_first_sight(
    workspace: Workspace, seed_list: SeedList, leave_out: Collection[str] = ()
) -> Distinctiveness | None:
    """Tell at once how a list differs from a random draw; None where there are too few seeds."""
    pool = open_pool(workspace, None, leave_out)
    return measure(pool, pool.vectors.positions(seed_list.rows))


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec and return its id.

    Raises:
        NotFound: No such list, method or snapshot.
        BadInput: Too few seeds.
    """
    chosen([spec.method])
    seed_list = seeds.load(workspace, spec.seed_list)
    snapshot = snapshots.get(workspace, spec.snapshot)
    expansion.check_size(len(seed_list.rows), seed_list.report.rows)
    return runs.create(workspace, KIND, spec.seed_list, asdict(replace(spec, snapshot=snapshot.id)))


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Advice:
    """Look at a list from all sides, and store what was found.

    Every question is answered by the same rounds of holding out, in which the list is trained on
    whole, in parts, weighted by each metric, and without each group.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; the run is marked as cancelled.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        progress.at(0.0, "Reading the list and the embeddings")
        prepared = 0.3 if spec.leave_out else 0.02
        pool = training.pool_without(
            workspace,
            spec.snapshot,
            spec.leave_out,
            progress.span(0.0, prepared),
            general=general.available(workspace, snapshots.get(workspace, spec.snapshot).id),
        )
        rest = progress.span(prepared, 1.0)
        seed_list = seeds.load(workspace, spec.seed_list)
        positives = pool.vectors.positions(seed_list.rows)
        rows = pool.vectors.rows[positives]
        held = int(np.isin(positives, pool.eligible).sum())
        if held < LEAST:
            raise BadInput(
                f"Only {held} of the {len(seed_list.rows):,} seeds can be held out; "
                f"at least {LEAST} are needed.",
                "Add seeds that have an embedding and were active recently.",
            )
        training.check_pool(pool, positives, spec.method)
        rng = np.random.default_rng(spec.random_state)
        rest.at(0.0, "Looking for groups in the list")
        distinct = measure(pool, positives, spec.random_state)
        found = groups(pool, positives, facts_of(workspace, rows), rng)

        part = _part(len(positives), rng)
        small = _fewer_users(pool, positives, part, rng)
        tried_on = small.vectors.positions(rows[part])
        fold_of = np.full(len(part), -1)
        eligible = np.isin(tried_on, small.eligible)
        fold_of[eligible] = folds_of(int(eligible.sum()), spec.splits, spec.random_state)
        inside = [replace(group, member=group.member[part]) for group in found]
        metrics = _metrics(workspace, seed_list, np.isin(seed_list.rows, rows[part]))
        equal = np.ones(len(part))
        every = all_but_held(fold_of)
        arms = {
            EQUAL: Arm(every, equal),
            **curve_arms(fold_of, equal, rng),
            **{metric.key: Arm(every, metric.weights) for metric in metrics},
            **group_arms(inside, fold_of, equal),
        }
        tried = try_out(
            small,
            tried_on,
            fold_of,
            arms,
            METHODS[spec.method],
            random_state=spec.random_state,
            progress=rest.span(0.1, 0.97),
        )
        rest.at(0.97, "Storing the results")
        runs.finish(
            workspace,
            run,
            {
                "seeds": len(positives),
                "held_out": len(tried.places),
                "rounds": int(fold_of.max()) + 1,
                "distinct": None if distinct is None else asdict(distinct),
                "curve": learning_curve(tried, EQUAL, fold_of),
                "board": leaderboard(tried, EQUAL, metrics),
                "hygiene": _with_sizes(hygiene(tried, EQUAL, inside), found),
                "members": {group.key: rows[group.member].tolist() for group in found},
                "leaking": [
                    leak.sentence()
                    for leak in leaks.find(workspace, seed_list.rows)
                    if leak.serious and leak.key not in spec.leave_out
                ],
                "seconds": time.perf_counter() - began,
            },
        )
    return load(workspace, run)


def _part(seeds_there: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the places of the seeds to try out, ascending."""
    if seeds_there <= MOST_TRIED:
        return np.arange(seeds_there)
    return np.sort(rng.choice(seeds_there, MOST_TRIED, replace=False))


def _fewer_users(
    pool: Pool, positives: NDArray[np.int64], part: NDArray[np.int64], rng: np.random.Generator
) -> Pool:
    """Return a pool of the seeds at these places and of a sample of the users off the list."""
    others = np.setdiff1d(pool.eligible, positives, assume_unique=True)
    if len(others) <= MOST_USERS and len(part) == len(positives):
        return pool
    if len(others) > MOST_USERS:
        others = rng.choice(others, MOST_USERS, replace=False)
    kept = np.union1d(positives[part], others)
    vectors = replace(pool.vectors, matrix=pool.vectors.matrix[kept], rows=pool.vectors.rows[kept])
    inside = np.flatnonzero(np.isin(kept, pool.eligible))
    return replace(pool, vectors=vectors, eligible=inside, _base=None)


def _metrics(workspace: Workspace, seed_list: SeedList, tried: NDArray[np.bool_]) -> list[Metric]:
    """Return what the seeds that are tried can be weighted by; metrics that none of them has aside."""
    found = []
    for choice in weighting.choices(workspace, seed_list):
        if choice.key == EQUAL or not choice.coverage:
            continue
        weights = weighting.weights_for(workspace, seed_list, (choice.key,)).weights[tried]
        values = weighting.values_of(workspace, seed_list, choice.key)[tried]
        amount = np.clip(np.nan_to_num(values, posinf=0.0, neginf=0.0), 0, None)
        found.append(
            Metric(
                choice.key,
                choice.label,
                choice.coverage,
                weights / weights.mean(),
                amount if choice.kind == "count" else None,
            )
        )
    return found


def _with_sizes(rows: list[dict[str, Any]], found: list[Group]) -> list[dict[str, Any]]:
    """Give each group its size in the whole list, of which a part may have been tried."""
    return [
        {**row, "seeds": int(group.member.sum()), "share": float(group.member.mean())}
        for row, group in zip(rows, found, strict=True)
    ]
