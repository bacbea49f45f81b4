"""Asking for a plan: the lift, the users, the variants, the risks, a guardrail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st
from plan_baseline import number

from lookalike.experiment.planning import plan_words
from lookalike.experiment.planning.baseline import Baseline, named, share_baseline
from lookalike.experiment.planning.terms import MOST_TREATMENTS, Terms


def lift() -> float:
    with st.grid(3):
        percent = number(
            "Relative lift, %",
            5.0,
            "lift",
            -99.0,
            1000.0,
            step=1.0,
            format="%.1f",
            help="The smallest change worth acting on, relative to the value now: 5 % of 4.0 % is "
            "4.2 %. The smaller, the more users. Below 0 for a fall.",
        )
    return float(percent) / 100


def users() -> dict[str, float | None]:
    """Ask how many users can enter the test; nothing need be known."""
    unknown = {"placeholder": "Not known", "step": 1}
    with st.grid(3):
        found = {
            "daily": number(
                "New users a day", None, "daily", 1, 10**9, **unknown,
                help="Users who come into the test for the first time. Each is counted once, however "
                "often they come back.",
            ),
            "weekly_cap": number(
                "At most in a week", None, "cap", 1, 10**10, **unknown,
                help="If only so many may be in the test, as by a budget.",
            ),
            "weeks": number(
                "Weeks there are", None, "weeks", 1, 520, **unknown,
                help="If the test must end by then: says what lift it can find.",
            ),
        }  # fmt: skip
    if found["weeks"] and not (found["daily"] or found["weekly_cap"]):
        st.caption("Weeks tell something once the new users a day are known.")
    return found


def terms(found: list[Baseline], size: float, there: dict[str, Any]) -> tuple[Terms, Baseline | None]:
    """Ask for what rarely changes: variants, risks and a guardrail."""
    with st.expander("Variants, risks and a guardrail"):
        with st.grid(3):
            treatments = number(
                "Treatments", 1, "treatments", 1, MOST_TREATMENTS,
                help="New variants; each is compared with the control.",
            )  # fmt: skip
            control = number(
                "Control's share, %", None, "control", 1.0, 99.0, format="%.1f",
                placeholder="Equal shares", help="The treatments share the rest equally.",
            )  # fmt: skip
            decisive = number(
                "Deciding metrics", 1, "metrics", 1, 20,
                help="Metrics of which each alone could decide the test. The more, the stricter.",
            )  # fmt: skip
            power = number(
                "Power, %", 80.0, "power", 10.0, 99.9, format="%.1f", step=5.0,
                help="How often the test finds the lift, if it is there. Usual is 80 %.",
            )  # fmt: skip
            alpha = number(
                "False alarms, %", 5.0, "alpha", 0.01, 50.0, format="%.2f", step=1.0,
                help="How often the test finds a difference that is not there. Usual is 5 %.",
            )  # fmt: skip
        guardrail, margin = _guardrail(found)
    shares = None
    if control is not None:
        shares = (control / 100, *[(1 - control / 100) / treatments] * treatments)
    asked = Terms(
        lift=size,
        power=power / 100,
        alpha=alpha / 100,
        treatments=treatments,
        decisive=decisive,
        shares=shares,
        margin=margin,
        **there,
    )
    return asked, guardrail


def _guardrail(found: list[Baseline]) -> tuple[Baseline | None, float | None]:
    about = "A metric that must not get worse, such as the share of users who complain."
    if found[0].users is not None:
        names = {one.metric: one for one in found[1:]}
        name = st.selectbox(
            "Guardrail",
            list(names),
            index=None,
            format_func=lambda name: plan_words.titled(names[name].label),
            placeholder="None",
            help=about,
        )
        guarded = None if name is None else named(found, name)
    elif st.toggle(
        "A share of users must not get worse", key="guarded", bind="query-params", help=about
    ):
        share = number("Guardrail's share now, %", 1.0, "guardrail", 0.01, 99.99, format="%.2f")
        guarded = replace(share_baseline(share / 100, "the guardrail"), metric="guardrail")
    else:
        guarded = None
    if guarded is None:
        return None, None
    usual = 100 * (guarded.margin or 0.05)
    margin = number(
        "Accepted change for the worse, %", usual, "margin", 0.1, 99.0, format="%.1f",
        help="Relative to its value now. The test is made large enough to see that it is less.",
    )  # fmt: skip
    return guarded, margin / 100
