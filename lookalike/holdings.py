"""Who has what, counted by group: attributes, items, categories and imported features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike import contacts
from lookalike.workspace import Workspace, quoted

Place = tuple[int, float, float]  # users of whom a number is known, its mean and variance


@dataclass(frozen=True, eq=False, slots=True)
class Holdings:
    """How many users of each group have each thing.

    Attributes:
        kinds: "attribute", "category", "item" or "feature", one a thing.
        names: What it is called inside: "country=DE", a category, an item_id, a feature.
        labels: What to call it for people.
        counts: int64, shape (things, groups).
        means: For each number that is known of users its name and, group by group, of how many it
            is known, its mean and its variance (ddof 1).
    """

    kinds: list[str]
    names: list[str]
    labels: list[str]
    counts: NDArray[np.int64]
    means: dict[str, list[Place]]


ITEMS_EACH = "Different items of a user"


def counted(workspace: Workspace, groups: list[NDArray[np.int32]], least: int = 1) -> Holdings:
    """Count all that is known of the users, in each of some groups of them.

    What names one person each (mail addresses, phones) is not looked at.

    Args:
        workspace: Where they are.
        groups: `users.row` of each group, without repeats; a user may be in several.
        least: Attribute values and features that fewer users of all groups have are passed over.
    """
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT coalesce(max(row) + 1, 0) FROM users").fetchone()
        within = np.zeros((int(found[0]) if found else 0, len(groups)), bool)
        for place, rows in enumerate(groups):
            within[rows, place] = True
        somebody = np.flatnonzero(within.any(axis=1)).astype(np.int32)
        columns = {f"g{place}": within[somebody, place] for place in range(len(groups))}
        cursor.register("grouped", pa.table({"row": somebody, **columns}))
        known = contacts.attributes(workspace)
        personal = contacts.personal(known)
        lines = [
            *_attributes(cursor, [name for name in known if name not in personal], len(groups), least),
            *_features(cursor, len(groups), least),
        ]
        means = _feature_means(cursor, len(groups))
        items, labels, belongs, categories = _items(cursor)
        taken = _taken(cursor, len(within), len(items))
        if len(items):
            each = np.diff(taken.indptr)
            means[ITEMS_EACH] = [_moments(each[rows]) for rows in groups]
    grouped = within.astype(np.int32)
    by_item = taken.T @ grouped
    by_category = _binary(taken @ belongs).T @ grouped
    return Holdings(
        kinds=[kind for kind, *_ in lines] + ["category"] * len(categories) + ["item"] * len(items),
        names=[name for _, name, *_ in lines] + categories + items,
        labels=[label for _, _, label, *_ in lines] + categories + labels,
        counts=np.concatenate(
            [
                np.array([counts for *_, counts in lines], np.int64).reshape(-1, len(groups)),
                by_category.astype(np.int64),
                by_item.astype(np.int64),
            ]
        ),
        means=means,
    )


def of_user(workspace: Workspace, row: int) -> set[tuple[str, str]]:
    """Return the kind and name of all that one user has, as `Holdings` names it."""
    known = contacts.attributes(workspace)
    personal = contacts.personal(known)
    with workspace.cursor() as cursor:
        held = {
            ("attribute", f"{name}={value}")
            for name in known
            if name not in personal
            for (value,) in cursor.execute(
                f"SELECT CAST({quoted(name)} AS VARCHAR) FROM users "
                f"WHERE row = ? AND {quoted(name)} IS NOT NULL",
                [row],
            ).fetchall()
        }
        sources = {
            "item": "SELECT DISTINCT item_id FROM interactions WHERE row = ?",
            "category": "SELECT DISTINCT category FROM interactions JOIN items USING (item_id) "
            "WHERE row = ? AND category <> ''",
            "feature": "SELECT feature FROM features WHERE row = ? AND value <> 0",
        }
        for kind, source in sources.items():
            held |= {(kind, name) for (name,) in cursor.execute(source, [row]).fetchall()}
    return held


Line = tuple[str, str, str, tuple[int, ...]]


def _attributes(
    cursor: duckdb.DuckDBPyConnection, names: list[str], groups: int, least: int
) -> Iterator[Line]:
    for name in names:
        found = cursor.execute(
            f"SELECT CAST(users.{quoted(name)} AS VARCHAR), {_in_groups('true', groups)} "
            f"FROM users JOIN grouped ON grouped.row = users.row "
            f"WHERE users.{quoted(name)} IS NOT NULL GROUP BY 1 HAVING count(*) >= ? ORDER BY 1",
            [least],
        ).fetchall()
        for value, *counts in found:
            yield "attribute", f"{name}={value}", f"{name.replace('_', ' ')}: {value}", tuple(counts)


def _features(cursor: duckdb.DuckDBPyConnection, groups: int, least: int) -> Iterator[Line]:
    found = cursor.execute(
        f"SELECT feature, {_in_groups('value <> 0', groups)} "
        "FROM features JOIN grouped USING (row) GROUP BY feature HAVING count(*) >= ? ORDER BY feature",
        [least],
    ).fetchall()
    for name, *counts in found:
        yield "feature", name, name.replace("=", ": ", 1).replace("_", " "), tuple(counts)


def _feature_means(cursor: duckdb.DuckDBPyConnection, groups: int) -> dict[str, list[Place]]:
    """Means of the features that are more than a mark, over the users of whom they are known."""
    picks = ", ".join(
        f"count(*) FILTER (g{place}), avg(value) FILTER (g{place}), var_samp(value) FILTER (g{place})"
        for place in range(groups)
    )
    found = cursor.execute(
        f"SELECT feature, {picks} FROM features JOIN grouped USING (row) GROUP BY feature "
        "HAVING min(value) FILTER (value <> 0) < max(value) FILTER (value <> 0) ORDER BY feature"
    ).fetchall()
    return {
        name: [
            (int(rest[at]), float(rest[at + 1] or 0), float(rest[at + 2] or 0))
            for at in range(0, 3 * groups, 3)
        ]
        for name, *rest in found
    }


def _in_groups(condition: str, groups: int) -> str:
    return ", ".join(f"count(*) FILTER (grouped.g{place} AND {condition})" for place in range(groups))


def _items(
    cursor: duckdb.DuckDBPyConnection,
) -> tuple[list[str], list[str], sp.csr_matrix, list[str]]:
    """Return the ids of the items, what to call them, which category each is of, and these."""
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE codes AS SELECT item_id, "
        "(row_number() OVER (ORDER BY item_id) - 1)::INTEGER AS code "
        "FROM (SELECT DISTINCT item_id FROM interactions)"
    )
    found = cursor.execute(
        "SELECT item_id, any_value(title), any_value(category) FROM codes LEFT JOIN items "
        "USING (item_id) GROUP BY item_id ORDER BY item_id"
    ).fetchall()
    categories = sorted({category for *_, category in found if category})
    place = {category: number for number, category in enumerate(categories)}
    cells = [(line, place[category]) for line, (*_, category) in enumerate(found) if category]
    lines, columns = np.array(cells, np.int64).reshape(-1, 2).T
    belongs = sp.csr_matrix(
        (np.ones(len(cells), np.int32), (lines, columns)), shape=(len(found), len(categories))
    )
    labels = [title or f"item {item}" for item, title, _ in found]
    return [item for item, *_ in found], labels, belongs, categories


def _taken(cursor: duckdb.DuckDBPyConnection, users: int, items: int) -> sp.csr_matrix:
    """Return who has which item, 0/1, int32, shape (users, items).

    Several events of a user with an item are told apart here: DISTINCT in the database takes twice
    the time of the whole.
    """
    cells = cursor.execute("SELECT row, code FROM interactions JOIN codes USING (item_id)").fetchnumpy()
    rows, codes = np.asarray(cells["row"], np.int32), np.asarray(cells["code"], np.int32)
    ones = np.ones(len(rows), np.int32)
    return _binary(sp.csr_matrix((ones, (rows, codes)), shape=(users, items)))


def _binary(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _moments(values: NDArray[np.integer]) -> Place:
    wide = values.astype(np.float64)
    if not len(wide):
        return 0, 0.0, 0.0
    return len(wide), float(wide.mean()), float(wide.var(ddof=1)) if len(wide) > 1 else 0.0
