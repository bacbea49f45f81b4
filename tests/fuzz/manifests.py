"""Manifests, whole and harmed, and what must hold of what replaying finds in them."""

from __future__ import annotations

import copy
import functools
import json
import math
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lookalike import contacts, manifest, replaying, seeds
from lookalike.contents import contents
from lookalike.cutting import select
from lookalike.importing import snapshots
from lookalike.ranking import RANKED, Ranking
from lookalike.seeds.prints import fingerprint
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_users, add_vectors, save_list

from . import samples
from .damage import ODD, damaged

if TYPE_CHECKING:
    from .targets import Place

LISTS = {"fans": range(5, 25), "buyers": range(20, 30)}
MADE = "2026-05-01 10:00:00"
VALUES = (
    *(None, True, False, 0, 1, -1, 7, 2**31, 2**63, 10**400, 0.5, -0.0, 1.5, 1e308),
    *(math.nan, math.inf, -math.inf, "", "x" * 5_000, "\ud800", "fans", [], {}, [[]], ["fans"]),
    *([None], [1, "a"], {"fans": None}, [0.1, 2.0], [2**40], "csv", "nothing of the kind"),
)
LONGEST = 4_000  # of a sentence about what has changed


def make(chance: random.Random) -> bytes:
    """Make a manifest: harmed in its parts, or in its text, or now and then whole."""
    whole = _whole()
    draw = chance.random()
    if draw < 0.05:
        return _text(whole)
    if draw < 0.3:
        return damaged(chance, _text(whole), [_text(whole), b"[]", b"{}"])
    made = copy.deepcopy(whole)
    for _ in range(chance.choice((1, 1, 2, 6))):
        _harm(chance, made)
    return _text(made)


def read(where: Place, data: bytes | str) -> None:
    """Read a manifest as replaying does, up to the training, and cut an audience as it says."""
    assert isinstance(data, bytes)
    workspace = where.workspace
    if not contents(workspace).seed_lists:
        _furnish(workspace)
    before = contents(workspace).counts()
    path = workspace.path / "audience.json"
    path.write_bytes(data)
    try:
        asked = replaying.plan(workspace, manifest.read(path))
    finally:
        path.unlink()
        assert contents(workspace).counts() == before, "reading it changed the workspace"
    assert asked.spec.seed_list in LISTS, "a list from nowhere"
    assert set(asked.excluded.tolist()) <= set(range(len(samples.USERS))), "rows from nowhere"
    for change in asked.changes:
        assert 0 < len(change) <= LONGEST, "an endless sentence"
        assert change.isprintable(), "not printable"
    chosen = select(_ranking(), asked.cut, asked.excluded)
    assert 0 < len(chosen) <= len(samples.USERS), "no audience"
    assert not set(chosen.rows.tolist()) & set(asked.excluded.tolist()), "the excluded are in it"


def _furnish(workspace: Workspace) -> None:
    """Give a workspace of the sample users embeddings and lists."""
    vectors = np.random.default_rng(0).normal(size=(len(samples.USERS), 3))
    add_vectors(workspace, vectors)
    for name, rows in LISTS.items():
        save_list(workspace, name, np.array(rows))
    with workspace.write() as cursor:
        cursor.execute("UPDATE snapshots SET created = $1::TIMESTAMP", [MADE])


@functools.cache
def _ranking() -> Ranking:
    ranked = np.empty(len(samples.USERS), RANKED)
    ranked["row"] = np.arange(len(samples.USERS))[::-1]
    ranked["score"] = np.linspace(1, 0, len(samples.USERS))
    return Ranking(ranked, len(samples.USERS))


@functools.cache
def _whole() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lookalike-fuzz-") as folder:
        settings = Settings(threads=1)
        with Workspace.open(Path(folder) / "ws", create=True, settings=settings) as workspace:
            add_users(workspace, samples.USERS)
            _furnish(workspace)
            prints = {name: fingerprint(workspace, seeds.load(workspace, name)) for name in LISTS}
            (snapshot,) = snapshots.snapshots(workspace)
            held, fields = manifest.held(workspace), contacts.held(workspace)
    return {
        "format": manifest.FORMAT,
        "made": "2026-05-02T10:00:00Z",
        "program": {"lookalike": "0.1", "numpy": np.__version__},
        "workspace": held,
        "run": "0123456789",
        "spec": {"seed_list": "fans", "weight": [], "method": "ridge", "leave_out": [], "only": []}
        | {"snapshot": None, "past": None, "splits": 2, "random_state": 0, "active_days": None},
        "seeds": {"name": "fans", "rows": 20, "matched": 20, "sha256": prints["fans"]},
        "snapshot": {"id": snapshot.id, "dim": 3, "created": snapshot.created.isoformat()},
        "pool": [],
        "cut": {"size": 0.3, "least_score": None, "exclude": ["buyers"], "exclude_audiences": []}
        | {"holdout": 0.25, "salt": "", "tiers": [0.1, 0.2]},
        "excluded": {"buyers": prints["buyers"]},
        "counts": {"audience": 18, "written": 14},
        "export": {"template": "csv", "fields": fields},
        "files": [{"name": "audience.csv", "rows": 14, "sha256": "0" * 64, "bytes": 100}],
    }


def _text(made: object) -> bytes:
    # a lone surrogate is written as \ud800, as JSON may hold it
    return json.dumps(made, indent=2).encode()


def _harm(chance: random.Random, made: dict[str, Any]) -> None:
    """Take a part away, or put something else there: an odd value, or another part."""
    places = list(_places(made))
    holder, key = chance.choice(places)
    draw = chance.random()
    if draw < 0.2:
        del holder[key]
    elif draw < 0.35:
        other, there = chance.choice(places)
        holder[key] = copy.deepcopy(other[there])
    else:
        holder[key] = chance.choice((*VALUES, *ODD))


def _places(part: Any) -> list[tuple[Any, Any]]:
    """Return every place in a manifest: what holds it, and its name or number there."""
    keys = part.keys() if isinstance(part, dict) else range(len(part))
    found = [(part, key) for key in keys]
    for key in list(keys):
        if isinstance(part[key], dict | list):
            found += _places(part[key])
    return found
