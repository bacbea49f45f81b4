"""Which attribute of the users holds which contact field of a platform's file."""

from __future__ import annotations

import session
import streamlit as st

from lookalike import contacts
from lookalike.export import Template


def chosen_fields(template: Template) -> dict[str, str] | None:
    """Ask which attribute holds what, where the file's columns are contact data."""
    if not template.fields:
        return None
    held = contacts.held(session.workspace())
    known = contacts.attributes(session.workspace())
    chosen = {}
    with st.expander("Which attribute holds what", expanded=not held, key="fields"):
        for field in dict.fromkeys(template.fields):
            for name in (field, f"{field}_sha256"):
                if name not in contacts.NAMES:
                    continue
                picked = st.selectbox(
                    name.replace("_", " ").replace("sha256", "as SHA-256").capitalize(),
                    known,
                    index=known.index(held[name]) if name in held else None,
                    placeholder="None",
                    key=f"field {name}",
                )
                if picked:
                    chosen[name] = picked
    return chosen
