"""The columns of a kind of table: found by name or alias, and read as SQL expressions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lookalike.errors import COMPARED, LONGEST, BadInput, did_you_mean, listed, shown
from lookalike.importing.sources import Source
from lookalike.workspace import quoted

Reading = Literal["id", "text", "number", "time", "vector"]

USER_ID = ("userid", "uid", "user", "member_id", "memberid", "customer_id", "customerid", "account_id",
           "subscriber_id", "visitor_id")  # fmt: skip
ITEM_ID = ("itemid", "iid", "item", "pin_id", "pinid", "product_id", "productid", "sku", "article_id",
           "movie_id", "movieid", "artist_id", "content_id")  # fmt: skip

# Words that stand for an empty cell, in lower case; in an id only those that no one is called.
NO_ID = ("nan", "null", "none", "<na>", "#n/a", "\\n", "nat", "undefined")
EMPTY = (*NO_ID, "na", "n/a", "-", "?")

# Whole days written as one number (20260131) lie between these; as seconds they would be in 1970.
FIRST_DAY, LAST_DAY = 19000101, 21001231


@dataclass(frozen=True, slots=True)
class Field:
    """A column that a kind of table knows.

    Attributes:
        name: Our name.
        reading: How its cells are read.
        aliases: Other names, in lower case with underscores.
        required: Whether an import cannot do without it.
    """

    name: str
    reading: Reading
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Which column of a source is which.

    Attributes:
        found: Our name to the source's column.
        extras: What the other columns shall be called, to the source's column; without those
            whose name the mapping has given to another column.
    """

    found: dict[str, str]
    extras: dict[str, str]


def match(
    fields: Sequence[Field],
    source: Source,
    mapping: Mapping[str, str],
    renames: bool,
    unclear: dict[str, tuple[str, ...]] | None = None,
) -> Match:
    """Find the columns of a source.

    Args:
        fields: The columns that the kind knows.
        source: The file or table.
        mapping: Our name to the source's column, as the user says it.
        renames: Whether `mapping` may also name columns that the kind does not know.
        unclear: Receives the fields that several columns could be, with these; without it, such
            a field is an error.

    Raises:
        BadInput: `mapping` names what does not exist, or two columns could be the same one.
    """
    by_name = {_plain(column): column for column in source.columns}
    known = [one.name for one in fields]
    found: dict[str, str] = {}
    extras: dict[str, str] = {}
    for ours, theirs in mapping.items():
        if ours not in known and not renames:
            raise BadInput(f"{shown(ours)} is not a column to map to.", did_you_mean(ours, known))
        column = theirs if theirs in source.types else by_name.get(_plain(theirs))
        if column is None:
            raise BadInput(
                f"{source.name} has no column {shown(theirs)} to use as {shown(ours)}.",
                did_you_mean(theirs, source.columns),
            )
        (found if ours in known else extras)[ours] = column
    taken = {*found.values(), *extras.values()}
    for one in fields:
        if one.name in found:
            continue
        names = [one.name, *one.aliases]
        candidates = [by_name[name] for name in names if name in by_name and by_name[name] not in taken]
        if len(candidates) > 1 and _plain(candidates[0]) != one.name:
            if unclear is not None:
                unclear[one.name] = tuple(candidates)
                continue
            both = " and ".join(map(shown, candidates[:2]))
            raise BadInput(
                f"In {source.name} both {both} could be {one.name!r}.",
                f"Say which: --map {one.name}={listed(candidates[:1], 1)}",
            )
        if candidates:
            found[one.name] = candidates[0]
            taken.add(candidates[0])
    given = {name.casefold() for name in (*found, *extras)}
    extras |= {c: c for c in source.columns if c not in taken and c.casefold() not in given}
    return Match(found, extras)


def missing(fields: Sequence[Field], matched: Match) -> tuple[str, ...]:
    """Return our names of the required columns that were not found."""
    return tuple(one.name for one in fields if one.required and one.name not in matched.found)


def require(fields: Sequence[Field], source: Source, matched: Match) -> None:
    """Refuse a source that lacks a required column, or whose ids are not ids.

    Raises:
        BadInput: Naming the columns that were found.
    """
    lacking = missing(fields, matched)
    if lacking:
        meant = _meant(next(one for one in fields if one.name == lacking[0]), matched)
        raise BadInput(
            f"{source.name} has no column {lacking[0]!r}; it has: {listed(source.columns, 8)}.",
            f"Did you mean {shown(meant)}? Then say so: --map {lacking[0]}={listed([meant], 1)}"
            if meant
            else "The first line must name the columns. "
            f"If one of these is it: --map {lacking[0]}=COLUMN",
        )
    for one in fields:
        held = source.types[matched.found[one.name]] if one.name in matched.found else "text"
        if one.reading == "id" and held not in ("text", "integer", "other"):
            raise BadInput(
                f"{shown(matched.found[one.name])} in {source.name} holds {held} values; "
                "ids must be text or whole numbers, or they would change on the way.",
                "Write that column as text or as whole numbers.",
            )


def _meant(lacking: Field, matched: Match) -> str | None:
    """Return the unused column whose name is closest to a field's, if one is close."""
    short = [column for column in matched.extras.values() if len(column) <= LONGEST]
    free = {_plain(column): column for column in short[:COMPARED]}
    close = [
        (difflib.SequenceMatcher(None, name, found).ratio(), found)
        for name in (lacking.name, *lacking.aliases)
        for found in difflib.get_close_matches(name, list(free), n=1, cutoff=0.75)
    ]
    return free[max(close)[1]] if close else None


def text_of(column: str) -> str:
    """Return SQL for a column as text, exactly as it stands; empty text is NULL."""
    return f"nullif(CAST({quoted(column)} AS VARCHAR), '')"


def number_of(column: str, source: Source) -> str:
    """Return SQL for a column as a finite DOUBLE; NULL where it is none."""
    number = f"TRY_CAST({quoted(column)} AS DOUBLE)"
    if source.decimal_comma:
        number = f"coalesce({number}, TRY_CAST(replace({quoted(column)}, ',', '.') AS DOUBLE))"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def moment_of(column: str, source: Source) -> str:
    """Return SQL for a column as a TIMESTAMP in UTC; NULL where it is none.

    Read are timestamps and dates, ISO text with or without an offset, 31.01.2026, 20260131, and
    seconds, milli-, micro- or nanoseconds since 1970 by their size.
    """
    name = quoted(column)
    held = source.types[column]
    if held == "zoned":
        return f"{name} AT TIME ZONE 'UTC'"
    if held == "time":
        return f"CAST({name} AS TIMESTAMP)"
    if held in ("integer", "float"):
        return _epoch(f"CAST({name} AS DOUBLE)")
    text = f"trim({text_of(column)})"
    dotted = "['%d.%m.%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M:%S']"
    return (
        f"CASE WHEN TRY_CAST({text} AS DOUBLE) IS NOT NULL THEN {_epoch(f'TRY_CAST({text} AS DOUBLE)')} "
        rf"WHEN regexp_matches({text}, '\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$') "
        f"THEN TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
        f"ELSE coalesce(TRY_CAST({text} AS TIMESTAMP), try_strptime({text}, {dotted})) END"
    )


def is_word(text: str, words: Sequence[str]) -> str:
    """Return SQL for whether a text is one of some words, whatever its capitals; NULL is none."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"coalesce(lower(trim({text})) IN ({listed}), false)"


def looks_numeric(values: Sequence[str | None]) -> bool:
    """Whether there are values and each is a number; 02139 is a code, not a number."""
    held = [value for value in values if value is not None]
    return bool(held) and all(
        re.fullmatch(r"\s*[+-]?(0|[1-9]\d*|\d*\.\d+|0\.\d*|[1-9]\d*\.)([eE][+-]?\d+)?\s*", value)
        for value in held
    )


def _epoch(number: str) -> str:
    day = f"CASE WHEN {number} BETWEEN {FIRST_DAY} AND {LAST_DAY} THEN "
    day += f"try_strptime(CAST(CAST({number} AS BIGINT) AS VARCHAR), '%Y%m%d') END"
    micros = (
        f"CASE WHEN abs({number}) < 1e11 THEN {number} * 1e6 "
        f"WHEN abs({number}) < 1e14 THEN {number} * 1e3 "
        f"WHEN abs({number}) < 1e17 THEN {number} WHEN abs({number}) < 9e18 THEN {number} / 1e3 END"
    )
    return f"coalesce({day}, make_timestamp(TRY_CAST({micros} AS BIGINT)))"


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip()).casefold()
