"""What is in a file and what is not: counts, and the sentences that tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lookalike.export.templates import Template

NOTHING = "no identifier on record"
UNUSABLE = "only identifiers that cannot be used"
GONE = "no longer a user of the workspace"

WORDS = {
    "email": ("e-mail address", "e-mail addresses", "an e-mail address"),
    "phone": ("phone number", "phone numbers", "a phone number"),
    "madid": ("advertising id", "advertising ids", "an advertising id"),
    "first_name": ("first name", "first names", "a first name"),
    "last_name": ("last name", "last names", "a last name"),
    "city": ("city", "cities", "a city"),
    "state": ("state", "states", "a state"),
    "zip": ("zip code", "zip codes", "a zip code"),
    "country": ("country", "countries", "a country"),
}
WHY = {
    "email": "not one address",
    "phone": "without a country code, or not a number",
    "madid": "not of the form 8-4-4-4-12, switched off by the person, or a hash where none is taken",
    "first_name": "without a letter, or a hash where none is taken",
    "last_name": "without a letter, or a hash where none is taken",
    "city": "without a letter",
    "state": "not a state of the USA",
    "zip": "not of the country's form",
    "country": "not a country that is known here",
}
HOW = {
    "email": "what does not belong to the mailbox was taken off",
    "phone": "the country's code was put before it, or a zero or prefix taken off",
    "state": "the two-letter code was put for the name",
    "zip": "cut to five digits",
    "country": "the two-letter code was put for the name",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Counts over an audience; see `Written`."""

    rows: int
    members: int
    left_out: Mapping[str, int]
    filled: Mapping[str, int]
    repaired: Mapping[str, int]
    unusable: Mapping[str, int]


def take(cursor: duckdb.DuckDBPyConnection, template: Template, members: int) -> Account:
    """Count what the table `prepared` holds.

    Args:
        cursor: On which the table is.
        template: For which it was prepared.
        members: In the audience.
    """
    contact = {column.field: column.header for column in template.columns if column.form}
    asked = ["count(*)", "count_if(kept)"]
    given = " OR ".join(f"given_{field}" for field in template.single) or "false"
    asked.append(f"count_if(NOT kept AND ({given}))")
    for field in contact:
        asked += [
            f"count_if(kept AND usable_{field})",
            f"count_if(repaired_{field})",
            f"count_if(given_{field} AND NOT usable_{field})",
        ]
    found = cursor.execute(f"SELECT {', '.join(asked)} FROM prepared").fetchone()
    everybody, rows, unusable, *by_field = found or (0, 0, 0)
    out = {NOTHING: everybody - rows - unusable, UNUSABLE: unusable, GONE: members - everybody}
    filled, repaired, useless = (by_field[place::3] for place in range(3))
    return Account(
        rows,
        members,
        {reason: count for reason, count in out.items() if count},
        dict(zip(contact.values(), filled, strict=True)),
        {field: count for field, count in zip(contact, repaired, strict=True) if count},
        {field: count for field, count in zip(contact, useless, strict=True) if count},
    )


def of_ids(rows: int, members: int) -> Account:
    """Return the account of a file that needs no contact data.

    Args:
        rows: Users in it.
        members: In the audience.
    """
    return Account(rows, members, {GONE: members - rows} if rows < members else {}, {}, {}, {})


def wanted(template: Template) -> str:
    """Say what a platform can match by: "an e-mail address, a phone number or …"."""
    groups = [
        _listed([WORDS[field][2] for field in group], "and") if len(group) < 3
        else f"a full name with {_listed([WORDS[field][2] for field in group[2:]], 'and')}"
        for group in template.identifiers
    ]  # fmt: skip
    return _listed(groups, "or")


def notes(repaired: Mapping[str, int], unusable: Mapping[str, int]) -> list[str]:
    """Say what was repaired and what could not be used, one sentence a field."""
    return [
        f"{_many(count, field)} could not be used: {WHY[field]}." for field, count in unusable.items()
    ] + [
        f"{_many(count, field)} {'was' if count == 1 else 'were'} repaired: "
        f"{HOW.get(field, 'written as the platform wants it')}."
        for field, count in repaired.items()
    ]


def warnings(
    template: Template, account: Account, size: int, held: Mapping[str, str]
) -> tuple[str, ...]:
    """Return what somebody should read before the file is uploaded.

    Args:
        template: Of the file.
        account: What is in it.
        size: In bytes.
        held: Our name of each field to the attribute that holds it.
    """
    said = []
    if account.rows < template.minimum:
        said.append(
            f"{template.platform} shows ads only where it finds at least {template.minimum:,} people; "
            f"this file has {account.rows:,}."
        )
    if account.rows < account.members / 2:
        said.append(
            f"Only {account.rows:,} of {account.members:,} users can be matched at all: "
            f"the others have no usable {_listed(_plain(template), 'or')}."
        )
    if template.most_rows and account.rows > template.most_rows:
        said.append(
            f"{template.platform} takes at most {template.most_rows:,} rows; this file has "
            f"{account.rows:,}: choose a smaller size, or upload it in parts."
        )
    elif template.most_bytes and size > template.most_bytes:
        said.append(
            f"{template.platform} takes files of at most {template.most_bytes / 1e6:g} MB; this one has "
            f"{size / 1e6:.1f}: choose a smaller size, or upload it in parts."
        )
    missing = [
        WORDS[column.field][1]
        for column in template.columns
        if column.form and not {column.field, f"{column.field}_sha256"} & set(held)
    ]
    if missing:
        said.append(
            f"No attribute of the users holds {_listed(missing, 'or')}; with them more people "
            "would be found."
        )
    return tuple(said)


def _plain(template: Template) -> list[str]:
    return [" and ".join(WORDS[field][0] for field in group) for group in template.identifiers]


def _many(count: int, field: str) -> str:
    return f"{count:,} {WORDS[field][count != 1]}"


def _listed(words: Sequence[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
