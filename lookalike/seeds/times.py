"""When each seed of a list became one: its file's own date, or when the user was first seen."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.seeds import SeedList
from lookalike.workspace import Workspace


def known(workspace: Workspace) -> bool:
    """Whether seeds of this workspace can have a time: some interaction or some saved list has."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT EXISTS (FROM interactions WHERE ts IS NOT NULL) "
            "OR EXISTS (FROM seed_members WHERE moment IS NOT NULL)"
        ).fetchone()
    return bool(found and found[0])


def of(workspace: Workspace, seed_list: SeedList) -> NDArray[np.datetime64]:
    """Return the time of each seed, datetime64[s], NaT where it is not known, shape (P,).

    The list's own dates count where its file has any: they say when the users converted. Without
    them a user's first interaction does, which orders seeds by when they arrived.
    """
    if seed_list.times is not None:
        return seed_list.times
    with workspace.cursor() as cursor:
        cursor.register("seeds", pa.table({"row": pa.array(seed_list.rows, pa.int32())}))
        table = cursor.execute(
            "SELECT seeds.row, min(ts) AS first FROM seeds LEFT JOIN interactions USING (row) "
            "GROUP BY seeds.row ORDER BY seeds.row"
        ).to_arrow_table()
    return table["first"].to_numpy().astype("datetime64[s]")
