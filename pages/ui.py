"""What the pages draw alike: problems, numbers, charts, the next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import plotly.graph_objects as go
import session
import streamlit as st
from words import NO_BREAK, plain

from lookalike.errors import LookalikeError
from lookalike.runs import Run

PLOTLY = {"displayModeBar": False}
PAGES = {
    "overview": ("overview.py", "Overview"),
    "expand": ("expand.py", "Expand"),
    "lists": ("lists.py", "Lists"),
    "compare": ("compare.py", "Compare"),
    "methods": ("methods.py", "Methods"),
    "plan": ("plan.py", "Plan a test"),
    "experiment": ("experiment.py", "Experiment"),
    "data": ("data.py", "Data"),
}
STATES = {
    "queued": ("Waiting", "gray"),
    "running": ("Running", "blue"),
    "done": ("Done", "green"),
    "failed": ("Failed", "red"),
    "cancelled": ("Cancelled", "gray"),
    "interrupted": ("Interrupted", "orange"),
}


def problem(error: LookalikeError) -> None:
    """Show what went wrong and what to do."""
    st.error(f"**{plain(error.message)}**\n\n{plain(error.hint)}".strip(), icon=":material/error:")


@contextmanager
def told() -> Iterator[None]:
    """Show a user's error where it happens, and stop the page there."""
    try:
        yield
    except LookalikeError as error:
        problem(error)
        if st.query_params.to_dict():  # a link that leads nowhere
            step("Go to the overview", "overview")
        st.stop()


def numbers(*pairs: tuple[str, str, str | None]) -> None:
    """Show a row of numbers: label, value, help."""
    with st.container(horizontal=True):  # wraps on a phone
        for label, value, about in pairs:
            st.metric(label, value, help=about, width=160)


def chart(figure: go.Figure, alt: str, key: str) -> None:
    """Draw a chart with its alternative text."""
    st.plotly_chart(figure, theme=None, config=PLOTLY, alt=alt, key=key)


def table(frame: object, **options: object) -> None:
    """Draw a table without an index, whole numbers in thousands, a dash where there is nothing.

    Cells have plain spaces: their lines do not break, and tables can be downloaded.
    """
    frame = pd.DataFrame(frame)
    text = frame.select_dtypes(["object", "string"]).columns
    frame[text] = frame[text].map(_spaced)
    whole = frame.select_dtypes("integer").columns
    config: dict[str, object] = dict.fromkeys(whole, st.column_config.NumberColumn(format="localized"))
    options["column_config"] = config | (options.get("column_config") or {})  # type: ignore[operator]
    st.dataframe(frame, hide_index=True, placeholder="–", **options)  # type: ignore[arg-type]


def _spaced(cell: object) -> object:
    return cell.replace(NO_BREAK, " ") if isinstance(cell, str) else cell


def ranged(frame: pd.DataFrame, value: str, low: str, high: str, digits: str = ".1f") -> pd.DataFrame:
    """Write a column and those of its limits as one, "12.3 (9.8–14.5)": so many do not fit a page."""
    written = [
        f"{at:{digits}} ({least:{digits}}–{most:{digits}})"
        for at, least, most in zip(frame[value], frame[low], frame[high], strict=True)
    ]
    return frame.assign(**{value: written}).drop(columns=[low, high])


def step(label: str, page: str, **query: str) -> None:
    """Offer the next step, a page away."""
    st.page_link(PAGES[page][0], label=label, icon=":material/arrow_forward:", query_params=query)


def badge(run: Run) -> str:
    """Return the run's state as a coloured word."""
    word, colour = STATES[run.status]
    return f":{colour}-badge[{word}]"


def only_looking(action: str) -> bool:
    """Say so where the visitor's role does not reach to what a page is for."""
    if session.may(action):
        return False
    st.info("**You are here to look.** Open what others have made from the overview.")
    step("Go to the overview", "overview")
    return True
