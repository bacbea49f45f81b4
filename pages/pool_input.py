"""Who can be in the audience: segments and activity, and what each condition costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import session
import streamlit as st
import ui

from lookalike import eligible
from lookalike.charts.pool import waterfall
from lookalike.eligible import Step
from lookalike.importing import snapshots
from lookalike.importing.snapshots import Snapshot
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace

MOST_ATTRIBUTES = 8  # asked for one by one; others by the command line
KEEP_SECONDS = 60  # users may be imported meanwhile


def chosen_pool(found: SeedList) -> tuple[tuple[str, ...], int | None]:
    """Ask for segments and an activity window, and show who is left; return both."""
    store = session.workspace()
    fold = st.expander("Who can be in it", key="pool", on_change="rerun")
    with fold:  # its fields are drawn even when it is closed, or they would forget what was chosen
        only = _segments()
        days = None
        if eligible.dated(store):
            usual = store.settings.active_days
            given = st.number_input(
                "Seen in the last … days",
                min_value=1,
                max_value=36_500,
                value=usual,
                key="active days",
                help="Counted back from the last sign of life of any user.",
            )
            days = None if given == usual else int(given)
        if fold.open:
            newest = snapshots.get(store)
            key = f"{store.path} {newest.id} {newest.users} {hash(found.rows.tobytes())}"
            show_steps(_steps(key, store, newest, found, only, days), "pool steps")
    return only, days


@st.cache_data(show_spinner=False, max_entries=4, ttl=KEEP_SECONDS)
def _choices(path: str, _store: Workspace) -> dict[str, list[tuple[str, int]]]:  # noqa: ARG001
    return eligible.choices(_store)


@st.cache_data(show_spinner=False, max_entries=16, ttl=KEEP_SECONDS)
def _steps(
    key: str,  # noqa: ARG001
    _store: Workspace,
    _snapshot: Snapshot,
    _found: SeedList,
    only: tuple[str, ...],
    days: int | None,
) -> tuple[Step, ...]:
    there = eligible.find(_store, _snapshot, only, days)
    seeds = int(np.isin(there.rows, _found.rows).sum())
    left = len(there.rows) - seeds
    return (*there.steps, Step("seeds themselves", seeds), Step("available", left, "left"))


def show_steps(steps: Sequence[Step], key: str) -> None:
    """Draw how many users each condition takes away."""
    shown = [(step.what, step.users, step.kind) for step in steps if step.users or step.kind != "loss"]
    words = "; ".join(
        f"{step.users:,} {'less: ' if step.kind == 'loss' else ''}{step.what}" for step in steps
    )
    ui.chart(waterfall(shown), f"From all users to those an audience can hold: {words}.", key)


def _segments() -> tuple[str, ...]:
    """Ask for values of the attributes; return them as "attribute=value"."""
    store = session.workspace()
    choices = _choices(str(store.path), store)
    chosen: list[str] = []
    for attribute in list(choices)[:MOST_ATTRIBUTES]:
        users = dict(choices[attribute])
        picked = st.multiselect(
            ui.plain(attribute.replace("_", " ").capitalize() if attribute.islower() else attribute),
            list(users),
            format_func=lambda value, users=users: f"{value} ({users[value]:,})",
            placeholder="Everybody",
            key=f"segment {attribute}",
        )
        chosen += [f"{attribute}={value}" for value in picked]
    return tuple(chosen)
