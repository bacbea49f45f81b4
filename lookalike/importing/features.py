"""Features: the raw sparse ones of a user, one a row or one a column."""

from __future__ import annotations

from lookalike.errors import BadInput, listed
from lookalike.importing.account import TABLE
from lookalike.importing.columns import EMPTY, Field, Match, is_word, number_of, text_of
from lookalike.importing.items import note_extras
from lookalike.importing.report import Changes
from lookalike.importing.sources import Source
from lookalike.importing.staging import Staging
from lookalike.importing.users import KNOWN, USER, settle_users
from lookalike.progress import Progress
from lookalike.workspace import quoted

FIELDS = (
    USER,
    Field("feature", "text", ("feature_name", "attribute", "tag")),
    Field("value", "number", ("weight", "count")),
)
EXTRAS = "become features, unless there is a column 'feature'"
RENAMES = True
NUMBERS = 0.9  # of the filled cells make a column one of numbers


def land(staging: Staging, strict: bool, progress: Progress) -> int:
    """Put each feature in place of what the user had under the same name.

    Returns:
        Rows kept.
    """
    if staging.given("feature"):
        _land_long(staging, strict, progress)
    else:
        _land_wide(staging, strict, progress)
    return staging.kept()


def _land_long(staging: Staging, strict: bool, progress: Progress) -> None:
    staging.load({}, lambda _source, _match: {}, progress.span(0, 0.6))
    note_extras(staging)
    staging.reject("feature is empty", "feature IS NULL")
    staging.reject_bad("value")
    staging.last_wins("user_id", "feature")
    settle_users(staging, strict)
    _remember(staging)
    progress.at(0.8, "Writing the features")
    staging.cursor.execute(
        f"CREATE TEMP TABLE fresh AS SELECT row, feature, coalesce(value, 1) AS value, n "
        f"FROM {TABLE} JOIN {KNOWN} USING (user_id)"
    )
    _replace(staging)


def _land_wide(staging: Staging, strict: bool, progress: Progress) -> None:
    names = staging.extras() + (["value"] if staging.given("value") else [])
    if not names:
        raise BadInput(
            "There is no column beside user_id to make features of.",
            "Either columns 'feature' and 'value', or one column a feature, was expected.",
        )
    columns = {name.casefold(): f"x{n}" for n, name in enumerate(names)}
    types = dict.fromkeys(columns.values(), "VARCHAR")
    types |= {f"{column}_number": "DOUBLE" for column in columns.values()}

    def expressions(source: Source, matched: Match) -> dict[str, str]:
        sql: dict[str, str] = {}
        value = {"value": matched.found["value"]} if "value" in matched.found else {}
        for name, column in (matched.extras | value).items():
            staged = columns[name.casefold()]
            boolean = source.types[column] == "boolean"
            sql[staged] = text_of(column)
            sql[f"{staged}_number"] = (
                f"CAST({quoted(column)} AS DOUBLE)" if boolean else number_of(column, source)
            )
        return sql

    staging.load(types, expressions, progress.span(0, 0.6))
    staging.last_wins("user_id")
    settle_users(staging, strict)
    _remember(staging)
    staging.cursor.execute(
        "CREATE TEMP TABLE fresh (row INTEGER, feature VARCHAR, value DOUBLE, n BIGINT)"
    )
    texts = []
    for place, name in enumerate(names):
        progress.at(0.6 + 0.3 * place / len(names), f"Writing the feature {name}")
        staged = columns[name.casefold()]
        if not _spread(staging, name, staged):
            texts.append(name)
    _replace(staging)
    if texts:
        staging.notes.append(f"Text, so each value became a feature of its own: {listed(texts, 12)}.")


def _spread(staging: Staging, name: str, staged: str) -> bool:
    """Turn a column into features; return whether it holds numbers (02139 is a code, not one).

    Where nine cells in ten are numbers, the others are mistakes and count as empty.
    """
    cursor = staging.cursor
    empty = is_word(staged, EMPTY)
    found = cursor.execute(
        f"SELECT count({staged}_number) >= {NUMBERS} * count_if({staged} IS NOT NULL AND NOT {empty}) "
        f"AND count({staged}_number) > 0 "
        f"AND NOT coalesce(bool_or(regexp_matches({staged}, '^[+-]?0[0-9]')), false) FROM {TABLE}"
    ).fetchone()
    numeric = bool(found and found[0])
    if numeric:
        staging.blank(
            f"{name} is not a finite number, as its other cells are",
            f"{staged}_number IS NULL AND {staged} IS NOT NULL AND NOT {empty}",
            staged,
        )
        cursor.execute(f"UPDATE {TABLE} SET {staged} = NULL WHERE {empty}")
    feature, value = ("?", f"{staged}_number") if numeric else (f"? || '=' || {staged}", "1")
    cursor.execute(
        f"DELETE FROM features USING {TABLE} JOIN {KNOWN} USING (user_id) WHERE {staged} IS NOT NULL "
        "AND features.row = users.row "
        "AND (features.feature = ? OR starts_with(features.feature, ? || '='))",
        [name, name],
    )
    cursor.execute(
        f"INSERT INTO fresh SELECT row, {feature}, {value}, n "
        f"FROM {TABLE} JOIN {KNOWN} USING (user_id) WHERE {staged} IS NOT NULL",
        [name],
    )
    return numeric


def _remember(staging: Staging) -> None:
    """Keep what these users had before, to tell what was new."""
    staging.cursor.execute(
        "CREATE TEMP TABLE before AS SELECT row, feature, value FROM features WHERE row IN "
        f"(SELECT users.row FROM {TABLE} JOIN {KNOWN} USING (user_id))"
    )


def _replace(staging: Staging) -> None:
    found = staging.cursor.execute(
        "SELECT count(*) FILTER (WHERE old.row IS NULL), "
        "count(*) FILTER (WHERE old.value <> fresh.value), "
        "count(*) FILTER (WHERE old.value = fresh.value) FROM fresh "
        "LEFT JOIN before AS old ON old.row = fresh.row AND old.feature = fresh.feature"
    ).fetchone()
    staging.changes = Changes("features", *(found or (0, 0, 0)))
    staging.cursor.execute(
        "DELETE FROM features USING fresh "
        "WHERE features.row = fresh.row AND features.feature = fresh.feature"
    )
    staging.cursor.execute(
        "INSERT INTO features SELECT row, feature, value FROM fresh ORDER BY n, feature"
    )
