"""Downloading an exported audience again, in the same form or another."""

from __future__ import annotations

import session
import streamlit as st
import ui
from download_button import button
from download_fields import chosen_fields
from words import count

from lookalike import audience, export
from lookalike.audience import Exported
from lookalike.errors import LookalikeError
from lookalike.workspace import Workspace

KEEP_SECONDS = 600  # data may be imported meanwhile


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
    store = session.workspace()
    try:
        users = _users(
            f"{store.path} {one.id} {template.key} {fields}", store, one.id, template.key, fields
        )
    except LookalikeError as error:
        ui.problem(error)
        return

    def file() -> bytes:
        with store.brief_file(template.suffix) as path:
            audience.write_again(store, one.id, path, template.key, fields)
            return path.read_bytes()

    label = f"Download {count(users, 'user')} again"
    button(label, file, f"audience-{one.id}-{template.key}{template.suffix}", template.suffix)


@st.cache_data(show_spinner="Looking at the file", max_entries=32, ttl=KEEP_SECONDS)
def _users(
    key: str,  # noqa: ARG001
    _store: Workspace,
    _audience: int,
    _template: str,
    _fields: dict[str, str] | None,
) -> int:
    with _store.brief_file(export.template(_template).suffix) as path:
        return audience.write_again(_store, _audience, path, _template, _fields).rows
