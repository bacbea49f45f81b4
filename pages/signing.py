"""Who is signed in, and whether anybody has to be."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from words import count

from lookalike.access import PASSES, NotAllowed, Role, Visitor, role_of
from lookalike.audit import os_user
from lookalike.errors import LookalikeError
from lookalike.settings import PEOPLE, Settings

HOUR = 3_600.0


class SignedOut(NotAllowed):
    """Nobody is signed in, or not any longer."""


def provider() -> Mapping[str, Any]:
    """Return the section [auth] of the secrets; empty where there is none."""
    return st.secrets.get("auth", {}) if st.secrets.load_if_toml_exists() else {}


def closed() -> bool:
    """Whether strangers are kept out: in doubt they are."""
    try:
        chosen = Settings.from_env()
    except LookalikeError:
        return True
    if chosen.sign_in or chosen.allowed or chosen.analysts or chosen.administrators or provider():
        return True
    # secrets that cannot be read may be those of the sign-in
    written = any(Path(path).exists() for path in st.get_option("secrets.files"))
    return written and not st.secrets.load_if_toml_exists()


def posture() -> dict[str, str | int]:
    """Return the settings that say who gets in, for the log of who did what."""
    chosen = Settings.from_env()
    return {
        "sign-in": "needed" if closed() else "off",
        "hours": chosen.sign_in_hours,
        **{name: " ".join(getattr(chosen, name)) or "nobody" for name in PEOPLE},
    }


def claims() -> Mapping[str, Any]:
    """Return what the provider says of who is here, its signature checked by Streamlit."""
    return st.user.to_dict()


def visitor() -> Visitor:
    """Return who is here.

    Raises:
        SignedOut: Nobody is, or their time is over.
        NotAllowed: Somebody is who is not let in, or nobody can be.
    """
    if not closed():
        return Visitor(os_user(), Role.ADMINISTRATOR)
    chosen = Settings.from_env()
    if not provider():
        raise NotAllowed(
            "Sign-in is not configured, so nobody gets in.",
            "Write the section [auth] of .streamlit/secrets.toml; or, on a computer of your own, unset "
            "LOOKALIKE_SIGN_IN, LOOKALIKE_ALLOWED, LOOKALIKE_ANALYSTS and LOOKALIKE_ADMINISTRATORS.",
        )
    said = claims()
    if not said.get("is_logged_in") or PASSES.ended(st.context.cookies):
        raise SignedOut("You are not signed in.", "Sign in to see the workspace.")
    if _until(said, chosen) <= time.time():
        raise SignedOut(
            f"Your sign-in has ended after {count(chosen.sign_in_hours, 'hour')}.",
            "Sign in again to go on.",
        )
    email = str(said.get("email") or "")
    if not email:
        raise NotAllowed(
            "The sign-in provider did not say your e-mail address.",
            "An administrator can let it do so: the scope must include email.",
        )
    if str(said.get("email_verified", True)).lower() == "false":
        raise NotAllowed(f"The provider has not verified {email}.", "Verify the address there first.")
    role = role_of(email, chosen)
    if role is None:
        raise NotAllowed(
            f"{email} is not let in here.",
            "Ask an administrator to add the address to LOOKALIKE_ALLOWED, or use another one.",
        )
    return Visitor(email.lower(), role)


def welcome() -> tuple[Visitor, bool]:
    """Return who is here, and whether they have just come; their downloads work from now on.

    Raises:
        NotAllowed: As `visitor`.
    """
    here = visitor()
    if not closed():
        return here, False
    until = _until(claims(), Settings.from_env())
    return here, PASSES.admit(st.context.cookies, here, until)


def leave() -> None:
    """Sign out: here, at the provider where it can, and for any copy of the cookie."""
    PASSES.end(st.context.cookies, _until(claims(), Settings.from_env()))
    st.logout()


def _until(said: Mapping[str, Any], chosen: Settings) -> float:
    """Return when a sign-in ends, in seconds as `time.time()` counts them."""
    issued = said.get("iat")
    return float(issued) + HOUR * chosen.sign_in_hours if isinstance(issued, int | float) else 0.0
