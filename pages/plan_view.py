"""Drawing a plan: the answer, the power curve, the smallest lifts, the hold-out."""

from __future__ import annotations

import session
import streamlit as st
import ui
import words

from lookalike import audience
from lookalike.charts.power import power_by_lift, power_by_users
from lookalike.experiment.planning import plan_words, power_curves
from lookalike.experiment.planning.baseline import Baseline
from lookalike.experiment.planning.holdout import hold_out
from lookalike.experiment.planning.plan import Plan

ACROSS = {"users": "By users", "lift": "By lift"}
OTHER = 0


def show(plan: Plan) -> None:
    """Draw a plan, from the answer down."""
    st.markdown(f"## {ui.plain(plan_words.answer(plan))}")
    enough = plan_words.suffices(plan)
    if enough is not None:
        tell = st.success if plan.size >= plan.total else st.warning
        tell(ui.plain(enough))
    ui.numbers(
        ("Users in all", plan_words.rounded(plan.total), "In all variants together, rounded up."),
        ("Users in the control", plan_words.rounded(plan.variants[0]), "Rounded up."),
        (
            "Weeks",
            "–" if plan.weeks is None else f"{min(plan.weeks, plan_words.LONG + 1):,}",
            "Whole weeks until so many new users have entered; say above how many there are a day.",
        ),
        (
            "Tested at",
            f"{100 * plan.alpha_each:.3g} %",
            "False alarms allowed in each single comparison (Bonferroni).",
        ),
    )
    st.markdown("\n".join(f"- {ui.plain(sentence)}" for sentence in plan_words.notes(plan)))
    st.header("Power")
    _curve(plan)
    _smallest(plan)


def _curve(plan: Plan) -> None:
    across = st.segmented_control(
        "Power curve",
        list(ACROSS),
        format_func=ACROSS.__getitem__,
        default="users",
        required=True,
        label_visibility="collapsed",
    )
    terms, base = plan.terms, plan.baseline
    least = plan.minimum[0].rel_lift
    lift = plan_words.change(terms.lift)
    if across == "users":
        points = power_curves.by_size(base, terms, round(1.5 * max(plan.lift_total, plan.size)))
        there = None if plan.size == plan.total else plan.size
        figure = power_by_users(
            [(one.at, one.power, one.power_adjusted) for one in points],
            terms.power, plan_words.round_up(plan.lift_total), there,
        )  # fmt: skip
        told = f"Chance to find {lift} by users; {plan_words.rounded(plan.lift_total)} are needed."
    else:
        points = power_curves.by_lift(base, terms, plan.size, 1.5 * max(abs(terms.lift), least))
        figure = power_by_lift(
            [(one.at, one.power, one.power_adjusted) for one in points],
            terms.power, abs(terms.lift), least,
        )  # fmt: skip
        told = f"Chance of {plan.size:,} users to find a lift, by lift; the smallest is {least:.1%}."
    ui.chart(figure, told, f"power {across}")
    with st.expander("The same as a table"):
        ui.table(plan_words.curve_table(points, across, terms), alt=told)


def _smallest(plan: Plan) -> None:
    st.header("The smallest lift it finds")
    users = plan_words.rounded(plan.size) if plan.size == plan.total else f"{plan.size:,}"
    st.caption(
        f"With {users} users in all, in {words.percent(plan.terms.power)} of cases. "
        "A metric whose smallest lift is larger than anything you expect cannot decide this test."
    )
    ui.table(
        plan_words.minimum_table(plan),
        alt="The smallest lift of each metric at this size",
        column_config={
            "Metric": st.column_config.TextColumn(pinned=True),
            "With adjustment": st.column_config.TextColumn(
                help="After allowing for what users did in the time before (CUPED)."
            ),
        },
    )


def hold_out_of_audience(plan: Plan, baseline: Baseline) -> None:
    """Ask for an audience, and say how much of it to hold out."""
    st.header("Hold out part of an audience")
    st.caption(
        "To see what a campaign does, part of its audience does not get it. The value now is what "
        "these people do without the campaign."
    )
    known = {one.id: one for one in audience.exported(session.workspace())}
    chosen = OTHER
    if known:
        chosen = st.selectbox(
            "Audience",
            [*known, OTHER],
            format_func=lambda key: (
                f"{known[key].name}, {words.moment(known[key].created)}" if key else "Another one"
            ),
        )
    if chosen == OTHER:
        with st.grid(3):
            size = st.number_input(
                "Users of the audience",
                1,
                10**10,
                None,
                key="audience",
                bind="query-params",
                placeholder="Such as 50,000",
            )
    else:
        size = known[chosen].users
    if not size:
        return
    found = hold_out(baseline, plan.terms, int(size))
    tell = st.warning if found.users is None else st.success
    tell(ui.plain(plan_words.held_out(found)))
