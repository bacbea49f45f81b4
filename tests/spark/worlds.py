"""The four communities as files for Spark, twenty models, and the audiences that one machine finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset

from lookalike import batch, features, training
from lookalike.methods import METHODS, stored
from lookalike.one_pass import Wanted, best
from lookalike.pool import open_pool
from lookalike.progress import SILENT
from lookalike.settings import Settings
from lookalike.spark import Asked, export_users
from lookalike.workspace import Workspace
from tests.unit.worlds import COMMUNITIES, communities, save_list

METHODS_OF = ("ridge", "centroid", "auto_quick", "logistic_tfidf", "ridge_raw")
LISTS = 20
SIZE = 0.1


@dataclass(frozen=True)
class World:
    """Where things are.

    Attributes:
        workspace: The folder of the workspace.
        users: What `export_users` wrote of it.
        asked: Twenty lists; their models are in `models/<number>.npz` beside the users.
        audiences: For each list, the ids of its audience and their scores, best first.
        eligible: How many users are.
    """

    workspace: Path
    users: Path
    asked: list[Asked]
    audiences: dict[str, tuple[list[str], np.ndarray]]
    eligible: int


def made(folder: Path) -> World:
    known = communities(folder / "workspace")
    rng = np.random.default_rng(3)
    models = folder / "models"
    models.mkdir()
    asked, wanted = [], []
    with Workspace.open(folder / "workspace", settings=Settings(threads=1)) as workspace:
        export_users(workspace, folder / "users", rows_a_file=100)
        pool = open_pool(workspace)
        names = features.load(workspace).names
        for number in range(LISTS):
            method = "auto" if number == LISTS - 1 else METHODS_OF[number % len(METHODS_OF)]
            community = np.flatnonzero(known["community"] == number % COMMUNITIES)
            seeds = np.sort(rng.choice(community, 20, replace=False))
            ones = np.ones(len(seeds))
            scorer = METHODS[method].fit(pool, seeds, ones, np.random.default_rng(number), SILENT)
            looked_at = names if stored.looks_at_features(scorer) else ()
            stored.save(models / f"{number}.npz", scorer, looked_at)
            model = stored.load(models / f"{number}.npz")
            asked.append(Asked(f"list {number}", model, SIZE, pool.vectors.rows[seeds]))
            wanted.append(Wanted(scorer, int(SIZE * len(pool.eligible)), seeds.astype(np.int64)))
        found = best(pool, wanted)
        with workspace.cursor() as cursor:
            ids = dict(cursor.execute("SELECT row, user_id FROM users").fetchall())
        audiences = {
            one.name: ([ids[row] for row in ranked["row"].tolist()], ranked["score"])
            for one, ranked in zip(asked, found, strict=True)
        }
        eligible = len(pool.eligible)
    return World(folder / "workspace", folder / "users", asked, audiences, eligible)


@dataclass(frozen=True)
class Lists:
    """Lists to train on, and what one machine makes of them.

    Attributes:
        ids: Of the seeds, by list; "pair" has too few, "nobody" knows no user.
        models: By list, what a network of one machine has learned; see `learned`.
    """

    ids: dict[str, list[str]]
    models: dict[str, object]


def lists_of(world: World) -> Lists:
    rng = np.random.default_rng(8)
    sizes = [*rng.integers(4, 60, LISTS - 1), 100]  # the last one is trained alone
    rows = {
        f"list {number:02d}": np.sort(rng.choice(480, size, replace=False))
        for number, size in enumerate(sizes)
    }
    rows["pair"] = np.array([3, 5])
    with Workspace.open(world.workspace, settings=Settings(threads=1)) as workspace:
        for name, own in rows.items():
            save_list(workspace, name, own)
        run = batch.ask(workspace, batch.Spec(lists=tuple(rows), method="mlp"))
        done = batch.carry_out(workspace, run).done
        models = {one.name: learned(training.model_of(workspace, f"{run}/{one.place}")) for one in done}
    ids = {name: [f"u{row:03d}" for row in own] for name, own in rows.items()}
    return Lists(ids | {"nobody": ["x", "y", "z"]}, models)


def learned(model: stored.Stored) -> object:
    """All numbers of a model, to the last bit."""
    arrays: dict[str, np.ndarray] = {}
    return stored._flat(model.scorer, arrays), {name: one.tobytes() for name, one in arrays.items()}


def check_models(lists: Lists, folder: Path) -> None:
    """The models in a folder are those of one machine, and the two other lists are told."""
    lines = pa.dataset.dataset(folder).to_table().to_pylist()
    found = {one["list"]: one for one in lines}
    assert len(lines) == len(found) == len(lists.ids)
    assert len(lists.models) == LISTS
    for name, numbers in lists.models.items():
        assert learned(stored.from_bytes(found[name]["model"], name)) == numbers
        assert [f"u{row:03d}" for row in found[name]["rows"]] == lists.ids[name]
    assert found["pair"]["error"] == "Only 2 of the 2 ids are users in the files; at least 3 are needed."
    assert found["nobody"]["error"].startswith("None of the 3 ids is a user in the files")
    assert (found["pair"]["model"], found["nobody"]["model"]) == (None, None)


def written(folder: Path) -> dict[str, pa.Table]:
    """What lies in a folder of audiences, by list, best first."""
    lists = pa.dataset.partitioning(pa.schema([("list", pa.string())]), flavor="hive")
    table = pa.dataset.dataset(folder, partitioning=lists).to_table()
    names = table["list"].unique().to_pylist()
    by_list = {name: table.filter(pa.compute.equal(table["list"], name)) for name in names}
    return {name: own.sort_by("rank") for name, own in by_list.items()}


def check_same(world: World, folder: Path) -> None:
    """Every list's audience is the one that one machine finds, up to rounding of the scores."""
    found = written(folder)
    assert found.keys() == world.audiences.keys()
    for name, (ids, scores) in world.audiences.items():
        own = found[name]
        assert own["rank"].to_pylist() == list(range(1, len(ids) + 1))
        np.testing.assert_allclose(own["score"].to_numpy(), scores, rtol=1e-4, atol=1e-5)
        # whoever is in one and not in the other scores as the last one does, but for rounding
        cut = scores[-1] + 1e-4 * max(1.0, abs(scores[-1]))
        above = {user for user, score in zip(ids, scores, strict=True) if score > cut}
        assert above <= set(own["user_id"].to_pylist())
