"""Everybody's contact data in the form a platform wants, as one table in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lookalike.contacts import NAMES
from lookalike.export.normalise import (
    CANDIDATE,
    FORMS,
    INTERNATIONAL,
    clean,
    is_hash,
    key,
    matched,
    number,
)
from lookalike.export.normalise import HASH as SHA256
from lookalike.workspace import quoted

# many people share these, so that each value is looked at once
SHARED = ("country", "state", "city", "zip", "first_name", "last_name")
MEMBERS = "FROM members JOIN users USING (row)"
AT_HOME = ("code", "trunk", "least", "most", "abroad")  # of a country: how it dials


def preparing(
    held: Mapping[str, str], forms: Mapping[str, str], groups: Iterable[Sequence[str]], hashed: set[str]
) -> str:
    """Return SQL that gives each member's rank and user_id, and for each field what goes into the file.

    It reads the tables `members`, `users`, `countries` and `states`. A field has normal_<field>
    (NULL where there is none), hash_<field> (a SHA-256 that was there, lower case), given_<field>,
    usable_<field> and repaired_<field>; `kept` says who can be matched.

    Args:
        held: Our name of each field to the attribute that holds it.
        forms: What to write: field to a key of `FORMS`.
        groups: Fields that identify a person together.
        hashed: Fields of which the SHA-256 is written.
    """
    needed = dict.fromkeys([*forms, "country"])  # the country says how to read the others
    picked = [
        f"CAST({f'users.{quoted(held[name])}' if name in held else 'NULL'} AS VARCHAR) AS {name}"
        for field in needed
        for name in (field, f"{field}_sha256")
        if name in NAMES
    ]
    shared = [field for field in SHARED if field in needed]
    known = [_known(field, forms.get(field, "country_lower")) for field in shared]
    read = ["rank", "user_id", "known_country.iso AS home", *AT_HOME]
    read += [part for field in shared if field in forms for part in _shared(field, forms[field])]
    own = [field for field in forms if field not in SHARED]
    read += [f"{clean(name)} AS clean_{name}" for field in own for name in (field, f"{field}_sha256")]
    joins = [f"LEFT JOIN known_{field} ON known_{field}.value = picked.{field}" for field in shared]
    steps = [[part for field in own for part in _set_apart(field)]]
    if "phone" in own:
        steps += [
            [f"{number('bare_phone')} AS number"],
            [f"{CANDIDATE} AS candidate"],
            [f"{INTERNATIONAL} AS international"],
        ]
    steps += [[part for field in own for part in _written(field, forms[field])]]
    steps += [[part for field in forms for part in _judged(field, field in hashed)]]
    kept = " OR ".join(f"({' AND '.join(f'usable_{field}' for field in group)})" for group in groups)
    final = [f"{what}_{field}" for field in forms for what in ("normal", "hash", "given", "usable")]
    final += [f"repaired_{field}" for field in forms]
    tables = [
        f"picked AS (SELECT members.rank, users.user_id, {', '.join(picked)} {MEMBERS})",
        *known,
        f"step0 AS (SELECT {', '.join(read)} FROM picked {' '.join(joins)})",
    ]
    steps = [step for step in steps if step]
    for place, step in enumerate(steps):
        tables.append(f"step{place + 1} AS (SELECT *, {', '.join(step)} FROM step{place})")
    return (
        f"WITH {', '.join(tables)} "
        f"SELECT rank, user_id, {', '.join(final)}, {kept} AS kept FROM step{len(steps)}"
    )


def _known(field: str, form: str) -> str:
    """Return the table of a field's different values: value, given, hash, usual, american, fine."""
    write = FORMS[form]
    american = write.in_usa("clean") if write.in_usa else "NULL"
    fine = write.fine("clean") if write.fine else "NULL"
    place, further = "", ""
    if field == "country":
        further = ", iso, " + ", ".join(AT_HOME)
        place = f"LEFT JOIN countries ON countries.name = {key('clean')}"
    elif field == "state":
        place = f"LEFT JOIN states ON states.name = {key('clean')}"
    return (
        f"known_{field} AS MATERIALIZED (SELECT value, clean IS NOT NULL AS given, "
        f"CASE WHEN {is_hash('clean')} THEN lower(clean) END AS hash, "
        f"CASE WHEN NOT {is_hash('clean')} THEN {write.sql('clean')} END AS usual, "
        f"CASE WHEN NOT {is_hash('clean')} THEN {american} END AS american, {fine} AS fine{further} "
        f"FROM (SELECT value, {clean('value')} AS clean "
        f"FROM (SELECT DISTINCT {field} AS value FROM picked)) "
        f"{place})"
    )


def _shared(field: str, form: str) -> list[str]:
    table = f"known_{field}"
    normal = f"{table}.usual"
    if FORMS[form].in_usa:
        normal = f"CASE WHEN known_country.iso = 'us' THEN {table}.american ELSE {normal} END"
    return [
        f"{normal} AS normal_{field}",
        f"{table}.hash AS hash_{field}",
        f"coalesce({table}.given, false) AS given_{field}",
        f"{table}.fine AS fine_{field}",
    ]


def _set_apart(field: str) -> list[str]:
    """Set hashes apart from what is in plain: bare_<field>, hash_<field>, given_<field>."""
    value, beside = f"clean_{field}", f"clean_{field}_sha256"
    return [
        f"CASE WHEN NOT {is_hash(value)} THEN {value} END AS bare_{field}",
        f"lower(coalesce({matched(value, SHA256)}, {matched(beside, SHA256)})) AS hash_{field}",
        f"coalesce({value}, {beside}) IS NOT NULL AS given_{field}",
    ]


def _written(field: str, form: str) -> list[str]:
    write = FORMS[form]
    fine = write.fine(f"bare_{field}") if write.fine else "NULL"
    return [f"{write.sql(f'bare_{field}')} AS normal_{field}", f"{fine} AS fine_{field}"]


def _judged(field: str, hashed: bool) -> list[str]:
    """Say whether a value can be written, and whether it was repaired for that."""
    found = f"coalesce(normal_{field}, hash_{field})" if hashed else f"normal_{field}"
    return [
        f"{found} IS NOT NULL AS usable_{field}",
        f"coalesce(fine_{field} <> normal_{field}, false) AS repaired_{field}",
    ]
