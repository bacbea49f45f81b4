"""The four communities with a few more lists, and what a run of many lists is asked of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lookalike import batch
from lookalike.batch import Files, Spec
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import COMMUNITIES, PER_COMMUNITY, communities, save_list

LISTS = ("fans", "few", "buyers", "first", "last")


def opened(folder: Path) -> Workspace:
    return Workspace.open(folder, settings=Settings(threads=1))


def filled(folder: Path) -> dict[str, np.ndarray]:
    """The communities; "first" and "last" hold 24 users of the first and the last of them."""
    known = communities(folder)
    rng = np.random.default_rng(7)
    with opened(folder) as workspace:
        for name, place in (("first", 0), ("last", COMMUNITIES - 1)):
            members = np.arange(place * PER_COMMUNITY, (place + 1) * PER_COMMUNITY - 8)
            known[name] = np.sort(rng.choice(members, 24, replace=False))
            save_list(workspace, name, known[name])
    return known


def expanded(workspace: Workspace, spec: Spec, folder: Path | None = None, **options) -> batch.Batch:
    files = None if folder is None else Files(folder)
    return batch.carry_out(workspace, batch.ask(workspace, spec), files=files, **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Every audience file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}
