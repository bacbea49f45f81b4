"""Taking in a seed list: a file, pasted ids, or a saved list."""

from __future__ import annotations

from pathlib import Path

import session
import streamlit as st

from lookalike import seeds
from lookalike.seeds import SeedList

WAYS = ("Upload a file", "Paste ids", "Saved list")
DRAFT = "draft list"  # the matched list, kept while the visitor looks at other pages


def chosen_list() -> SeedList | None:
    """Ask for a list and return it matched with the workspace; None while there is none."""
    way = st.segmented_control("How", WAYS, default=WAYS[0], required=True, label_visibility="collapsed")
    if way == WAYS[1]:
        return _pasted()
    if way == WAYS[2]:
        return _saved()
    return _uploaded()


def _uploaded() -> SeedList | None:
    file = st.file_uploader(
        "A file with one user id a line; further columns with numbers can be weighted by",
        type=["csv", "txt", "tsv", "xlsx"],
        max_upload_size=session.workspace().settings.upload_mb,
        key="seed file",
    )
    kept: tuple[str, SeedList] | None = st.session_state.get(DRAFT)
    if file is None:
        if kept is None:
            return None
        st.caption(f"Still here: {kept[1].name}, {len(kept[1].rows):,} matched seeds.")
        return kept[1]
    if kept is None or kept[0] != file.file_id:
        with st.spinner("Matching the ids"):
            parsed = seeds.parse(file.getvalue(), file.name)
            kept = (file.file_id, seeds.match(session.workspace(), parsed, Path(file.name).stem))
        st.session_state[DRAFT] = kept
    return kept[1]


def _pasted() -> SeedList | None:
    text = st.text_area("One user id a line", height=160, key="pasted ids")
    if not text.strip():
        return None
    return seeds.match(session.workspace(), seeds.parse_text(text), "Pasted list")


def _saved() -> SeedList | None:
    names = [saved.name for saved in seeds.saved(session.workspace())]
    if not names:
        st.caption("There are no saved lists yet: a list is saved when it is trained on.")
        return None
    name = st.selectbox("Saved list", sorted(names), index=None, placeholder="Choose a list")
    return seeds.load(session.workspace(), name) if name else None
