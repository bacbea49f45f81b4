"""Which attributes of the users are contact data: what platforms match by, and what no model may see."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lookalike.workspace import Workspace

# our name of a field, to the names under which it arrives; spaces, dots and dashes are underscores
NAMES = {
    "email": ("email", "e_mail", "email_address", "mail"),
    "email_sha256": ("email_sha256", "hashed_email", "email_hash", "sha256_email", "hem"),
    "phone": ("phone", "phone_number", "mobile", "mobile_number", "telephone", "tel", "msisdn"),
    "phone_sha256": ("phone_sha256", "hashed_phone", "phone_hash", "sha256_phone"),
    "madid": ("madid", "maid", "idfa", "gaid", "aaid", "advertising_id", "device_id"),
    "madid_sha256": ("madid_sha256", "maid_sha256", "hashed_madid", "hashed_maid"),
    "first_name": ("first_name", "firstname", "fn", "given_name", "forename"),
    "last_name": ("last_name", "lastname", "ln", "surname", "family_name"),
    "city": ("city", "ct", "town"),
    "state": ("state", "st", "province"),
    "zip": ("zip", "zip_code", "zipcode", "postal_code", "postcode", "plz"),
    "country": ("country",),
}
# these name one person each: a model that saw them would learn people by heart
PERSONAL = frozenset(NAMES) - {"city", "state", "zip", "country"}
# and so do these, which no platform asks for
OTHERS = frozenset(
    (
        *("name", "full_name", "fullname", "customer_name", "user_name", "username", "display_name"),
        *("address", "street", "street_address", "address_line_1", "address_line_2", "house_number"),
        *("ip", "ip_address", "cookie", "cookie_id", "date_of_birth", "birth_date", "dob", "birthday"),
        *("ssn", "passport", "iban", "account_number", "email_2", "email2", "phone_2", "phone2"),
        *("middle_name", "maiden_name", "login", "social_security_number", "tax_id"),
    )
)


def key(name: str) -> str:
    """Return a column's name as `NAMES` writes it."""
    return re.sub(r"[\s.\-]+", "_", name.strip().lower())


def fields_of(columns: Iterable[str]) -> dict[str, str]:
    """Return which column holds each field: our name of the field to the column's."""
    known = {key(column): column for column in columns}
    found = {}
    for field, names in NAMES.items():
        column = next((known[name] for name in names if name in known), None)
        if column is not None:
            found[field] = column
    return found


def personal(columns: Iterable[str]) -> set[str]:
    """Return those of the columns that name one person: all spellings, where several are there."""
    spelled = {name for field in PERSONAL for name in NAMES[field]}
    return {column for column in columns if key(column) in spelled | OTHERS}


def attributes(workspace: Workspace) -> list[str]:
    """Return the columns of `users` that say something of them, in the table's order."""
    with workspace.cursor() as cursor:
        found = cursor.execute("DESCRIBE users").fetchall()
    return [name for (name, *_) in found if name not in ("row", "user_id", "last_active")]


def held(workspace: Workspace) -> dict[str, str]:
    """Return which attribute of the workspace's users holds each field of contact data."""
    return fields_of(attributes(workspace))
