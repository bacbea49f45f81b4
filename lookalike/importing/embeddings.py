"""Embeddings: one vector a user, as a list or as numeric columns, into a snapshot of their own."""

from __future__ import annotations

import re
from collections import defaultdict

from lookalike.errors import BadInput, listed, shown
from lookalike.importing.account import TABLE
from lookalike.importing.columns import Field, Match, looks_numeric, text_of
from lookalike.importing.report import Changes
from lookalike.importing.snapshots import (
    Snapshot,
    begin_snapshot,
    record_snapshot,
    touch_snapshot,
    user_table,
)
from lookalike.importing.sources import Source
from lookalike.importing.staging import Staging
from lookalike.importing.users import KNOWN, USER, settle_users
from lookalike.progress import Progress
from lookalike.workspace import quoted

FIELDS = (USER, Field("vector", "vector", ("embedding", "embeddings", "vec", "emb", "features")))
EXTRAS = "make the vector, where they are numbers and there is no column 'vector'"
RENAMES = False


def land(staging: Staging, strict: bool, progress: Progress) -> int:
    """Make a new snapshot of the vectors that can be used, or add them to the one in `staging.into`.

    Left out are vectors of another length than most, with a cell that is not a finite number, or
    all zero; of several vectors of a user the last one counts.

    Returns:
        Rows kept.

    Raises:
        BadInput: There is no column or no row to make a vector of.
    """
    staging.load({"vector": "FLOAT[]", "shown": "VARCHAR"}, _expressions, progress.span(0, 0.5))
    used = [column for source, match in _pairs(staging) for column in components(source, match)]
    if used:
        staging.notes.append(f"The vector is made of {len(used)} columns: {used[0]} … {used[-1]}.")
    progress.at(0.5, "Checking the vectors")
    staging.reject(
        "the vector is empty or no list of numbers", "vector IS NULL OR len(vector) = 0", "shown"
    )
    staging.reject(
        "the vector has a cell that is empty, not a number, or infinite",
        "list_count(vector) < len(vector) OR NOT isfinite(list_sum(vector))",
        "shown",
    )
    cursor = staging.cursor
    found = cursor.execute(
        f"SELECT len(vector) FROM {TABLE} GROUP BY 1 ORDER BY count(*) DESC, 1 DESC LIMIT 1"
    ).fetchone()
    if found is None:
        raise BadInput(
            "No row has a vector that can be used.", f"The first problem: {staging.rejected[0]}."
        )
    dim = int(found[0]) if staging.into is None else staging.into.dim
    like = "as most are" if staging.into is None else f"as those of snapshot {staging.into.id} are"
    staging.reject(
        f"the vector is not {dim} long, {like}",
        f"len(vector) <> {dim}",
        "len(vector) || ' long'",
    )
    staging.reject("the vector is all zero", "list_min(vector) = 0 AND list_max(vector) = 0")
    staging.last_wins("user_id")
    settle_users(staging, strict)
    kept = staging.kept()
    if not kept:
        raise BadInput(
            "No row has a vector that can be used.", f"The first problem: {staging.rejected[0]}."
        )
    progress.at(0.7, f"Writing {kept:,} vectors")
    source = ", ".join(source.name for source in staging.sources)
    if staging.into is not None:
        _add(staging, staging.into, source)
        return kept
    snapshot = begin_snapshot(cursor, dim)
    cursor.execute(
        f"INSERT INTO {user_table(snapshot)} SELECT users.row, CAST(vector AS FLOAT[{dim}]) "
        f"FROM {TABLE} JOIN {KNOWN} USING (user_id) ORDER BY users.row"
    )
    how = {"views": [["imported", 0, dim]]}
    record_snapshot(cursor, snapshot, kind="imported", dim=dim, source=source, how=how)
    staging.changes = Changes("vectors", kept, 0, 0)
    staging.notes.append(f"They are snapshot {snapshot}, with {dim} columns.")
    return kept


def _add(staging: Staging, into: Snapshot, source: str) -> None:
    """Put the staged vectors in place of, or beside, those of a snapshot, which stays in row order."""
    cursor = staging.cursor
    cursor.execute(
        f"CREATE TEMP TABLE incoming_vectors AS SELECT users.row, CAST(vector AS FLOAT[{into.dim}]) "
        f"AS vector FROM {TABLE} JOIN {KNOWN} USING (user_id)"
    )
    found = cursor.execute(
        "SELECT count(*) FILTER (WHERE old.row IS NULL), "
        "count(*) FILTER (WHERE old.vector <> new.vector), "
        "count(*) FILTER (WHERE old.vector = new.vector) "
        f"FROM incoming_vectors AS new LEFT JOIN {into.table} AS old USING (row)"
    ).fetchone()
    staging.changes = Changes("vectors", *(found or (0, 0, 0)))
    if not staging.changes.new and not staging.changes.changed:
        return
    cursor.execute(
        f"CREATE TEMP TABLE all_vectors AS SELECT * FROM {into.table} "
        "ANTI JOIN incoming_vectors USING (row) UNION ALL FROM incoming_vectors"
    )
    cursor.execute(f"DELETE FROM {into.table}")
    cursor.execute(f"INSERT INTO {into.table} FROM all_vectors ORDER BY row")
    touch_snapshot(cursor, into, source)
    staging.notes.append(f"They went into snapshot {into.id}, which was rebuilt.")


def components(source: Source, match: Match) -> list[str]:
    """Return the columns that make the vector, in file order; none where one column holds it.

    Numbered columns of one stem (e0, e1, …) are preferred; without them it is every other column
    of numbers.

    Raises:
        BadInput: There is nothing to make a vector of.
    """
    if "vector" in match.found:
        return []
    head = source.head()
    numeric = [
        column
        for column in match.extras.values()
        if source.types[column] in ("integer", "float")
        or (source.types[column] == "text" and looks_numeric(_texts(head, column, source)))
    ]
    stems: dict[str, list[str]] = defaultdict(list)
    for column in match.extras.values():
        numbered = re.fullmatch(r"(.*?)[ _.\-]?\d+", column)
        if numbered:
            stems[numbered[1].casefold()].append(column)
    longest = max(stems.values(), key=len, default=[])
    chosen = longest if len(longest) > 1 and len(set(longest) & set(numeric)) > 1 else numeric
    if not chosen:
        raise BadInput(
            f"{source.name} has neither a column 'vector' nor numeric columns; "
            f"it has: {listed(source.columns, 8)}.",
            "Name the column that holds the vectors: --map vector=COLUMN",
        )
    return chosen


def _expressions(source: Source, match: Match) -> dict[str, str]:
    columns = components(source, match)
    if columns:
        cells = ", ".join(_number(quoted(column), source) for column in columns)
        return {"vector": f"CAST([{cells}] AS FLOAT[])"}
    column = quoted(match.found["vector"])
    held = source.types[match.found["vector"]]
    if held == "list":
        return {"vector": f"TRY_CAST({column} AS FLOAT[])"}
    if held != "text":
        raise BadInput(
            f"{shown(match.found['vector'])} in {source.name} holds {held} values, not vectors.",
            'A list, or text such as "[0.1, 0.2]", was expected.',
        )
    bare = f"trim({text_of(match.found['vector'])}, ' []()')"
    cells = f"regexp_split_to_array({bare}, '\\s*[,;|]\\s*|\\s+')"
    return {"vector": f"TRY_CAST({cells} AS FLOAT[])", "shown": column}


def _number(column: str, source: Source) -> str:
    point = f"replace({column}, ',', '.')" if source.decimal_comma else column
    return f"TRY_CAST({point} AS FLOAT)"


def _texts(head: object, column: str, source: Source) -> list[str | None]:
    values = head.column(column).to_pylist()  # type: ignore[attr-defined]
    return [v.replace(",", ".") if v and source.decimal_comma else v for v in values]


def _pairs(staging: Staging) -> list[tuple[Source, Match]]:
    return list(zip(staging.sources[:1], staging.matches[:1], strict=True))
