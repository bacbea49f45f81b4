"""The frame of every page: sign-in, title, navigation, and a workspace that cannot be opened."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
if str(HERE) not in sys.path:  # the pages' own modules, wherever the server was started
    sys.path.insert(0, str(HERE))

import preparing  # noqa: E402
import session  # noqa: E402
import sign_in  # noqa: E402
import signing  # noqa: E402
import ui  # noqa: E402

from lookalike.errors import LookalikeError  # noqa: E402

ABOUT = {
    "overview": "What is in the workspace, and what to do next.",
    "expand": "From a seed list to an audience, with evidence.",
    "lists": "Saved lists: rename, delete, unite, subtract, see their overlap.",
    "compare": "Methods side by side, on your own lists.",
    "methods": "What each method is, where it wins, what it takes.",
    "plan": "How many users an A/B test needs, and for how long.",
    "experiment": "Read out the A/B test of an audience.",
    "data": "Import users, interactions and metrics; learn embeddings.",
}


def keep_out(refusal: LookalikeError) -> None:
    """Show nothing but the sign-in, under every address, so that the address is kept."""
    st.set_page_config(page_title="Sign in – Lookalike Workbench", layout="centered")
    shown = functools.partial(sign_in.show, refusal)
    doors = [
        # a lambda of its own: pages are told apart by their functions
        st.Page(lambda: shown(), title="Sign in", url_path=name, default=name == "overview")  # noqa: PLW0108
        for name in ui.PAGES
    ]
    st.navigation(doors, position="hidden").run()
    st.stop()


try:
    visitor, new = signing.welcome()
except LookalikeError as error:
    keep_out(error)
st.set_page_config(
    page_title="Lookalike Workbench",
    page_icon=str(HERE / "icon.png"),
    layout="centered",
)
pages = [
    st.Page(file, title=title, default=name == "overview") for name, (file, title) in ui.PAGES.items()
]
page = st.navigation(pages, position="hidden")
# Streamlit's own navigation folds into an arrow without a word on a phone; these links wrap
with st.container(horizontal=True, gap="xxsmall", key="pages"):
    for one, about in zip(pages, ABOUT.values(), strict=True):
        st.page_link(one, label=one.title, help=about)
if signing.closed():
    sign_in.badge(visitor)
try:
    session.store()
    if new:
        session.record("signed in", role=visitor.role.title)
except LookalikeError as error:
    st.title("The workspace cannot be opened")
    ui.problem(error)
    if st.button("Try again", type="primary"):
        st.rerun()
    st.stop()
preparing.begin()
with ui.told():
    page.run()
