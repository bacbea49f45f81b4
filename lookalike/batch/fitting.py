"""Training the models of many lists: each is kept at once, so that nothing is trained twice."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lookalike import leaks, seeds, tested, training
from lookalike.batch import keeping
from lookalike.batch.together import WITH_NETWORK, side_by_side
from lookalike.batch.work import Work
from lookalike.errors import LookalikeError, NotFound
from lookalike.evaluation import backtest
from lookalike.methods import Scorer, chosen
from lookalike.methods.auto import fit_with
from lookalike.methods.mlp import Network
from lookalike.methods.mlp_stacked import fit_mlp_many
from lookalike.one_pass import Wanted, best
from lookalike.progress import Progress
from lookalike.training import Listed


def train(work: Work, progress: Progress) -> None:
    """Train every list that has no model yet; a list that cannot be trained is noted with its reason.

    Raises:
        Cancelled: The watcher asked to stop; what is trained is kept.
    """
    through = tested.facts_of(work.workspace, work.run)
    ready = {place for place, name in enumerate(work.spec.lists) if _ready(work, place, through, name)}
    total = len(work.spec.lists)
    done = 0
    for group in _groups(work):
        part = progress.span(done / total, (done + len(group)) / total)
        if not ready.issuperset(group):
            said = _said(work, group, done)
            part.at(0.0, said)
            _train_group(work, group, ready, _saying(part, said))
        done += len(group)


def _ready(work: Work, place: int, through: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    """Whether a list needs no training: what comes of it is kept, or that it can have no model."""
    facts = through.get(name)
    if facts is None:
        return False
    kept = (keeping.model_file, keeping.ranking_file)
    return "error" in facts or any(file(work.workspace, work.run, place).exists() for file in kept)


def _groups(work: Work) -> list[list[int]]:
    """Return which lists are trained at once: the same ones whenever this run goes on."""
    places = range(len(work.spec.lists))
    if work.spec.method in WITH_NETWORK and work.spec.together:
        return side_by_side([_size(work, place) for place in places])
    return [[place] for place in places]


def _size(work: Work, place: int) -> int:
    try:
        rows = seeds.load(work.workspace, work.spec.lists[place]).rows
    except NotFound:
        return 0
    return len(work.pool.vectors.positions(rows))


def _train_group(work: Work, group: Sequence[int], ready: Collection[int], progress: Progress) -> None:
    listed: dict[int, Listed] = {}
    rooms: dict[int, dict[str, int]] = {}
    began = time.perf_counter()
    for place in group:
        try:
            listed[place] = work.listed(place)
            rooms[place] = work.room(place, listed[place].members)
        except LookalikeError as error:
            listed.pop(place, None)
            _fail(work, place, error)
    preparing = (time.perf_counter() - began) / len(group)
    began = time.perf_counter()
    networks = _networks(work, listed, progress.span(0.0, 0.8))
    shared = (time.perf_counter() - began) / max(len(listed), 1)
    for number, (place, one) in enumerate(listed.items()):
        if place in ready:  # it only took part, so that the others come out the same
            continue
        low = 0.8 * bool(networks)
        width = (1.0 - low) / len(listed)
        part = progress.span(low + number * width, low + (number + 1) * width)
        began = time.perf_counter()
        try:
            scorer = _scorer(work, place, one, networks.get(place), part.span(0.0, 0.5))
        except LookalikeError as error:
            _fail(work, place, error)
            continue
        seconds = {"prepare": preparing, "train": shared + time.perf_counter() - began}
        facts: dict[str, Any] = {
            "seeds": one.seeds(),
            "weight": one.weighed,
            **rooms[place],
            "blend": training.blended(scorer),
            "seconds": seconds,
        }
        if work.spec.splits:
            facts |= _tested(work, place, one, part.span(0.5, 1.0))
        _keep(work, place, scorer, one, rooms[place]["wanted"])
        tested.keep_facts(work.workspace, work.run, work.spec.lists[place], facts)


def _networks(
    work: Work, listed: Mapping[int, Listed], progress: Progress
) -> dict[int, Network | LookalikeError]:
    """Train the networks of several lists side by side; those of a list alone are trained later."""
    if len(listed) < 2:
        return {}
    rng = training.chance(work.spec.random_state, work.spec.method, list(listed))
    lists = [(one.positives, one.weights) for one in listed.values()]
    return dict(zip(listed, fit_mlp_many(work.pool, lists, rng, progress), strict=True))


def _scorer(
    work: Work,
    place: int,
    listed: Listed,
    network: Network | LookalikeError | None,
    progress: Progress,
) -> Scorer:
    if isinstance(network, LookalikeError):
        raise network
    if network is None:
        return training.fit(listed, work.spec.of(place), progress)
    if work.spec.method == "mlp":
        return network
    return fit_with(listed.pool, listed.positives, listed.weights, network, progress)


def _tested(work: Work, place: int, listed: Listed, progress: Progress) -> dict[str, Any]:
    """Back-test the method on a list and return what came of it; it need not have enough seeds."""
    began = time.perf_counter()
    found = leaks.find(work.workspace, listed.seed_list.rows)
    leaking = [leak.sentence() for leak in found if leak.serious and leak.key not in work.spec.leave_out]
    try:
        (ranks,) = backtest(
            listed.pool,
            listed.positives,
            listed.weights,
            chosen([work.spec.method]),
            splits=work.spec.splits,
            random_state=work.spec.random_state,
            progress=progress,
        ).values()
    except LookalikeError as error:
        return {"untested": str(error), "leaking": leaking}
    size = _tested_size(work, place)
    low, high = ranks.interval([size])
    evidence = {
        "k": size,
        "recall": ranks.recall(size),
        "low": float(low[0]),
        "high": float(high[0]),
        "chance": min(1.0, size * ranks.eligible / float(ranks.candidates.mean())),
        "held_out": len(ranks.rank),
        "folds": len(ranks.candidates),
        "headline": ranks.headline(),
        "seconds": time.perf_counter() - began,
    }
    return {"evidence": evidence, "leaking": leaking}


def _tested_size(work: Work, place: int) -> float:
    """Return the size that recall is told at, as a share: 5 % where a score decides the size."""
    cut = work.spec.cut_of(place)
    if cut.least_score is not None:
        return 0.05
    if isinstance(cut.size, float) and cut.size <= 1:
        return cut.size
    return cut.size / len(work.pool.eligible)


def _keep(work: Work, place: int, scorer: Scorer, listed: Listed, count: int) -> None:
    """Keep a model; by one that cannot be kept the best users are ranked at once, and those are kept."""
    name = f"{work.run}/{place}"
    if training.keep_model(work.workspace, name, scorer, listed, work.spec.of(place)) is None:
        wanted = Wanted(scorer, count, work.without(listed.members))
        (ranked,) = best(work.pool, [wanted])
        keeping.save_ranking(work.workspace, work.run, place, ranked)


def _fail(work: Work, place: int, error: LookalikeError) -> None:
    facts = {"error": {"message": error.message, "hint": error.hint}}
    tested.keep_facts(work.workspace, work.run, work.spec.lists[place], facts)


def _said(work: Work, group: Sequence[int], done: int) -> str:
    """Say which lists are trained, and how many of them there are."""
    first, total = work.spec.lists[group[0]], len(work.spec.lists)
    if len(group) == 1:
        return f"Training {done + 1:,} of {total:,}: {first}"
    more = f"{first} and {len(group) - 1:,} more"
    return f"Training {done + 1:,} to {done + len(group):,} of {total:,}: {more}"


def _saying(progress: Progress, message: str) -> Progress:
    """A progress that keeps saying which list it is about; a fit's own words would hide it."""
    return Progress(lambda update: progress.at(update.fraction, message))
