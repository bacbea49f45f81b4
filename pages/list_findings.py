"""What was found about a list, and going on with it or without a group of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import session
import streamlit as st
import ui
from seed_input import DRAFT
from words import count, percent, plain

from lookalike import seeds
from lookalike.advice.advised import Advice
from lookalike.advice.hygiene import effect_sentence, hygiene_sentence, title
from lookalike.advice.leaderboard import leaderboard_sentence
from lookalike.advice.learning_curve import curve_sentence
from lookalike.charts import advice as advice_charts
from lookalike.seeds import SeedList


def show(advice: Advice) -> None:
    """Draw finished advice, and go on with the list."""
    distinct = advice.distinct
    if distinct is not None:
        (st.markdown if distinct.level == "distinct" else st.warning)(distinct.sentence())
    for leak in advice.leaking:
        st.warning(f"Too good to be true: {plain(leak)}")
    more, weight, clean = st.tabs(["More seeds?", "Weight by?", "Who does not belong?"])
    with more:
        _more(advice.curve)
    with weight:
        _weight(advice.board)
    with clean:
        _clean(advice)
    facts = advice.run.metrics
    st.caption(
        f"{count(facts['seeds'], 'seed')}; {facts['held_out']:,} of them were held out in "
        f"{count(facts['rounds'], 'round')}, and looked for by what the others have in common. "
        "“Found” is the share of held-out seeds in the top 1, 2, 5 and 10 % of the users, averaged. "
        "Intervals are at 95 %."
    )
    if st.button("Expand this list", type="primary"):
        go_on_with(seeds.load(session.workspace(), advice.spec.seed_list))


def go_on_with(seed_list: SeedList) -> None:
    """Lay a list out for expansion."""
    st.session_state[DRAFT] = ("", seed_list)
    st.query_params.clear()
    st.rerun()


def _more(curve: dict[str, Any]) -> None:
    st.markdown(f"**{curve_sentence(curve)}**")
    if curve["doubling"] is None:
        return
    figure = advice_charts.learning_curve(curve["points"])
    ui.chart(figure, f"Held-out seeds found by seed size. {curve_sentence(curve)}", "learning curve")
    lines = [
        (f"{one['size']:,}", percent(one["recall"]), f"{percent(one['low'])} to {percent(one['high'])}")
        for one in curve["points"]
    ]
    _folded(lines, ["Seeds trained on", "Held-out seeds found", "Between"])


def _weight(board: dict[str, Any]) -> None:
    st.markdown(f"**{plain(leaderboard_sentence(board))}**")
    rows = board["metrics"]
    if not rows:
        return
    figure = advice_charts.gains(rows, "Points, against equal weights")
    ui.chart(figure, "What weighting by each metric finds more than equal weights", "leaderboard")
    lines = [("Equal weights", percent(board["equal"]["recall"]), "–", "–", "–")]
    for row in rows:
        value = row["value"]
        own = f"{percent(value['share'])} (equal: {percent(value['equal'])})" if value else "–"
        lines.append((row["label"], percent(row["recall"]), _points(row), f"{row['p_holm']:.3f}", own))
    heads = ["Weight by", "Found", "More than equal", "p (Holm)", "Of its own total found"]
    _folded(lines, heads)
    st.caption(
        "Every held-out seed counts the same here. “Of its own total found” is the share of, say, all "
        "held-out spend that the found seeds stand for: it tells whether the best ones come first."
    )


def _clean(advice: Advice) -> None:
    rows = advice.hygiene
    st.markdown(f"**{hygiene_sentence(rows)}**")
    for row in rows:
        with st.container(border=True):
            name = title(row["key"])
            size = f"{count(row['seeds'], 'seed')} ({percent(row['share'])})"
            st.markdown(f"**{name}**: {size} {row['about']}.")
            if row["themes"]:
                about = "; ".join(_theme(one) for one in row["themes"])
                st.caption(f"More of: {about}.")
            st.markdown(effect_sentence(row["effect"]))
            if not session.may("lists"):
                continue
            with st.container(horizontal=True):
                without = st.button(f"Go on without {name.lower()}", key=f"without {row['key']}")
                only = row["key"].startswith("group") and st.button(
                    f"Go on with {name.lower()} alone", key=f"only {row['key']}"
                )
            if without or only:
                with ui.told():
                    left = advice.without(row["key"]) if without else advice.only(row["key"])
                    kept = seeds.keep(session.workspace(), left)
                    go_on_with(seeds.load(session.workspace(), kept))


def _theme(one: dict[str, Any]) -> str:
    of = "of what they did" if one["of"] == "actions" else "of them"
    share, elsewhere = percent(one["share"], 0), percent(one["elsewhere"], 0)
    return f"{plain(one['name'])}, {share} {of} (the others: {elsewhere})"


def _points(row: dict[str, Any]) -> str:
    return f"{100 * row['difference']:+.1f} pts ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"


def _folded(lines: list[tuple[str, ...]], heads: list[str]) -> None:
    with st.expander("The same in numbers"):
        ui.table(pd.DataFrame(lines, columns=heads))
