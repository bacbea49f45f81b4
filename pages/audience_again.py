"""Downloading an exported audience again, in the same form or another."""

from __future__ import annotations

import secrets

import session
import streamlit as st
import ui
from download_button import button
from download_fields import chosen_fields
from words import count

from lookalike import audience, export
from lookalike.audience import Exported
from lookalike.errors import LookalikeError
from lookalike.workspace import PARTIAL


def show(one: Exported) -> None:
    """Offer the file of an audience."""
    if not session.may("export"):
        return
    first = one.files[0]["template"] if one.files else "csv"
    keys = list(export.TEMPLATES)
    template = export.TEMPLATES[
        st.selectbox(
            "Format",
            keys,
            index=keys.index(first) if first in keys else 0,
            format_func=lambda key: export.TEMPLATES[key].label,
            key=f"format again {one.id}",
        )
    ]
    fields = chosen_fields(template)
    try:
        members = audience.selection(session.workspace(), one.id).table()
        export.preview(session.workspace(), members, template, fields, 1)
    except LookalikeError as error:
        ui.problem(error)
        return

    def file() -> bytes:
        store = session.workspace()
        path = store.file_in("tmp", f"{secrets.token_hex(8)}{template.suffix}{PARTIAL}")
        try:
            audience.write_again(store, one.id, path, template.key, fields)
            return path.read_bytes()
        finally:
            path.unlink(missing_ok=True)

    label = f"Download {count(one.users - one.held_out, 'user')} again"
    button(label, file, f"audience-{one.id}-{template.key}{template.suffix}", template.suffix)
