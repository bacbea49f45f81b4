"""How large the audience is, who is left out of it and who is held back."""

from __future__ import annotations

from dataclasses import dataclass

import session
import streamlit as st
from words import moment

from lookalike import audience, seeds
from lookalike.cutting import Cut, percent
from lookalike.evaluation import SIZES
from lookalike.expansion import Audience, Expansion

USUAL = 0.05
WAYS = ("On the curve", "Percent", "Number of users", "Lowest score")
TIERS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
MOST_HELD = 50


@dataclass(frozen=True)
class Chosen:
    """What the visitor chose.

    Attributes:
        audience: Its users.
        share: Its size as a share of the eligible users; people means both.
    """

    audience: Audience
    share: float


def choose(result: Expansion) -> Chosen:
    """Ask for the size, and fold away what few need: exclusions, hold-out, tiers."""
    way = st.segmented_control("Size by", WAYS, default=WAYS[0], required=True, key="size by")
    size, least = _size(result, way)
    with st.expander("Leave out, hold back, tell tiers apart", key="cut"):
        exclude, audiences = _exclusions(result)
        held = st.number_input(
            "Hold back for an experiment, % of the audience",
            min_value=0,
            max_value=MOST_HELD,
            value=0,
            key="holdout",
            help="Chosen by lot and kept from the download, to compare with those you reach.",
        )
        tiers = st.multiselect(
            "Tiers",
            TIERS,
            format_func=percent,
            placeholder="None",
            key="tiers",
            help="Nested sizes: each user is marked with the smallest that holds them.",
        )
    cut = Cut(
        size=size,
        least_score=least,
        exclude=tuple(exclude),
        exclude_audiences=tuple(audiences),
        holdout=held / 100,
        tiers=tuple(sorted(tiers)),
    )
    chosen = result.audience(cut)
    return Chosen(chosen, chosen.share)


def _size(result: Expansion, way: str) -> tuple[float, float | None]:
    if way == WAYS[1]:
        given = st.number_input(
            "Size, % of the eligible users",
            min_value=0.01,
            max_value=100.0,
            value=100 * USUAL,
            step=0.5,
            key="size percent",
        )
        return float(given) / 100, None
    if way == WAYS[2]:
        most = len(result.ranking)
        usual = result.ranking.count(USUAL)
        return st.number_input("Users", min_value=1, max_value=most, value=usual, key="size users"), None
    if way == WAYS[3]:
        scores = result.ranking.candidates["score"]
        usual = float(scores[result.ranking.count(USUAL) - 1])
        given = st.number_input(
            "Everybody who scores at least",
            value=usual,
            step=None,
            format="%.4f",
            key="size score",
            help=f"Scores go from {scores[-1]:.4g} to {scores[0]:.4g}; they order the users, no more.",
        )
        return USUAL, float(given)
    size = st.select_slider(
        "Audience size", SIZES, value=USUAL, format_func=lambda k: f"{100 * k:g} %", key="size"
    )
    return float(size), None


def _exclusions(result: Expansion) -> tuple[list[str], list[int]]:
    names = sorted(saved.name for saved in seeds.saved(session.workspace()))
    exclude = st.multiselect(
        "Leave out the users of these lists",
        names,
        placeholder="Nobody",
        key="exclude",
        help="Saved lists, such as those who bought already. The seeds themselves are never in it.",
    )
    known = {one.id: one for one in audience.exported(session.workspace())}
    earlier = st.multiselect(
        "Leave out the users of earlier audiences",
        list(known),
        format_func=lambda number: (
            f"{known[number].name}, {known[number].users:,} users, {moment(known[number].created)}"
        ),
        placeholder="Nobody",
        key=f"exclude audiences {result.run.id}",
        disabled=not known,
    )
    return exclude, earlier
