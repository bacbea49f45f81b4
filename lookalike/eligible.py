"""Who can be in an audience: each condition in turn, and how many users it takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import contacts
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.importing.snapshots import Snapshot
from lookalike.workspace import Workspace, quoted

MOST_VALUES = 200  # an attribute with more values than that is no segment
ELIGIBLE = 1_000  # the number that stands for "no condition failed"
NOBODY = -1  # a row that no user has any longer


@dataclass(frozen=True, slots=True)
class Step:
    """One step from all users to those left.

    Attributes:
        what: Who is taken away ("not active in the last 30 days"), or who begins or is left.
        users: How many.
        kind: "start", "loss" or "left": start - the losses = left.
    """

    what: str
    users: int
    kind: str = "loss"


@dataclass(frozen=True, eq=False, slots=True)
class Eligible:
    """The users that an audience can hold, before seeds and exclusions.

    Attributes:
        rows: `users.row`, ascending int32.
        steps: From all users to those, one a condition.
    """

    rows: NDArray[np.int32]
    steps: tuple[Step, ...]


def find(
    workspace: Workspace,
    snapshot: Snapshot,
    only: Sequence[str] = (),
    active_days: int | None = None,
) -> Eligible:
    """Find the users with an embedding who were active lately and are in the chosen segments.

    Args:
        workspace: Where the users are.
        snapshot: The embeddings.
        only: Segments, "attribute=value". Values of one attribute are alternatives; attributes have
            to hold together. Users whose value is not known are in no segment.
        active_days: Users not seen in so many days before the newest sign of life in the workspace
            are left out, where `last_active` is known; None for the setting.

    Raises:
        BadInput: A segment is not of that form, or the days are under 1.
        NotFound: There is no such attribute, or nobody has that value.
    """
    days = workspace.settings.active_days if active_days is None else active_days
    if days < 1:
        raise BadInput(f"An activity window of {days} days holds nobody.", "Give at least 1 day.")
    segments = _segments(workspace, only)
    newest = "(SELECT max(last_active) FROM users)"
    conditions = {
        f"not active in the last {days:,} day{'s' * (days > 1)}": (
            f"users.last_active < {newest} - to_days($days)"
        ),
    }
    values: dict[str, Any] = {"days": days}
    for number, (attribute, wanted) in enumerate(segments.items()):
        values[f"v{number}"] = wanted
        conditions[_outside(attribute, wanted)] = (
            f"NOT coalesce(list_contains($v{number}, CAST(users.{quoted(attribute)} AS VARCHAR)), false)"
        )
    cases = " ".join(f"WHEN {sql} THEN {at}" for at, sql in enumerate(conditions.values(), 1))
    with workspace.cursor() as cursor:
        found = cursor.execute(
            f"SELECT users.row, CASE {cases} ELSE {ELIGIBLE} END::SMALLINT AS lost FROM users", values
        ).fetchnumpy()
        held = cursor.execute(f"SELECT row FROM {snapshot.table}").fetchnumpy()
    # put in place by row here: to join and to sort millions takes the database several times as long
    users, with_vector = (np.asarray(one["row"], np.int32) for one in (found, held))
    lines = max((int(rows.max()) + 1 for rows in (users, with_vector) if len(rows)), default=0)
    embedded = np.zeros(lines, bool)
    embedded[with_vector] = True
    lost = np.full(lines, NOBODY, np.int16)
    lost[users] = np.where(embedded[users], found["lost"], 0)
    rows = np.flatnonzero(lost == ELIGIBLE).astype(np.int32)
    steps = [Step("users of the workspace", len(users), "start")]
    for at, what in enumerate(("without an embedding", *conditions)):
        steps.append(Step(what, int((lost == at).sum())))
    return Eligible(rows, (*steps, Step("eligible", len(rows), "left")))


def choices(workspace: Workspace) -> dict[str, list[tuple[str, int]]]:
    """Return the attributes that users can be chosen by: their values and users, the commonest first."""
    known = contacts.attributes(workspace)
    personal = contacts.personal(known)
    found: dict[str, list[tuple[str, int]]] = {}
    with workspace.cursor() as cursor:
        for name in (name for name in known if name not in personal):
            values = cursor.execute(
                f"SELECT CAST({quoted(name)} AS VARCHAR), count(*) FROM users "
                f"WHERE {quoted(name)} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 1}"
            ).fetchall()
            if 1 <= len(values) <= MOST_VALUES:
                found[name] = values
    return found


def dated(workspace: Workspace) -> bool:
    """Whether it is known of anybody when they were last active."""
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT count(last_active) FROM users").fetchone()
    return bool(found and found[0])


def _segments(workspace: Workspace, only: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the wanted values by attribute, each checked."""
    if not only:
        return {}
    known = contacts.attributes(workspace)
    segments: dict[str, list[str]] = {}
    for text in only:
        # an attribute's name may hold an equals sign itself
        attribute = max((name for name in known if text.startswith(f"{name}=")), key=len, default=None)
        if attribute is None:
            name, equals, _ = text.partition("=")
            if not equals:
                raise BadInput(f"{text!r} is not a segment.", "Write it like country=DE.")
            raise NotFound(f"Users have no attribute {name!r}.", did_you_mean(name, known))
        segments.setdefault(attribute, []).append(text[len(attribute) + 1 :])
    with workspace.cursor() as cursor:
        for attribute, wanted in segments.items():
            cell = f"CAST({quoted(attribute)} AS VARCHAR)"
            held = cursor.execute(
                f"SELECT DISTINCT {cell} FROM users WHERE list_contains(CAST(? AS VARCHAR[]), {cell})",
                [wanted],
            ).fetchall()
            unknown = [value for value in wanted if (value,) not in held]
            if unknown:
                others = cursor.execute(
                    f"SELECT {cell} FROM users WHERE {cell} IS NOT NULL "
                    f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_VALUES}"
                ).fetchall()
                raise NotFound(
                    f"No user has {attribute} = {unknown[0]!r}.",
                    did_you_mean(unknown[0], sorted(value for (value,) in others)),
                )
    return segments


def _outside(attribute: str, wanted: Sequence[str]) -> str:
    shown = ", ".join(wanted[:5]) + (f" or {len(wanted) - 5} more" if len(wanted) > 5 else "")
    return f"{attribute} is not {shown}"
