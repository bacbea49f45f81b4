"""Prefixes and suffixes that a list's ids have and the workspace's lack, or the other way round."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from lookalike.seeds.rules import Way, rule

# letters and signs in front; what stands up to the first or the last sign; the same from behind
FRONT = (r"^[^0-9]+", r"^[^_:|.#/\\-]+[_:|.#/\\-]+", r"^.*[_:|.#/\\-]")
BEHIND = (r"[^0-9]+$", r"[_:|.#/@\\-]+[^_:|.#/@\\-]+$", r"[_:|.#/@\\-].*$")
COMMONEST = 4
LEAST_SHARE = 0.01
SAMPLE = 1_000
KEPT = 3
LONGEST = 40


def likely(cursor: duckdb.DuckDBPyConnection, ids: pa.StringArray) -> list[Way]:
    """Return the rules about prefixes and suffixes that would match some of a sample of ids.

    Args:
        cursor: Reads the workspace.
        ids: (n,) distinct ids that nothing else explains.

    Returns:
        At most three, the one that matches most first.
    """
    if not len(ids):
        return []
    sample = ids.take(pa.array(np.unique(np.linspace(0, len(ids) - 1, SAMPLE).astype(np.int64))))
    cursor.register("sample", pa.table({"id": sample}))
    ours = {"add-prefix": FRONT, "add-suffix": BEHIND}
    theirs = {"drop-prefix": FRONT, "drop-suffix": BEHIND}
    pairs = {
        (kind, affix)
        for source, wanted in (("users", ours), ("sample", theirs))
        for kind, patterns in wanted.items()
        for pattern in patterns
        for affix in _common(cursor, source, pattern)
    }
    found: list[tuple[str, str]] = []
    if pairs:
        kinds, affixes = zip(*sorted(pairs), strict=True)
        cursor.register("affixes", pa.table({"kind": list(kinds), "affix": list(affixes)}))
        found = cursor.execute(
            "WITH tried AS (SELECT kind, affix, CASE "
            "WHEN kind = 'add-prefix' THEN affix || id "
            "WHEN kind = 'add-suffix' THEN id || affix "
            "WHEN kind = 'drop-prefix' AND starts_with(id, affix) THEN substr(id, length(affix) + 1) "
            "WHEN kind = 'drop-suffix' AND ends_with(id, affix) "
            "THEN left(id, length(id) - length(affix)) END AS key FROM sample, affixes) "
            "SELECT kind, affix FROM tried SEMI JOIN users ON users.user_id = tried.key "
            "GROUP BY kind, affix ORDER BY count(*) DESC, length(affix) DESC, kind, affix LIMIT ?",
            [KEPT],
        ).fetchall()
        cursor.unregister("affixes")
    cursor.unregister("sample")
    return [rule(f"{kind}:{affix}") for kind, affix in found]


def _common(cursor: duckdb.DuckDBPyConnection, source: str, pattern: str) -> list[str]:
    """Return the commonest parts of ids that a pattern takes, of those that one in a hundred has."""
    column = "user_id" if source == "users" else "id"
    found = cursor.execute(
        f"WITH parts AS (SELECT regexp_extract({column}, ?) AS affix FROM {source}) "
        "SELECT affix FROM parts WHERE length(affix) BETWEEN 1 AND ? GROUP BY affix "
        "HAVING count(*) >= ? * (SELECT count(*) FROM parts) ORDER BY count(*) DESC, affix LIMIT ?",
        [pattern, LONGEST, LEAST_SHARE, COMMONEST],
    ).fetchall()
    return [affix for (affix,) in found]
