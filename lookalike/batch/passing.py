"""One pass over all users for the lists of a run; a pass that was stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lookalike import one_pass, seeds
from lookalike.batch import keeping
from lookalike.batch.work import Work
from lookalike.errors import BadInput
from lookalike.one_pass import HELD, ROOM, Reached, Wanted
from lookalike.progress import Progress

BYTES = 2**30  # for the best users and the models of the lists that share a pass
PARTS = 50  # how often a pass is kept, if that is
WRITTEN = 2**32  # bytes for all of these times, or less


def score(work: Work, found: Mapping[str, Mapping[str, Any]], progress: Progress) -> None:
    """Rank the best users of every list that has a model, and keep them.

    The lists share one pass over the users, or as few as their best users and models have room for.

    Args:
        work: The run.
        found: What is known of each list, by name.
        progress: Hears of every block of users.

    Raises:
        Cancelled: The watcher asked to stop; how far it has come is kept.
    """
    groups = _groups(work, found)
    for number, group in enumerate(groups):
        part = progress.span(number / len(groups), (number + 1) / len(groups))
        files = [keeping.ranking_file(work.workspace, work.run, place) for place in group]
        if not all(file.exists() for file in files):
            _pass(work, number, group, found, part)


def _groups(work: Work, found: Mapping[str, Mapping[str, Any]]) -> list[list[int]]:
    """Return which lists share a pass, in order: the same ones whenever this run goes on."""
    groups: list[list[int]] = []
    filled = 0
    for place, name in enumerate(work.spec.lists):
        facts = found.get(name, {})
        if "wanted" not in facts:
            continue
        model = keeping.model_file(work.workspace, work.run, place)
        if not model.exists() and keeping.ranking_file(work.workspace, work.run, place).exists():
            continue  # it could not be kept, and ranked its users when it was trained
        needed = int(ROOM * HELD.itemsize * facts["wanted"])
        needed += 2 * model.stat().st_size if model.exists() else 0  # as it is, and among the others
        if not groups or filled + needed > BYTES:
            groups.append([])
            filled = 0
        groups[-1].append(place)
        filled += needed
    return groups


def _pass(
    work: Work,
    number: int,
    group: Sequence[int],
    found: Mapping[str, Mapping[str, Any]],
    progress: Progress,
) -> None:
    wanted = [_wanted(work, place, found[work.spec.lists[place]]["wanted"]) for place in group]
    mark = keeping.mark_of(work.pool, wanted, [work.spec.sha256[place] for place in group])
    reached = keeping.state(work.workspace, work.run, number, mark)

    def keep(reached: Reached) -> None:
        keeping.save_state(work.workspace, work.run, number, mark, reached)

    each = HELD.itemsize * sum(one.count for one in wanted)
    parts = int(np.clip(WRITTEN // each, 1, PARTS))
    rankings = one_pass.best(work.pool, wanted, progress, reached=reached, keep=keep, parts=parts)
    for place, ranked in zip(group, rankings, strict=True):
        keeping.save_ranking(work.workspace, work.run, place, ranked)
    keeping.drop_state(work.workspace, work.run, number)


def _wanted(work: Work, place: int, count: int) -> Wanted:
    name = work.spec.lists[place]
    scorer = keeping.model(work.workspace, work.run, place)
    if scorer is None:
        raise BadInput(
            f"The model of {name!r} is no longer in the workspace folder.", "Expand the lists again."
        )
    members = work.pool.vectors.positions(seeds.load(work.workspace, name).rows)
    return Wanted(scorer, count, work.without(members))
