"""Writing an audience in a template's form: whole or not at all, and with an account of what is in it.

Ids stay verbatim in every file, even those that a spreadsheet would read as a formula: programs join
on them. Only free text is neutralised. No column holds a phone number in plain, so no cell begins
with its plus.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from lookalike import contacts
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.export import accounts
from lookalike.export.normalise import neutral
from lookalike.export.places import country_table, state_table
from lookalike.export.prepared import preparing
from lookalike.export.templates import Column, Template
from lookalike.workspace import Workspace, quoted, whole_file

FORMATS = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet, COMPRESSION zstd"}
LOOKED_AT = 1_000  # members that a preview tries first


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and what is in it.

    Attributes:
        rows: Users in it.
        left_out: Members that are not, by reason.
        filled: Cells that hold something, by column.
        repaired: Values that were completed or cut to the platform's rule, by field.
        unusable: Values that are there and could not be used, by field.
        sha256: Of the file.
        bytes: Its size.
        columns: Their headers.
        hashed: Those of them that hold SHA-256 only.
        warnings: Sentences that somebody should read before uploading it.
    """

    rows: int
    left_out: Mapping[str, int]
    filled: Mapping[str, int]
    repaired: Mapping[str, int]
    unusable: Mapping[str, int]
    sha256: str
    bytes: int
    columns: tuple[str, ...]
    hashed: tuple[str, ...]
    warnings: tuple[str, ...]

    def notes(self) -> list[str]:
        """Say what was repaired and what could not be used, one sentence a field."""
        return accounts.notes(self.repaired, self.unusable)

    def report(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def write(
    workspace: Workspace,
    members: pa.Table,
    template: Template,
    path: Path,
    fields: Mapping[str, str] | None = None,
) -> Written:
    """Write members as a template wants them, in the order of their ranks.

    The same members and the same workspace give the same bytes.

    Args:
        workspace: Where the users are.
        members: Columns row, score, rank, percentile and, if it is to be written, tier, as
            `Selection.table` gives them: each user once.
        template: What to write.
        path: Of the file; it stands under this name only once it is complete.
        fields: Our name of a field of contact data to the attribute that holds it; None for those
            whose names tell.

    Raises:
        BadInput: There is nobody to write, nothing that the platform could match by, or the file
            cannot be written there.
        NotFound: No such field or attribute.
    """
    columns = columns_of(template, members)
    with _prepared(workspace, members, template, fields) as (cursor, held):
        try:
            with whole_file(path) as partial:
                account = _copied(cursor, template, columns, len(members), partial)
                with partial.open("rb") as handle:
                    digest = hashlib.file_digest(handle, "sha256").hexdigest()
                size = partial.stat().st_size
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise _unwritable(path, error) from error
    return Written(
        rows=account.rows,
        left_out=account.left_out,
        filled=account.filled,
        repaired=account.repaired,
        unusable=account.unusable,
        sha256=digest,
        bytes=size,
        columns=tuple(column.header for column in columns),
        hashed=tuple(column.header for column in columns if column.hashed),
        warnings=accounts.warnings(template, account, size, held),
    )


def _copied(
    cursor: duckdb.DuckDBPyConnection,
    template: Template,
    columns: tuple[Column, ...],
    members: int,
    path: Path,
) -> accounts.Account:
    """Write the file under its temporary name and return what is in it."""
    found = cursor.execute(
        f"COPY ({_cells(template, columns)}) TO ? ({FORMATS[template.suffix]})", [str(path)]
    ).fetchone()
    if template.fields:
        account = accounts.take(cursor, template, members)
        reason = f"None of these {members:,} users has {accounts.wanted(template)}."
        hint = "Import more of their contact data, or export by your own ids."
    else:
        account = accounts.of_ids(found[0] if found else 0, members)
        reason = f"None of these {members:,} users is a user of the workspace any longer."
        hint = "Expand the list again."
    if not account.rows:
        raise BadInput(reason, hint)
    return account


def preview(
    workspace: Workspace,
    members: pa.Table,
    template: Template,
    fields: Mapping[str, str] | None = None,
    rows: int = 5,
) -> pa.Table:
    """Return the first rows of what `write` would write, none where nobody can be written.

    Raises:
        BadInput, NotFound: As `write`.
    """
    columns = columns_of(template, members)
    found = None
    for some in (members.slice(0, LOOKED_AT), members):
        with _prepared(workspace, some, template, fields) as (cursor, _):
            found = cursor.execute(f"{_cells(template, columns)} LIMIT ?", [rows]).to_arrow_table()
        if len(found) >= min(rows, len(members)):
            break
    return found


def columns_of(template: Template, members: pa.Table) -> tuple[Column, ...]:
    """Return the columns that the file will have: a tier only where the members have one."""
    tiered = "tier" in members.column_names
    return tuple(column for column in template.columns if tiered or column.field != "tier")


@contextmanager
def _prepared(
    workspace: Workspace, members: pa.Table, template: Template, fields: Mapping[str, str] | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str]]]:
    """Give a cursor with the table `prepared`, and which attribute holds which field."""
    if not len(members):
        raise BadInput("The audience is empty: there is nobody to write.", "Choose a larger size.")
    held = _held(workspace, template, fields) if template.fields else {}
    with workspace.cursor() as cursor:
        try:
            if template.fields:
                cursor.register("members", members)
                cursor.register("countries", country_table())
                cursor.register("states", state_table())
                cursor.execute(f"CREATE TEMP TABLE prepared AS {_preparing(template, held)}")
            else:
                cursor.register("prepared", _with_ids(cursor, members))
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise _unwritable(workspace.path, error) from error
        yield cursor, held


def _with_ids(cursor: duckdb.DuckDBPyConnection, members: pa.Table) -> pa.Table:
    """Return those members who are still users, in the order of their ranks, with their user_id.

    All users are read past the members once. A join, and a sort after it, took twice as long.
    """
    ranks, rows = members["rank"].to_numpy(), members["row"].to_numpy()
    if (ranks[1:] < ranks[:-1]).any():
        return _with_ids(cursor, members.sort_by("rank"))
    place = np.full(rows.max() + 1, -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    places, ids = [np.array([], np.int32)], [pa.array([], pa.large_string())]
    asked = cursor.execute("SELECT row, user_id FROM users WHERE row < ?", [len(place)])
    for batch in asked.to_arrow_reader():
        found = place[batch["row"].to_numpy()]
        here = found >= 0
        places.append(found[here])
        ids.append(batch["user_id"].filter(pa.array(here)).cast(pa.large_string()))
    at = np.full(len(rows), -1, np.int64)
    known = np.concatenate(places)
    at[known] = np.arange(len(known))
    if len(known) < len(rows):  # somebody is not a user any longer
        there = at >= 0
        members, at = members.filter(pa.array(there)), at[there]
    return members.append_column("user_id", pa.concat_arrays(ids).take(pa.array(at)))


def _held(workspace: Workspace, template: Template, fields: Mapping[str, str] | None) -> dict[str, str]:
    """Return which attribute holds which field, checked."""
    held = dict(contacts.held(workspace) if fields is None else fields)
    known = contacts.attributes(workspace)
    for field, attribute in held.items():
        if field not in contacts.NAMES:
            raise NotFound(
                f"{field!r} is not a field of contact data.", did_you_mean(field, contacts.NAMES)
            )
        if attribute not in known:
            raise NotFound(f"The users have no attribute {attribute!r}.", did_you_mean(attribute, known))
    there = {field.removesuffix("_sha256") for field in held}
    if not any(there.issuperset(group) for group in template.identifiers):
        raise BadInput(
            f"No attribute of the users holds {accounts.wanted(template)}, which "
            f"{template.platform} needs to find people.",
            "Import users with such a column (email, phone, madid, …), or say which attribute it is.",
        )
    return held


def _preparing(template: Template, held: Mapping[str, str]) -> str:
    """Return SQL for the table that a platform's file is written from."""
    forms = {column.field: column.form for column in template.columns if column.form}
    hashed = {column.field for column in template.columns if column.hashed}
    return preparing(held, forms, template.identifiers, hashed)


def _cells(template: Template, columns: tuple[Column, ...]) -> str:
    """Return SQL for the file's rows."""
    cells = []
    for column in columns:
        if not column.field:
            value = "CAST(NULL AS VARCHAR)"
        elif column.field == "percentile" and template.suffix == ".csv":
            value = "CAST(percentile AS DECIMAL(7, 4))"  # its four places, twice as fast as a double
        elif not column.form:
            value = column.field
        elif column.hashed:
            value = f"coalesce(sha256(normal_{column.field}), hash_{column.field})"
        else:
            value = f"normal_{column.field}"
        if column.free_text and template.suffix == ".csv":
            value = neutral(value)
        cells.append(f"{value} AS {quoted(column.header)}")
    # ranked before they are hashed: there is less to sort
    rows = "(SELECT * FROM prepared WHERE kept ORDER BY rank)" if template.fields else "prepared"
    return f"SELECT {', '.join(cells)} FROM {rows}"


def _unwritable(path: Path, error: Exception) -> BadInput:
    reason = getattr(error, "strerror", None) or str(error).splitlines()[0].rpartition(": ")[2]
    return BadInput(
        f"{path} cannot be written: {reason}.", "Choose a folder that exists and has room for it."
    )
