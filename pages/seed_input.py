"""Taking in a seed list: a file, pasted ids, or a saved list."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import seed_report
import session
import streamlit as st
import ui

from lookalike import seeds
from lookalike.seeds import SeedList
from lookalike.seeds.files import SeedFile

WAYS = ("Upload a file", "Paste ids", "Saved list")
DRAFT = "draft list"  # the matched list, kept while the visitor looks at other pages
WAY = "how a list is given"
READ = "read seed file"  # the file behind it, for matching again by other rules


def chosen_list() -> SeedList | None:
    """Ask for a list and return it matched with the workspace; None while there is none."""
    way = st.segmented_control(
        "How", WAYS, default=WAYS[0], required=True, label_visibility="collapsed", key=WAY
    )
    if way == WAYS[1]:
        return _pasted()
    if way == WAYS[2]:
        return _saved()
    return _uploaded()


def lay_out(seed_list: SeedList) -> None:
    """Keep a list at hand for the page Expand."""
    st.session_state[DRAFT] = ("", seed_list)
    st.session_state[WAY] = WAYS[0]


def _uploaded() -> SeedList | None:
    file = st.file_uploader(
        "A file with one user id a line; further columns with numbers can be weighted by",
        type=["csv", "txt", "tsv", "xlsx"],
        max_upload_size=session.workspace().settings.upload_mb,
        key="seed file",
    )
    kept: tuple[str, SeedList] | None = st.session_state.get(DRAFT)
    if file is None:
        seed_report.template()
        if kept is None:
            return None
        st.caption(f"Still here: {ui.plain(kept[1].name)}, {len(kept[1].rows):,} matched seeds.")
        return seed_report.by_rules(kept[0], partial(_matched, kept[0])) if _held(kept[0]) else kept[1]
    if not _held(file.file_id):
        with st.spinner("Reading the file"):
            parsed = seeds.parse(file.getvalue(), file.name)
        st.session_state[READ] = (file.file_id, parsed, Path(file.name).stem)
    return seed_report.by_rules(file.file_id, partial(_matched, file.file_id))


def _held(key: str) -> bool:
    """Whether the file of that key is the one that was read last."""
    read: tuple[str, SeedFile, str] | None = st.session_state.get(READ)
    return read is not None and read[0] == key


def _matched(key: str, rules: tuple[str, ...]) -> SeedList:
    """Match the file that was read, unless it is matched by these rules already."""
    kept: tuple[str, SeedList] | None = st.session_state.get(DRAFT)
    if kept is not None and kept[0] == key and kept[1].report.rules == rules:
        return kept[1]
    _, parsed, name = st.session_state[READ]
    with st.spinner("Matching the ids"):
        found = seeds.match(session.workspace(), parsed, name, rule=rules)
    st.session_state[DRAFT] = (key, found)
    return found


def _pasted() -> SeedList | None:
    text = st.text_area("One user id a line", height=160, key="pasted ids")
    if not text.strip():
        return None
    parsed = seeds.parse_text(text)
    return seed_report.by_rules(
        hashlib.sha256(text.encode()).hexdigest(),
        lambda rules: seeds.match(session.workspace(), parsed, "Pasted list", rule=rules),
    )


def _saved() -> SeedList | None:
    names = [saved.name for saved in seeds.saved(session.workspace())]
    if not names:
        st.caption("There are no saved lists yet: a list is saved when it is trained on.")
        return None
    name = st.selectbox("Saved list", sorted(names), index=None, placeholder="Choose a list")
    return seeds.load(session.workspace(), name) if name else None
