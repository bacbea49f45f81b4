"""The values of a segment: which there are, and how users are grouped by them."""

from __future__ import annotations

from lookalike.experiment.intake.columns import SEGMENT
from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

NONE, OTHERS = "(none)", "(others)"
MOST_VALUES = 20


def values_of(people: Rows, segment: str) -> tuple[str, tuple[str, ...]]:
    """Return how to group users by a segment, and its values in the order to show them.

    Missing values are "(none)". Of more than 20 values the 19 largest stand by themselves and
    the others are "(others)".

    Returns:
        An SQL expression over a row, and the values from the largest down.
    """
    cell = f"coalesce(nullif({quoted(SEGMENT + segment)}, ''), '{NONE}')"
    sizes = (
        f"SELECT {cell}, count(*) FROM {quoted(people.name)} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT "
    )
    values = [value for value, _ in people.rows(f"{sizes}{MOST_VALUES + 1}")]
    grouping = cell
    if len(values) > MOST_VALUES:
        values = [*values[: MOST_VALUES - 1], OTHERS]
        largest = f"SELECT kept FROM ({sizes}{MOST_VALUES - 1}) AS sizes(kept, users)"
        grouping = f"CASE WHEN {cell} IN ({largest}) THEN {cell} ELSE '{OTHERS}' END"
    return grouping, tuple(sorted(dict.fromkeys(values), key=(NONE, OTHERS).__contains__))
