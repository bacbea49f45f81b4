"""Results that lie in a database already, one row a user: measured where they are, without a copy."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import duckdb
import numpy as np

from lookalike.experiment.intake.columns import SEGMENT, Layout
from lookalike.experiment.intake.faults import NEVER_MORE, Faults, counted, over
from lookalike.experiment.intake.reading import SMALL, TOO_LARGE, sorted_hashes
from lookalike.experiment.metrics import PRE
from lookalike.experiment.rows import Rows, borrowed
from lookalike.experiment.variants import MOST, refuse_many
from lookalike.workspace import quoted

NUMBERS = (*SMALL, "BIGINT", "UBIGINT", "FLOAT", "DOUBLE")


def in_place(
    stack: contextlib.ExitStack, relation: duckdb.DuckDBPyRelation, layout: Layout
) -> tuple[Rows, Faults, int] | None:
    """Give the relation as a table of users; None where it has to be cleaned or summed first.

    That is where a user or a variant is missing or a user comes twice, where a variant has
    spaces around it, where a number is text or none, or where there are dates.

    Returns:
        The users, what is odd about them, and a checksum of who they are.
    """
    kinds = dict(zip(relation.columns, (str(kind) for kind in relation.types), strict=True))
    measured = {role: layout.found[role] for role in layout.measured}
    score = [layout.found["score"]] if "score" in set(layout.found) - set(measured) else []
    if "date" in layout.found or not {"user_id", "variant"} <= set(layout.found):
        return None
    if not all(_is_number(kinds[column]) for column in (*measured.values(), *score)):
        return None
    # of the columns as they are, because DuckDB then knows these without reading them
    facts = [f"count({name}), min({name}), max({name})" for name in map(quoted, measured.values())]
    rows, *found = relation.aggregate(", ".join(["count(*)", *facts])).fetchall()[0]
    filled, low, high = found[::3], found[1::3], found[2::3]
    if not rows or not all(
        n and -TOO_LARGE < least <= most < TOO_LARGE
        for n, least, most in zip(filled, low, high, strict=True)
    ):
        return None
    variant = quoted(layout.found["variant"])
    distinct_names = relation.project(f"CAST({variant} AS VARCHAR)").distinct()
    names = distinct_names.limit(MOST + 1).fetchall()
    refuse_many(len(names), layout.found["variant"])
    if not all(name and name == name.strip() for (name,) in names):
        return None
    user = quoted(layout.found["user_id"])
    unsorted = relation.project(f"hash({user}) AS h").fetchnumpy()["h"]
    hashes, distinct = sorted_hashes(np.asarray(unsorted, np.uint64))
    nobody = relation.limit(1).project("hash(''), hash(CAST(NULL AS VARCHAR))").fetchall()[0]
    if not distinct or any(hashes[min(np.searchsorted(hashes, one), rows - 1)] == one for one in nobody):
        return None
    numbers = [
        f"{number} AS {quoted(role)}"
        for (role, column), n in zip(measured.items(), filled, strict=True)
        for cast in [f"CAST({quoted(column)} AS DOUBLE)"]
        for number in [cast if n == rows else f"coalesce({cast}, 0.0)"]
    ]
    keys = [f"CAST({user} AS VARCHAR) AS user_id", f"CAST({variant} AS VARCHAR) AS variant"]
    segments = [
        f"nullif(trim(CAST({quoted(name)} AS VARCHAR)), '') AS {quoted(SEGMENT + name)}"
        for name in layout.segments
    ]
    scores = [f"CAST({quoted(column)} AS DOUBLE) AS score" for column in score]
    projected = relation.project(", ".join([*keys, *numbers, *segments, *scores]))
    people = stack.enter_context(borrowed(projected, "lookalike people"))
    during = {role: n for role, n in zip(measured, filled, strict=True) if not role.startswith(PRE)}
    below = [role for role, least in zip(measured, low, strict=True) if least < 0 and role in during]
    # without gaps, and of kinds that DuckDB compares with each other
    comparable = min(filled) == rows and "BOOLEAN" not in {kinds[name] for name in measured.values()}
    faults = Faults(
        rows=rows,
        missing={role: rows - n for role, n in during.items() if n < rows},
        negative=dict(
            zip(below, counted(people, [f"{quoted(role)} < 0" for role in below]), strict=True)
        ),
        over=_over(relation, measured) if comparable else over(people, layout),
    )
    return people, faults, int(np.bitwise_xor.reduce(hashes))


def _over(relation: duckdb.DuckDBPyRelation, measured: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """Count the same of columns without gaps, as they are: four times as fast as of their DOUBLEs."""
    pairs = [pair for pair in NEVER_MORE if set(pair) <= measured.keys()]
    asked = [f"count_if({quoted(measured[part])} > {quoted(measured[whole])})" for part, whole in pairs]
    counts = relation.aggregate(", ".join(["count(*)", *asked])).fetchall()[0]
    return dict(zip(pairs, counts[1:], strict=True))


def _is_number(kind: str) -> bool:
    return kind in NUMBERS or kind.startswith("DECIMAL")
