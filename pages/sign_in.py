"""The page that a stranger sees, whatever they asked for."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import signing
import streamlit as st
import ui
from streamlit.errors import StreamlitAuthError

from lookalike.access import NotAllowed, Visitor
from lookalike.errors import LookalikeError


def show(refusal: LookalikeError) -> None:
    """Say why nobody is let in, and offer to sign in, or out to come as somebody else."""
    st.title("Lookalike Workbench")
    if not isinstance(refusal, signing.SignedOut):
        ui.problem(refusal)
        if signing.provider() and signing.claims().get("is_logged_in"):
            st.button("Sign out", type="primary", on_click=signing.leave)
        return
    st.markdown(ui.plain(f"{refusal.message} {refusal.hint}"))
    if importlib.util.find_spec("authlib") is None:
        ui.problem(
            NotAllowed(
                "Signing in needs the package Authlib, which is not installed on the server.",
                "Install it there: pip install -r requirements-auth.txt",
            )
        )
        return
    for name in _providers():
        label = f"Sign in with {name.capitalize()}" if name else "Sign in"
        if st.button(label, type="primary", icon=":material/login:"):
            try:
                st.login(name or None)
            except StreamlitAuthError:
                ui.problem(
                    NotAllowed(
                        "The section [auth] of the secrets is not complete.",
                        "It needs redirect_uri, cookie_secret, client_id, client_secret and "
                        "server_metadata_url.",
                    )
                )


def badge(visitor: Visitor) -> None:
    """Say who is signed in, and let them sign out."""
    with (
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover(ui.plain(visitor.name), icon=":material/account_circle:"),
    ):
        st.caption(f"You are here as {visitor.role.title}.")
        st.button("Sign out", on_click=signing.leave, key="sign out")


def _providers() -> list[str]:
    """Return the names of the providers; an empty one for that without a name."""
    section = signing.provider()
    named = [name for name, value in section.items() if isinstance(value, Mapping)]
    return ([""] if "client_id" in section or not named else []) + named
