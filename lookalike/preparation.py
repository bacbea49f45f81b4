"""The use case "prepare": try the views of the default method on past lists, once per snapshot."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lookalike import embeddings, features, leaks, past, priors, runs, seeds
from lookalike.contents import contents
from lookalike.importing import snapshots
from lookalike.importing.snapshots import Snapshot
from lookalike.methods.attention import taught
from lookalike.methods.episodes import past_lists
from lookalike.methods.head_prior import prior_of
from lookalike.methods.subgroup_attention import taught_subgroups
from lookalike.methods.trials import Trial, gather, part_of
from lookalike.methods.views import Views
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.vectors import in_memory
from lookalike.workspace import Workspace

BUCKETS = 5
PER_BUCKET = 24
SMALLEST = 12  # users of an item that can be a past list
LARGEST = 20_000  # of an item or a saved list; more would only take time and memory
MOST_OF_ITEMS = 0.1  # so many of the items may be taken out: the rest must still say the same
MOST_SAVED = 60  # saved lists that join
FEWEST_TAUGHT = 100  # past lists from which attention over seeds is learned
FEWEST = 20  # past lists from which anything is learned


def due(workspace: Workspace) -> int | None:
    """Return the newest snapshot if past lists for it are missing, could be had, and were not tried.

    A run that was cancelled or failed counts as tried; one that was interrupted only the second
    time, lest what is too much for a machine be tried at every start.
    """
    if not snapshots.snapshots(workspace):
        return None
    newest = snapshots.get(workspace)
    if past.available(workspace, newest) == newest.id:
        return None
    before = [
        run.status
        for run in runs.recent(workspace, ["prepare"], limit=100)
        if run.spec["snapshot"] == newest.id
    ]
    if before.count("interrupted") > 1 or set(before) - {"interrupted"}:
        return None
    items = contents(workspace).items if newest.kind == "learned" else 0
    enough = items >= FEWEST / MOST_OF_ITEMS or len(seeds.saved(workspace)) >= FEWEST
    return newest.id if enough else None


def ask(workspace: Workspace, snapshot: int | None = None) -> str:
    """Enter a run that prepares a snapshot (None is the newest) and return its id."""
    chosen = snapshots.get(workspace, snapshot)
    return runs.create(workspace, "prepare", "Learn from past lists", {"snapshot": chosen.id})


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> int:
    """Take items out, learn embeddings without them, see how each view finds their users.

    Saved lists join as past lists, at most 60, unless something in the workspace gives them away.
    A snapshot is prepared once: what was found stays, so that the same spec gives the same audience.

    Returns:
        How many past lists there are; 0 where there are too few, and nothing is stored.

    Raises:
        Cancelled: The watcher asked to stop; nothing is stored.
    """
    snapshot = snapshots.get(workspace, runs.get(workspace, run).spec["snapshot"])
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        rng = np.random.default_rng(0)
        progress.at(0.0, "Reading the embeddings")
        pool = open_pool(workspace, snapshot.id, _left_out(snapshot))
        progress.at(0.02, "Preparing the shared matrices")
        known = past.load(workspace, snapshot.id)
        if known is not None and known.views == tuple(Views(pool).names):
            _keep_prior(workspace, snapshot, pool, progress.span(0.02, 1.0))
            runs.finish(workspace, run, {"lists": len(known), "seconds": 0.0})
            return len(known)
        hats = Views(pool).hats if pool.sparse.shape[1] else {}
        trials = _from_items(workspace, snapshot, pool, rng, progress.span(0.15, 0.5))
        trials += _from_saved(workspace, pool, rng)
        if len(trials) >= FEWEST:
            found = gather(trials, hats, snapshot.id, rng, progress.span(0.5, 0.98))
            past.save(workspace, found)
        _keep_prior(workspace, snapshot, pool, progress.span(0.98, 1.0))
        count = len(trials) if len(trials) >= FEWEST else 0
        runs.finish(workspace, run, {"lists": count, "seconds": time.perf_counter() - began})
    return count


def _keep_prior(workspace: Workspace, snapshot: Snapshot, pool: Pool, progress: Progress) -> None:
    """Keep what past lists say of a new list's head and of its seeds; what was kept before stays."""
    prior, rng = prior_of(pool), np.random.default_rng(0)
    if not prior.lists or (prior.attention is not None and prior.subgroups is not None):
        return
    lists = past_lists(pool, rng)
    if len(lists) >= FEWEST_TAUGHT:
        learned = prior.attention, prior.subgroups
        if prior.attention is None:
            learned = taught(pool, prior, lists, rng, progress.span(0.0, 0.5)), learned[1]
        if prior.subgroups is None:
            chance = np.random.default_rng(1)
            part = progress.span(0.5, 1.0)
            learned = learned[0], taught_subgroups(pool, prior, lists, chance, part)
        prior = replace(prior, attention=learned[0], subgroups=learned[1])
    elif pool.prior is not None:
        return
    priors.save(workspace, snapshot, pool.left_out, prior)


def _left_out(snapshot: Snapshot) -> list[str]:
    return [f"item:{name}" for name in snapshot.how.get("leave_out", [])]


def _items(workspace: Workspace, snapshot: Snapshot) -> list[tuple[str, NDArray[np.int32]]]:
    """Choose items to take out, as even in the logarithm of their size as there are: id, rows."""
    if snapshot.kind != "learned":
        return []  # what was imported cannot be learned again without them
    held = features.interactions(workspace, snapshot.how["leave_out"])
    by_item = held.matrix.tocsc()
    sizes = np.diff(by_item.indptr)
    if not len(sizes) or sizes.max() <= SMALLEST:
        return []
    most = min(PER_BUCKET, int(MOST_OF_ITEMS * len(sizes) / BUCKETS))
    edges = np.geomspace(SMALLEST, min(sizes.max(), LARGEST) + 1, BUCKETS + 1)
    rng = np.random.default_rng(0)
    chosen: list[int] = []
    for place in range(BUCKETS):
        inside = np.flatnonzero((sizes >= edges[place]) & (sizes < edges[place + 1]))
        chosen += rng.choice(inside, min(most, len(inside) // 2), replace=False).tolist()
    return [
        (
            held.names[item].removeprefix("item:"),
            np.sort(by_item.indices[by_item.indptr[item] : by_item.indptr[item + 1]]).astype(np.int32),
        )
        for item in chosen
    ]


def _from_items(
    workspace: Workspace,
    snapshot: Snapshot,
    pool: Pool,
    rng: np.random.Generator,
    progress: Progress,
) -> list[Trial]:
    items = _items(workspace, snapshot)
    if len(items) < FEWEST:
        return []
    names = [name for name, _ in items]
    recipe = embeddings.recipe_of(snapshot)
    without = [*names, *snapshot.how["leave_out"]]
    learned = embeddings.factorise(workspace, recipe, leave_out=without, progress=progress)
    vectors = in_memory(learned.rows, learned.vectors, learned.views)
    eligible = vectors.positions(pool.vectors.rows[pool.eligible])
    left_out = pool.left_out | {f"item:{name}" for name in names}
    reduced = Pool(vectors, eligible, left_out, workspace)
    return [trial for _, rows in items if (trial := _trial(reduced, rows, rng)) is not None]


def _from_saved(workspace: Workspace, pool: Pool, rng: np.random.Generator) -> list[Trial]:
    trials: list[Trial] = []
    for saved in seeds.saved(workspace):
        if len(trials) == MOST_SAVED:
            break
        rows = seeds.load(workspace, saved.name).rows
        if any(leak.serious for leak in leaks.find(workspace, rows)):
            continue
        trial = _trial(pool, rows, rng)
        if trial is not None:
            trials.append(trial)
    return trials


def _trial(pool: Pool, rows: NDArray[np.int32], rng: np.random.Generator) -> Trial | None:
    """Split a past list; None where too few of its users are known, too many, or all there are."""
    users = pool.vectors.positions(rows)
    if not SMALLEST // 2 <= len(users) <= LARGEST or not len(pool.outside(users)):
        return None
    chosen = part_of(users, rng)
    held = users[~chosen]
    held = held[np.isin(held, pool.eligible)]
    return Trial(pool, users[chosen], held, users) if len(held) else None
