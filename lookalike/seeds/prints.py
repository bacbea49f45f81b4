"""A fingerprint of a seed list: whether it is still the list that it was."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from lookalike.seeds.matching import SeedList
from lookalike.workspace import Workspace


def fingerprint(workspace: Workspace, seed_list: SeedList) -> str:
    """Return a SHA-256 of a list's user ids and values, the same in every workspace."""
    place = np.arange(len(seed_list.rows), dtype=np.int32)
    with workspace.cursor() as cursor:
        cursor.register("listed", pa.table({"row": seed_list.rows, "place": place}))
        found = cursor.execute(
            "SELECT user_id, place FROM listed JOIN users USING (row) ORDER BY user_id"
        ).to_arrow_table()
    digest = hashlib.sha256()
    for chunk in found["user_id"].cast(pa.large_binary()).iterchunks():
        for text in chunk:
            digest.update(text.as_py() + b"\n")
    order = found["place"].to_numpy()
    for name, values in sorted(seed_list.values.items()):
        digest.update(name.encode() + b"\n")
        digest.update(np.ascontiguousarray(values[order], "<f8").tobytes())
    return digest.hexdigest()
