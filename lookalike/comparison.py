"""The use case "compare": many saved lists x methods -> points, buckets and a summary.

Each list is stored once it is through, so that a comparison that stopped can go on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from lookalike import general, leaks, past, runs, seeds, tested
from lookalike.buckets import checked
from lookalike.compared import USUAL, Comparison, Spec, judged, load, so_far
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.evaluation import LEAST, backtest
from lookalike.importing import snapshots
from lookalike.methods import Method, applies, chosen
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.seeds import times as seed_times
from lookalike.splits import WAYS, latest_held_out
from lookalike.summaries import BASELINE
from lookalike.tested import Tested
from lookalike.workspace import Workspace

__all__ = ["BASELINE", "USUAL", "Comparison", "Spec", "ask", "carry_out", "go_on", "load", "so_far"]


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec and return its id.

    The newest snapshot is written into the spec, so that going on later uses the same.

    Raises:
        NotFound: An unknown list, method or snapshot.
        BadInput: Nothing to compare, or a choice that cannot be used.
    """
    if not spec.lists:
        raise BadInput(
            "There is no saved seed list to compare on.",
            "Save some: python -m lookalike seeds add NAME FILE, or load the sample data.",
        )
    if not spec.methods:
        raise BadInput("No method was chosen.", "Choose at least one.")
    chosen(spec.methods)
    checked(spec.buckets)
    _check_split(workspace, spec.split)
    snapshot = snapshots.get(workspace, spec.snapshot)
    earlier, learned = past.available(workspace, snapshot), general.available(workspace, snapshot.id)
    fixed = replace(spec, snapshot=snapshot.id, past=earlier, general=learned)
    known = {saved.name for saved in seeds.saved(workspace)}
    for name in spec.lists:
        if name not in known:
            raise NotFound(f"There is no seed list {name!r}.", did_you_mean(name, known))
    title = spec.lists[0] if len(spec.lists) == 1 else f"{len(spec.lists)} lists"
    return runs.create(workspace, "compare", title, asdict(fixed))


def go_on(workspace: Workspace, run: str) -> str:
    """Queue a comparison that stopped again; `carry_out` then goes on after its finished lists.

    Raises:
        NotFound: There is no such run.
        BadInput: It is no comparison, or did not stop.
    """
    entry = runs.get(workspace, run)
    if entry.kind != "compare" or not runs.queue_again(workspace, run):
        raise BadInput(
            f"The run {run!r} is not a comparison that stopped: {entry.kind}, {entry.status}.",
            "Only a cancelled, interrupted or failed comparison can go on.",
        )
    return run


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Comparison:
    """Back-test every method on every list that the run is not through with, and sum up.

    A list that cannot be judged is skipped and named. Progress carries facts when a list is
    through: its place as `list_done`, its name, and each method's headline recall.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; finished lists are kept.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        through = tested.kept(workspace, run)
        done = len(through) / len(spec.lists)
        progress.at(done, "Reading the embeddings", began_at=done)
        pool = open_pool(workspace, spec.snapshot, past=spec.past, general=spec.general)
        methods = [method for method in chosen(spec.methods) if applies(method.name, pool)]
        if not methods:
            raise BadInput(
                "None of the methods can be used here: the workspace has nothing for them to look at.",
                "Import interactions, attributes or features, run pretrain for methods that begin with "
                "past campaigns, or choose another method.",
            )
        for place, name in enumerate(spec.lists):
            if name in through:
                continue
            part = progress.span(place / len(spec.lists), (place + 1) / len(spec.lists))
            message = f"List {place + 1} of {len(spec.lists)}: {name}"
            part.at(0.0, message)
            through[name] = _tested(workspace, pool, spec, name, methods, _named(part, message), began)
            tested.keep(workspace, run, through[name])
            heads = {method: ranks.headline() for method, ranks in through[name].ranks.items()}
            part.at(1.0, message, list_done=place + 1, seed_list=name, recall=heads)
            began = time.perf_counter()
        metrics = judged(spec, through)
        if not metrics["lists"]:
            raise BadInput("None of the lists could be judged.", " ".join(metrics["skipped"][:3]))
        runs.finish(workspace, run, metrics)
    return load(workspace, run)


def _tested(
    workspace: Workspace,
    pool: Pool,
    spec: Spec,
    name: str,
    methods: Sequence[Method],
    progress: Progress,
    began: float,
) -> Tested:
    """Test the methods on one list; `began` is when its preparation did."""
    try:
        seed_list = seeds.load(workspace, name)
        positions = pool.vectors.positions(seed_list.rows)
        eligible = int(np.isin(positions, pool.eligible).sum())
        if eligible < LEAST:
            return Tested(name, len(positions), skipped=f"only {eligible} of its seeds can be held out.")
        if not len(pool.outside(positions)):
            return Tested(name, len(positions), skipped="every eligible user is on it.")
        fold_of = None
        if spec.split == "time":
            times = seed_times.of(workspace, seed_list)[np.isin(seed_list.rows, pool.vectors.rows)]
            fold_of = latest_held_out(times, np.isin(positions, pool.eligible))
        serious = [leak for leak in leaks.find(workspace, seed_list.rows) if leak.serious]
        preparing = time.perf_counter() - began
        ranks = backtest(
            pool,
            positions,
            np.ones(len(positions)),
            methods,
            splits=spec.splits,
            fold_of=fold_of,
            random_state=spec.random_state,
            progress=progress,
        )
    except (BadInput, NotFound) as error:  # one awkward list is no reason to lose the others
        return Tested(name, 0, skipped=str(error))
    sentences = tuple(leak.sentence() for leak in serious)
    return Tested(name, len(positions), ranks, leaking=sentences, preparing=preparing)


def _check_split(workspace: Workspace, split: str) -> None:
    if split not in WAYS:
        raise BadInput(f"There is no split {split!r}.", f"There are: {', '.join(WAYS)}.")
    if split == "time" and not seed_times.known(workspace):
        raise BadInput(
            "A split by time needs times, and neither the interactions nor a saved list has any.",
            "Split at random, or import interactions with a column of times.",
        )


def _named(progress: Progress, message: str) -> Progress:
    return Progress(lambda update: progress.at(update.fraction, message))
