"""A small sample world, for journeys that are about the way and not about the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.csv

from lookalike import embeddings
from lookalike.sample import generate, load
from lookalike.settings import Settings
from lookalike.workspace import Workspace

USERS = 1_000
LISTS = 4
RECIPE = embeddings.Recipe(als=8, wide=12, svd=8, iterations=4)


@dataclass(frozen=True, slots=True)
class Small:
    """A workspace folder, its users' ids in row order, its saved lists, and a list that is not saved.

    Attributes:
        folder: Copy it, never open it.
        users: All ids.
        lists: The ids on each saved list, by name.
        fans: A seed file of a further list, the largest.
    """

    folder: Path
    users: tuple[str, ...]
    lists: dict[str, frozenset[str]]
    fans: Path


def make_small(folder: Path) -> Small:
    """Make the world in a folder."""
    world = generate(users=USERS)
    known = list(world.seed_lists.items())
    few, others = dict(known[:LISTS]), [table for _, table in known[LISTS:]]
    lists = {name: frozenset(table["user_id"].to_pylist()) for name, table in few.items()}
    fans = folder / "fans.csv"
    pyarrow.csv.write_csv(max(others, key=len), fans)
    with Workspace.open(folder / "workspace", create=True, settings=Settings(threads=1)) as workspace:
        load(workspace, replace(world, seed_lists=few))
        embeddings.learn(workspace, RECIPE)
    return Small(folder / "workspace", tuple(world.users["user_id"].to_pylist()), lists, fans)
