"""Small worlds whose right answers are known by construction."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
import torch

from lookalike import embeddings, seeds
from lookalike.features import Features
from lookalike.general import FEWEST, General, Learned, Version
from lookalike.importing.snapshots import Snapshot, write_snapshot
from lookalike.methods import METHODS
from lookalike.methods.experts import Form, started
from lookalike.pool import Pool
from lookalike.seeds import MatchReport, SeedList
from lookalike.settings import Settings
from lookalike.vectors import Vectors
from lookalike.workspace import Workspace, now

COMMUNITIES = 4
PER_COMMUNITY = 120  # users
ITEMS = 12  # of each community
LEAK = "leak"


def memory_pool(
    matrix: np.ndarray,
    eligible: Sequence[int] | np.ndarray | None = None,
    sparse: np.ndarray | None = None,
    rows: np.ndarray | None = None,
) -> Pool:
    """A pool without a workspace: (n, d) vectors and, where a test needs them, raw features."""
    matrix = np.asarray(matrix, np.float32)
    count, dim = matrix.shape
    wide = matrix.astype(np.float64)
    snapshot = Snapshot(1, "imported", dim, count, now(), "a test", {})
    held = Vectors(
        snapshot,
        matrix,
        np.arange(count, dtype=np.int32) if rows is None else rows,
        wide.mean(axis=0),
        np.atleast_2d(np.cov(wide, rowvar=False)) if count > 1 else np.eye(dim),
    )
    everybody = np.arange(count) if eligible is None else np.asarray(eligible)
    settings = SimpleNamespace(settings=Settings(threads=1))
    pool = Pool(held, everybody.astype(np.int64), frozenset(), settings)
    cells = np.zeros((count, 0)) if sparse is None else sparse
    columns = sp.csr_matrix(cells, dtype=np.float32)
    names = [f"item:{place}" for place in range(columns.shape[1])]
    pool.__dict__["features"] = Features(columns, names, len(names))
    return pool


def taught(pool: Pool, form: Form | None = None, campaigns: int = FEWEST, rate: float = 1.0) -> General:
    """A general model of the embeddings of a pool that has learned nothing but how to be adapted."""
    names = [name for name, method in METHODS.items() if method.general]
    width = pool.vectors.core
    mean, whitening = pool.vectors.core_whitening
    halves = tuple(
        {
            name: held[None].numpy()
            for name, held in started(
                form or Form(hidden=8), width, torch.Generator().manual_seed(half)
            ).items()
        }
        for half in (0, 1)
    )
    pace = {"steps": 5, "rate": rate, "growth": 0.4, "most": 200}
    version = Version(1, pool.vectors.snapshot.id, now(), campaigns, {})
    nobody, nowhere = np.zeros(0, np.int32), np.zeros(0, np.int64)
    networks = dict.fromkeys(names, Learned(halves, pace))
    return General(version, mean, 0.3 * whitening, networks, nowhere, nobody, nowhere)


def add_users(workspace: Workspace, ids: Sequence[str], **columns: Sequence[object]) -> None:
    """Users in rows 0, 1, … with further columns of the table `users`."""
    table = pa.table({"row": np.arange(len(ids), dtype=np.int32), "user_id": list(ids), **columns})
    _insert(workspace, "users", table)


def add_interactions(
    workspace: Workspace, rows: Sequence[int] | np.ndarray, items: Sequence[str]
) -> None:
    table = pa.table({"row": np.asarray(rows, np.int32), "item_id": list(items)})
    _insert(workspace, "interactions", table)


def _insert(workspace: Workspace, name: str, table: pa.Table) -> None:
    with workspace.write() as cursor:
        cursor.register("incoming", table)
        cursor.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
        cursor.unregister("incoming")


def add_vectors(
    workspace: Workspace,
    vectors: np.ndarray,
    rows: np.ndarray | None = None,
    views: list[list[object]] | None = None,
) -> int:
    """An imported snapshot, as `importing` writes it."""
    lines = np.arange(len(vectors), dtype=np.int32) if rows is None else np.asarray(rows, np.int32)
    how = {"views": views} if views else {}
    return write_snapshot(workspace, "imported", lines, np.asarray(vectors, np.float32), "a test", how)


def save_list(
    workspace: Workspace,
    name: str,
    rows: np.ndarray,
    values: Mapping[str, np.ndarray] | None = None,
) -> None:
    report = MatchReport(len(rows), len(rows), 0, 0, 0, 0)
    kept = SeedList(name, np.sort(np.asarray(rows, np.int32)), values or {}, report)
    seeds.save(workspace, kept)


def communities(folder: Path, random_state: int = 0) -> dict[str, np.ndarray]:
    """Fill a folder with a workspace of four communities that act within themselves.

    480 users with ids "u000" …; each user takes about half of the community's 12 items and few of
    the others'. The list "fans" holds 40 users of community 1, spends 1 to 40 in the column
    "spend"; "few" and "tiny" hold 12 and 2 of community 2. The list "buyers" holds 48 users of all
    communities alike, who are exactly the users of the item "leak". The last 8 users of each
    community have not been active for a year.

    Returns:
        The rows of "community" (by user), and of each list.
    """
    made, known = _communities(random_state)
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return known


@functools.cache
def _communities(random_state: int) -> tuple[Path, dict[str, np.ndarray]]:
    """Make the world of `communities` once for all tests of this process, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="communities-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    rng = np.random.default_rng(random_state)
    users = COMMUNITIES * PER_COMMUNITY
    community = np.repeat(np.arange(COMMUNITIES), PER_COMMUNITY)
    theirs = np.repeat(np.arange(COMMUNITIES), ITEMS)
    took = rng.random((users, len(theirs))) < np.where(community[:, None] == theirs, 0.5, 0.04)
    took[np.arange(users), community * ITEMS] = True  # nobody is without an interaction
    buyers = np.sort(rng.choice(users, 48, replace=False))
    fans = np.sort(rng.choice(np.flatnonzero(community == 1), 40, replace=False))
    some = np.flatnonzero(community == 2)
    inactive = np.arange(users) % PER_COMMUNITY >= PER_COMMUNITY - 8
    seen = np.where(inactive, np.datetime64("2023-05-01"), np.datetime64("2024-05-01"))
    with Workspace.open(folder, create=True, settings=Settings(threads=1)) as workspace:
        add_users(
            workspace, [f"u{row:03d}" for row in range(users)], last_active=seen.astype("datetime64[us]")
        )
        who, what = np.nonzero(took)
        add_interactions(workspace, who, [f"i{item:02d}" for item in what])
        add_interactions(workspace, buyers, [LEAK] * len(buyers))
        embeddings.learn(workspace, embeddings.Recipe(als=8, wide=12, svd=8, iterations=4))
        save_list(workspace, "fans", fans, {"spend": np.arange(1.0, 41.0)})
        save_list(workspace, "few", some[:12])
        save_list(workspace, "tiny", some[:2])
        save_list(workspace, "buyers", buyers)
    return folder, {
        "community": community,
        "fans": fans,
        "few": some[:12],
        "buyers": buyers,
        "inactive": inactive,
    }
