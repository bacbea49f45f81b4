"""Carrying it out: past campaigns in, networks learned, a general model stored."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike import general, runs
from lookalike.general import FEWEST, Version
from lookalike.methods.adapting import Pace
from lookalike.pool import Pool, open_pool
from lookalike.pretraining import learning, states
from lookalike.pretraining.asking import Spec, kept, tidy
from lookalike.pretraining.campaigns import Past, gathered, listed
from lookalike.pretraining.family import recipes
from lookalike.pretraining.learning import Recipe, State
from lookalike.pretraining.states import States
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace

GATHERED = 0.1  # share of the whole
# what is tried for networks that do not learn to be adapted, whose losses differ in how steep they are
RATES = (0.03, 0.1, 0.3, 1.0, 3.0)
STEPS = (10, 30)
JUDGES = 60  # campaigns of each half, that a pace is chosen by
HALVES = (0, 1)


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Version:
    """Do what a run asks, from where an earlier attempt stopped.

    Each network is learned twice, from either half of the campaigns, so that a list which was one
    of them can be scored by the half that has not seen it.

    Returns:
        The new version; where there were too few campaigns, it holds no network.

    Raises:
        NotFound: What is to be left out does not exist.
        Cancelled: The watcher asked to stop; what was learned so far is kept.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        progress.at(0.0, "Reading the embeddings")
        pool = open_pool(workspace, spec.snapshot)
        torch.set_num_threads(pool.threads)
        found, items = listed(workspace, pool, spec.leave_out, spec.random_state)
        past: Past | None = None
        if len(found) >= FEWEST:
            told = progress.span(0.0, GATHERED)
            past = gathered(workspace, pool, found, items, spec.random_state, told)
            found = list(past.found)
        resumed = kept(workspace, run)
        how: dict[str, Any] = {"spec": asdict(spec), "losses": {}, "pace": {}}
        made: dict[str, NDArray[Any]] = {}
        if past is not None and len(found) >= FEWEST:
            held = _learned(workspace, run, spec, past, progress.span(GATHERED, 0.98))
            made = _stored(pool, past)
            for name, recipe in recipes(spec.networks).items():
                numbers = [_start(held[name, half], recipe, past) for half in HALVES]
                pace = recipe.pace if recipe.meta else _paced(numbers, recipe, past, spec)
                how["pace"][name] = asdict(pace)
                how["losses"][name] = _mean_losses(held, name)
                for half in HALVES:
                    for key, value in numbers[half].items():
                        made[f"{name}/{half}/{key}"] = value.numpy()
            runs.keep_epochs(workspace, run, how["losses"][spec.networks[0]])
        version = general.keep(workspace, pool.vectors.snapshot.id, len(found), how, made)
        metrics = {"version": version.id, "campaigns": len(found), "resumed": resumed}
        runs.finish(workspace, run, metrics | {"seconds": time.perf_counter() - began})
    tidy(workspace)
    return version


def _learned(workspace: Workspace, run: str, spec: Spec, past: Past, progress: Progress) -> States:
    """Train what is left to be trained; what every few rounds came to is kept."""
    held = states.load(workspace, run, past.print)
    wanted = recipes(spec.networks)
    whole = sum(recipe.rounds for recipe in wanted.values()) * len(HALVES)
    first = sum(state.rounds for state in held.values()) / whole
    progress.at(first, "Learning from past campaigns", began_at=first)
    for name, recipe in wanted.items():
        for half in HALVES:
            seed = spec.random_state * len(HALVES) + half

            def heard(state: State, name: str = name, half: int = half) -> None:
                states.keep(workspace, run, past.print, held)
                done = sum(one.rounds for one in held.values())
                which = f" ({name})" if len(wanted) > 1 else ""
                progress.at(
                    done / whole,
                    f"Learning from {len(past.found):,} past campaigns, half {half + 1} of 2{which}",
                    loss=state.losses[-1],
                    network=name,
                    half=half,
                )

            begun = learning.begun(recipe, past.seen.width, len(past.seen), seed)
            state = held.setdefault((name, half), begun)
            among = np.flatnonzero(past.half == half)
            learning.train(past.seen, among, recipe, seed, state, heard)
    return held


def _start(state: State, recipe: Recipe, past: Past) -> dict[str, torch.Tensor]:
    whole = learning.unfolded(state.numbers, recipe, past.seen.width, len(past.seen))
    return learning.for_new(whole)


def _paced(numbers: list[dict[str, torch.Tensor]], recipe: Recipe, past: Past, spec: Spec) -> Pace:
    """Choose the rate and the number of the steps by campaigns that the halves have not seen."""
    judges = [np.flatnonzero(past.half != half)[:JUDGES] for half in HALVES]
    lost: dict[Pace, float] = {}
    for rate in RATES:
        pace = replace(recipe.pace, rate=rate)
        found = [
            learning.after(
                numbers[half], past.seen, judges[half], recipe, pace, spec.random_state, STEPS
            )
            for half in HALVES
        ]
        for steps, value in zip(STEPS, np.nan_to_num(found, nan=np.inf).sum(axis=0), strict=True):
            lost[replace(pace, steps=steps)] = float(value)
    return min(lost, key=lost.__getitem__)


def _stored(pool: Pool, past: Past) -> dict[str, NDArray[Any]]:
    members, ends = past.members(pool)
    return {
        "mean": past.entrance.mean,
        "scaling": past.entrance.scaling,
        "half": past.half,
        "members": members,
        "ends": ends,
    }


def _mean_losses(held: States, name: str) -> list[float]:
    return np.mean([held[name, half].losses for half in HALVES], axis=0).tolist()
