"""Lists of hashes and of e-mail addresses: matched with the users without being asked to.

Both say unmistakably what they are, so nothing is guessed. Hashes are SHA-256 in hexadecimal, of
the user id as it is or of the e-mail address in small letters without spaces around it.
"""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.seeds.rules import Way
from lookalike.workspace import quoted

SHA256 = "^[0-9a-fA-F]{64}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def ways(held: Mapping[str, str]) -> tuple[Way, ...]:
    """Return the ways to look for hashes and addresses, the surest first.

    Args:
        held: Which column of `users` holds each field of contact data.
    """
    email, hashed = (quoted(held[name]) if name in held else "" for name in ("email", "email_sha256"))
    address = f"nullif(lower(trim(CAST({email} AS VARCHAR))), '')"
    digest = f"nullif(lower(trim(CAST({hashed} AS VARCHAR))), '')"
    found = [
        Way("hash", "as hashes", "lower(id)", _hash_alone("user_id"), SHA256),
        Way("SHA-256 of user_id", "as hashes of user ids", "lower(id)", "sha256(user_id)", SHA256),
    ]
    if hashed:
        found.append(Way("hashed e-mail", "as hashes of addresses", "lower(id)", digest, SHA256))
    if email:
        found.append(
            Way("SHA-256 of e-mail", "as hashes of addresses", "lower(id)", f"sha256({address})", SHA256)
        )
        found.append(Way("e-mail", "as addresses", "lower(id)", address, EMAIL))
    if hashed:
        found.append(Way("e-mail, by its hash", "as addresses", "sha256(lower(id))", digest, EMAIL))
    return tuple(found)


def _hash_alone(column: str) -> str:
    """A hash is the same whatever its capital letters; other ids are not."""
    return f"CASE WHEN regexp_full_match({column}, '[0-9a-fA-F]{{64}}') THEN lower({column}) END"
