"""How pages write text from elsewhere, shares, moments and durations."""

from __future__ import annotations

import datetime as dt
import re

# a colon begins an icon, a colour or a link, an underscore within a word nothing: these two stay as
# they are where they can, because labels of fields are also read out, escapes included
MARKS = re.compile(r"[\\`*{}\[\]<>#$~|]|:(?=[\w+/-])|(?<![^\W_])_|_(?![^\W_])")
NO_BREAK = "\N{NO-BREAK SPACE}"
# where a line must not break: "5 %", "p < 0.001"
TORN = re.compile(r"(?<=\d) (?=%)|(?<=\bp) (?=[<=])|(?<=\bp [<=]) (?=\d)")


def plain(text: str) -> str:
    """Keep text from a file or an error from being read as Markdown, and numbers from being torn."""
    return MARKS.sub(r"\\\g<0>", TORN.sub(NO_BREAK, text))


def count(number: int, thing: str) -> str:
    """Write a number of things: "1 seed", "1,200 seeds"."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share as a percentage."""
    return "–" if share is None else f"{100 * share:.{digits}f}{NO_BREAK}%"


def moment(when: dt.datetime) -> str:
    """Write a moment in UTC."""
    return f"{when:%d %b %Y, %H:%M} UTC"


def duration(seconds: float) -> str:
    """Write a time as a person would."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def minutes(seconds: float) -> str:
    """Write a time that is only a guess, in whole minutes."""
    return "a minute" if seconds < 90 else f"{round(seconds / 60)} minutes"


def ordinal(place: int) -> str:
    """Write a place in an order: "1st", "2nd", "11th"."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending}"
