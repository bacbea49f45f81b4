"""Who did what, and when. Owns `audit`; never holds an id of the audience's people."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lookalike.errors import BadInput
from lookalike.workspace import Workspace, now

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 200  # characters of one value
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did.

    Attributes:
        moment: When, in UTC.
        who: Their e-mail address, or the name of who ran the command.
        what: In a few words: "run started", "audience exported".
        detail: Names and counts that belong to it.
    """

    moment: dt.datetime
    who: str
    what: str
    detail: dict[str, Value] = field(hash=False)

    def words(self) -> str:
        """Return the detail as a line of text."""
        return ", ".join(f"{key}: {value}" for key, value in self.detail.items())

    def report(self) -> dict[str, Any]:
        """Return the entry as JSON can hold it."""
        return {"moment": f"{self.moment.isoformat()}Z", "who": self.who, "what": self.what} | {
            "detail": self.detail
        }


def os_user() -> str:
    """Return who runs this program, as the operating system calls them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a number without a name, as in containers
        return "unknown"


def record(workspace: Workspace, who: str, what: str, detail: Mapping[str, Value] | None = None) -> None:
    """Note what somebody did, at once.

    It does not wait for a write that is under way: rows added to one table never conflict.

    Args:
        workspace: Where it was done.
        who: An e-mail address, or `os_user()`.
        what: In a few words.
        detail: Names and counts: single values only, so that no list of people gets in here.

    Raises:
        TypeError: The detail holds more than single values.
    """
    kept = {}
    for name, value in (detail or {}).items():
        if not isinstance(value, Value):
            raise TypeError(f"{name} is of type {type(value).__name__}; a single value was expected")
        kept[name] = value[:LONGEST] if isinstance(value, str) else value
    with workspace.cursor() as cursor:
        cursor.execute("INSERT INTO audit VALUES (?, ?, ?, ?)", [now(), who, what, json.dumps(kept)])


def entries(workspace: Workspace, since: dt.datetime | None = None, limit: int = 1_000) -> list[Entry]:
    """Return what was done, the newest first.

    Args:
        workspace: Where.
        since: Nothing before this moment, in UTC.
        limit: At most so many.
    """
    with workspace.cursor() as cursor:
        rows = cursor.execute(
            "SELECT moment, who, what, detail FROM audit WHERE $1 IS NULL OR moment >= $1 "
            "ORDER BY moment DESC, rowid DESC LIMIT $2",
            [since, limit],
        ).fetchall()
    return [Entry(moment, who, what, json.loads(detail)) for moment, who, what, detail in rows]


def to_frame(found: Sequence[Entry]) -> pd.DataFrame:
    """Lay entries out as a table: When (UTC), Who, What, Detail."""
    import pandas as pd

    rows = [
        (
            one.moment,
            one.who,
            one.what,
            ", ".join(f"{key}: {value}" for key, value in one.detail.items()),
        )
        for one in found
    ]
    return pd.DataFrame(rows, columns=["When (UTC)", "Who", "What", "Detail"])


def parse_since(text: str) -> dt.datetime:
    """Read a moment: "2026-03-01", "2026-03-01 14:00", or an age such as "7d" or "12h".

    Raises:
        BadInput: It is none of these.
    """
    age = re.fullmatch(r"(\d{1,5})([dh])", text.strip())
    if age:
        spans = {"d": dt.timedelta(days=int(age[1])), "h": dt.timedelta(hours=int(age[1]))}
        return now() - spans[age[2]]
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            f"{text!r} is not a moment.", 'Write a date ("2026-03-01") or an age ("7d", "12h").'
        ) from None
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
