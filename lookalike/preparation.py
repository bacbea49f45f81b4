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
from lookalike.methods.head_prior import prior_of, remember
from lookalike.methods.subgroup_attention import taught_subgroups
from lookalike.methods.trials import Trial, few_of, gather, part_of
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
SPLITS = (part_of, few_of)  # each past list is tried so
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
            _experience(pool, progress.span(0.02, 0.5))
            _keep_prior(workspace, snapshot, pool, progress.span(0.5, 1.0))
            runs.finish(workspace, run, {"lists": known.lists, "seconds": 0.0})
            return known.lists
        hats = Views(pool).hats if pool.sparse.shape[1] else {}
        trials = _from_items(workspace, snapshot, pool, rng, progress.span(0.1, 0.4))
        _experience(pool, progress.span(0.4, 0.5))  # saved lists are tried with it
        trials += _from_saved(workspace, pool, rng)
        lists = len({trial.users.tobytes() for trial in trials})
        if lists >= FEWEST:
            found = gather(trials, hats, snapshot.id, rng, progress.span(0.5, 0.9))
            past.save(workspace, found)
        _keep_prior(workspace, snapshot, pool, progress.span(0.9, 1.0))
        count = lists if lists >= FEWEST else 0
        runs.finish(workspace, run, {"lists": count, "seconds": time.perf_counter() - began})
    return count


def _experience(pool: Pool, progress: Progress) -> None:
    """Let a pool learn from its items how seeds count, where there are enough and it does not know."""
    prior, rng = prior_of(pool), np.random.default_rng(0)
    if not prior.lists or prior.attention is not None:
        return
    lists = past_lists(pool, rng)
    if len(lists) >= FEWEST_TAUGHT:
        remember(pool, replace(prior, attention=taught(pool, prior, lists, rng, progress)))


def _keep_prior(workspace: Workspace, snapshot: Snapshot, pool: Pool, progress: Progress) -> None:
    """Keep what past lists say of a new list's head, seeds and groups; what was kept before stays."""
    prior, kept = prior_of(pool), pool.prior
    if prior.lists and prior.groups is None:
        lists = past_lists(pool, np.random.default_rng(0))
        if len(lists) >= FEWEST_TAUGHT:
            learned = taught_subgroups(pool, prior, lists, np.random.default_rng(1), progress)
            prior = replace(prior, groups=learned)
    known = kept is not None and prior.attention is kept.attention and prior.groups is kept.groups
    if prior.lists and not known:
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
    learned = embeddings.factorise(
        workspace, recipe, leave_out=without, progress=progress.span(0.0, 0.8)
    )
    vectors = in_memory(learned.rows, learned.vectors, learned.views)
    eligible = vectors.positions(pool.vectors.rows[pool.eligible])
    left_out = pool.left_out | {f"item:{name}" for name in names}
    reduced = Pool(vectors, eligible, left_out, workspace)
    _experience(reduced, progress.span(0.8, 1.0))
    return _tried(reduced, [rows for _, rows in items], rng)


def _from_saved(workspace: Workspace, pool: Pool, rng: np.random.Generator) -> list[Trial]:
    lists: list[NDArray[np.int32]] = []
    for saved in seeds.saved(workspace):
        rows = seeds.load(workspace, saved.name).rows
        if _can_be_tried(pool, rows) and not any(leak.serious for leak in leaks.find(workspace, rows)):
            lists.append(rows)
        if len(lists) == MOST_SAVED:
            break
    return _tried(pool, lists, rng)


def _can_be_tried(pool: Pool, rows: NDArray[np.int32]) -> bool:
    """Whether enough of a past list's users are known, but not too many, nor all there are."""
    users = pool.vectors.positions(rows)
    return SMALLEST // 2 <= len(users) <= LARGEST and len(pool.outside(users)) > 0


def _tried(pool: Pool, lists: list[NDArray[np.int32]], rng: np.random.Generator) -> list[Trial]:
    """Split each past list that can be tried in every way, where that leaves somebody to be found."""
    usable = [pool.vectors.positions(rows) for rows in lists if _can_be_tried(pool, rows)]
    trials = []
    for split in SPLITS:
        for users in usable:
            chosen = split(users, rng)
            held = users[~chosen]
            held = held[np.isin(held, pool.eligible)]
            if len(held):
                trials.append(Trial(pool, users[chosen], held, users))
    return trials
