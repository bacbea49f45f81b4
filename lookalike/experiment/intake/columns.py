"""Which column of a file is what: found by name, or as somebody mapped them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lookalike.errors import BadInput, did_you_mean, listed
from lookalike.experiment.metrics import PRE, Metric

KEYS = ("user_id", "variant", "date", "score")
EVERYBODY = "everybody"  # the variant where there is none
SEGMENT = "segment "  # begins the name of a segment's column in the table of users
MOST_SEGMENTS = 5
# what the tables of users and days call their own columns
TAKEN = (
    "user_id", "variant", "day", "first_day", "row hash", "row copies", "rows read", "rows kept",
    "crossed", "before differs", "score band", "calendar day", "look number", "next look",
)  # fmt: skip
TAKEN_BEGINNINGS = (SEGMENT, "no number ")

ALIASES: dict[str, tuple[str, ...]] = {
    "user_id": ("user_id", "userid", "user", "uid", "id", "visitor_id", "customer_id", "member_id"),
    "variant": (
        "variant", "group", "version", "arm", "variation", "treatment", "bucket", "cell",
        "test_group", "experiment_group", "ab_group",
    ),
    "date": ("date", "day", "ds", "dt", "event_date"),
    "score": ("score", "audience_score"),
    "impressions": ("impressions", "impression", "imps", "views", "exposures", "exposure"),
    "clicks": ("clicks", "click"),
    "hides": ("hides", "hide", "hidden"),
    "good_clicks": ("good_clicks", "good_click", "long_clicks"),
    "revenue": ("revenue", "spend", "sales"),
    "conversions": ("conversions", "conversion", "orders", "purchases"),
    "sessions": ("sessions", "session", "visits", "visit"),
    "bounces": ("bounces", "bounce", "bounced"),
}  # fmt: skip
SEGMENTS = (
    "age", "age_band", "age_group", "browser", "channel", "country", "device", "gender", "language",
    "market", "os", "plan", "platform", "region", "segment", "tier",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what.

    Attributes:
        names: The file's columns.
        found: The file's column for each role that it has.
        measured: The roles that hold numbers, those of the time before included.
        segments: The columns to read the test out by, under their own names.
    """

    names: tuple[str, ...]
    found: dict[str, str]
    measured: tuple[str, ...]
    segments: tuple[str, ...]


def lay_out(
    names: Sequence[str],
    metrics: Sequence[Metric],
    given: Mapping[str, str],
    segments: Sequence[str] | None = None,
    without: Collection[str] = (),
) -> Layout:
    """Say which column is what: those given, then those whose name says it.

    Args:
        names: The file's columns.
        metrics: What will be measured; says which columns matter.
        given: The file's column for each role, where the names do not say it; "" for none.
        segments: Columns to read the test out by; None takes those whose name is usual for one.
        without: What the file need not have: "user_id", "variant" or "measures".

    Raises:
        BadInput: A given column or role does not exist, or the user, the variant or
            everything measurable is missing.
    """
    wanted = list(dict.fromkeys(column for metric in metrics for column in metric.columns))
    _refuse_taken(wanted)
    keys = [key for key in KEYS if key not in wanted]
    roles = [*keys, *wanted, *(PRE + column for column in wanted)]
    for role, name in given.items():
        if role not in roles and role.removeprefix(PRE) not in ALIASES:
            raise BadInput(f"There is no role {role!r} for a column.", did_you_mean(role, roles))
        if name and name not in names:
            raise BadInput(f"The results have no column {name!r}.", did_you_mean(name, names))
    plain = {_plain(name): name for name in reversed(names)}
    found = dict(given)
    for role in roles:
        base = role.removeprefix(PRE)
        prefix = role[: len(role) - len(base)]
        for alias in (role, *(prefix + alias for alias in ALIASES.get(base, ()))):
            name = alias if alias in names else plain.get(_plain(alias), "")
            if name and role not in found and (name not in found.values() or base not in ALIASES):
                found[role] = name
    for role, what in (("user_id", "the user"), ("variant", "the variant")):
        if not found.get(role) and role not in without:
            raise BadInput(
                f"The results have no column for {what}: looked for {listed(ALIASES[role], 10)}; "
                f"found {listed(names, 10)}.",
                f"Rename the column that says it to {role}, or say which one it is.",
            )
    if "measures" not in without and not any(all(map(found.get, metric.columns)) for metric in metrics):
        raise BadInput(
            f"The results have nothing to measure: looked for {listed(wanted, 10)}; "
            f"found {listed(names, 10)}.",
            "A click rate needs impressions and clicks; or add a metric of your own.",
        )
    found = {role: found[role] for role in roles if found.get(role)}
    plain_roles = [role.casefold() for role in found]
    for role in sorted(found, key=lambda role: role.startswith(PRE)):
        if role != role.casefold() and plain_roles.count(role.casefold()) > 1:
            raise BadInput(
                f"A metric uses the column {role!r}, whose name is taken but for capital letters.",
                "Rename the column in the file.",
            )
    measured = tuple(role for role in found if role not in keys)
    return Layout(tuple(names), found, measured, _segments(names, found, segments))


def is_taken(name: str) -> bool:
    """Whether no metric can be made of a column of this name, which our own tables use."""
    plain = name.casefold()
    of_a_key = plain in KEYS and name not in KEYS
    return of_a_key or plain in TAKEN or plain.startswith(TAKEN_BEGINNINGS)


def _refuse_taken(names: Sequence[str]) -> None:
    for name in names:
        if is_taken(name):
            raise BadInput(
                f"No metric can be made of a column called {name!r}: that name is taken.",
                "Rename the column in the file.",
            )


def _segments(
    names: Sequence[str], found: Mapping[str, str], wanted: Sequence[str] | None
) -> tuple[str, ...]:
    if wanted is None:
        free = [name for name in names if name not in found.values()]
        usual = [name for name in free if _plain(name).removeprefix("user_") in SEGMENTS]
        return tuple(usual[:MOST_SEGMENTS])
    for name in wanted:
        if name not in names:
            raise BadInput(f"The results have no column {name!r}.", did_you_mean(name, names))
    if len(wanted) > MOST_SEGMENTS:
        raise BadInput(
            f"{len(wanted)} columns of segments were asked for; at most {MOST_SEGMENTS} are read.",
            "Every further one makes it likelier that chance alone shows a difference.",
        )
    return tuple(dict.fromkeys(wanted))


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.strip().lower()).strip("_")
