"""Importing a file: what it holds, a look at it, the columns, the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import session
import streamlit as st
import ui

from lookalike import intake
from lookalike.importing import TEMPLATES, Preview

KINDS = {
    "interactions": "Interactions",
    "engagement": "Metrics",
    "users": "Users",
    "items": "Items",
    "features": "Features",
    "embeddings": "Embeddings",
}
ABOUT = {
    "interactions": "Who did what: user_id and item_id; if you have them, a time (ts), kind and value.",
    "engagement": "Numbers that seeds can be weighted by: user_id and a column each for clicks, ctr, …",
    "users": "Your users: user_id; if you have them, country, last_active and further attributes.",
    "items": "What users act on: item_id; if you have them, a title and a category.",
    "features": "Further facts about users: user_id and a column for each.",
    "embeddings": "Vectors made elsewhere: user_id and a column of vectors, or one a dimension.",
}
WAYS = ("Upload a file", "A file on the server")
FILE, TYPED, DRAFT = "import file", "import path", "import draft"


def begun() -> bool:
    """Whether a file was chosen, so that importing it is the next thing to do."""
    return bool(st.session_state.get(FILE) or st.session_state.get(TYPED))


def ask() -> None:
    """Ask for a file, show what is in it, and offer to import it."""
    st.header("Import")
    kind = st.segmented_control(
        "What the file holds",
        list(KINDS),
        format_func=KINDS.__getitem__,
        default="interactions",
        required=True,
        key="import kind",
    )
    st.caption(ui.plain(ABOUT[kind]))
    st.download_button(
        f"A template for {KINDS[kind].lower()}",
        TEMPLATES[kind],
        f"{kind}-template.csv",
        "text/csv",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        key="template",
    )
    with ui.told():
        chosen = _chosen()
        if chosen is None:
            return
        path, name = chosen
        seen = intake.look(path, kind, {}, name)
        _look(seen)
        mapping = _columns(seen)
        seen = intake.look(path, kind, mapping, name)
        st.caption(ui.plain(seen.sentence()))
        if st.button("Import", type="primary", disabled=not seen.ready, icon=":material/upload:"):
            run = intake.ask(session.workspace(), kind, path, mapping, name)
            session.start(run, intake.carry_out)
            st.session_state.pop(DRAFT, None)
            st.query_params["run"] = run
            st.rerun()
        if not seen.ready:
            st.caption("Choose the missing columns first.")


def _chosen() -> tuple[Path, str] | None:
    way = st.segmented_control("From", WAYS, default=WAYS[0], required=True, key="import from")
    if way == WAYS[1]:
        text = st.text_input("Path on the server", placeholder="/data/interactions.parquet", key=TYPED)
        return (intake.at(text), Path(text).name) if text.strip() else None
    limit = session.workspace().settings.upload_mb
    file = st.file_uploader(
        "CSV, Excel or Parquet",
        type=["csv", "tsv", "txt", "xlsx", "parquet"],
        max_upload_size=limit,
        key=FILE,
    )
    return None if file is None else (_kept(file), file.name)


def _kept(file: Any) -> Path:
    """Return where the upload lies; a rerun does not write it again."""
    draft: tuple[str, Path] | None = st.session_state.get(DRAFT)
    if draft is not None and draft[0] != file.file_id:
        draft[1].unlink(missing_ok=True)
    if draft is None or draft[0] != file.file_id or not draft[1].exists():
        draft = (file.file_id, intake.receive(session.workspace(), file.name, file.getvalue()))
        st.session_state[DRAFT] = draft
    return draft[1]


def _columns(seen: Preview) -> dict[str, str]:
    """Ask which columns are those that could not be found by name."""
    asked = dict.fromkeys(seen.missing, seen.columns) | dict(seen.unclear)
    mapping = {}
    for ours, choices in asked.items():
        chosen = st.selectbox(
            f"Which column is {ours}?",
            choices,
            index=None,
            placeholder="Choose a column",
            key=f"column {seen.kind} {ours} of {seen.columns}",
        )
        if chosen:
            mapping[ours] = chosen
    return mapping


def _look(seen: Preview) -> None:
    st.markdown("**The first rows**")
    ui.table(seen.to_frame().fillna(""), alt=f"The first rows of {seen.source}", key="first rows")
