"""What a run has found out about each of its lists so far. Owns `compared_lists`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lookalike.evaluation import Ranks
from lookalike.workspace import Workspace


@dataclass(frozen=True, eq=False, slots=True)
class Tested:
    """A list that a comparison is through with.

    Attributes:
        seed_list: Its name.
        seeds: Its seeds with an embedding.
        ranks: Where its held-out seeds came, by method; empty for a list that was skipped.
        skipped: Why it was; empty for one that was not.
        leaking: What nearly is this list and stayed in, a sentence each.
        preparing: Seconds that went by before the first fit.
    """

    seed_list: str
    seeds: int
    ranks: Mapping[str, Ranks] = field(default_factory=dict)
    skipped: str = ""
    leaking: tuple[str, ...] = ()
    preparing: float = 0.0


def keep(workspace: Workspace, run: str, tested: Tested) -> None:
    """Store a list that a comparison is through with, in one row."""
    keep_facts(workspace, run, tested.seed_list, _facts(tested))


def kept(workspace: Workspace, run: str) -> dict[str, Tested]:
    """Return the lists that a comparison is through with, by name."""
    return {name: _tested(name, facts) for name, facts in facts_of(workspace, run).items()}


def keep_facts(workspace: Workspace, run: str, seed_list: str, facts: Mapping[str, Any]) -> None:
    """Store what a run found out about a list, in place of what it had stored of it before."""
    text = json.dumps(facts, separators=(",", ":"))
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM compared_lists WHERE run = ? AND seed_list = ?", [run, seed_list])
        cursor.execute("INSERT INTO compared_lists VALUES (?, ?, ?)", [run, seed_list, text])


def facts_of(workspace: Workspace, run: str) -> dict[str, dict[str, Any]]:
    """Return what a run found out about each list, by name, the first one first."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT seed_list, facts FROM compared_lists WHERE run = ? ORDER BY rowid", [run]
        ).fetchall()
    return {name: json.loads(facts) for name, facts in found}


def count(workspace: Workspace, run: str) -> int:
    """Return how many lists a run is through with."""
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT count(*) FROM compared_lists WHERE run = ?", [run]).fetchone()
    return int(found[0]) if found else 0


def _facts(tested: Tested) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "seeds": tested.seeds,
        "skipped": tested.skipped,
        "leaking": tested.leaking,
        "preparing": tested.preparing,
        "methods": {},
    }
    for name, ranks in tested.ranks.items():
        # the same for every method of a list
        facts["world"] = {
            "candidates": ranks.candidates.tolist(),
            "eligible": ranks.eligible,
            "listed": ranks.listed,
        }
        facts["methods"][name] = {
            "ranks": [ranks.rank[ranks.fold == fold].tolist() for fold in range(len(ranks.candidates))],
            "seconds": ranks.seconds,
            "scoring": ranks.scoring,
        }
    return facts


def _tested(name: str, facts: Mapping[str, Any]) -> Tested:
    ranks = {}
    for method, one in facts["methods"].items():
        world, parts = facts["world"], one["ranks"]
        ranks[method] = Ranks(
            np.concatenate([np.asarray(part, np.int64) for part in parts]),
            np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
            np.asarray(world["candidates"], np.int64),
            world["eligible"],
            world["listed"],
            one["seconds"],
            one["scoring"],
        )
    return Tested(
        name, facts["seeds"], ranks, facts["skipped"], tuple(facts["leaking"]), facts["preparing"]
    )
