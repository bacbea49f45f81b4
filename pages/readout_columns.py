"""Which column of the results is what, which variant is the control, how users were to be split."""

from __future__ import annotations

import session
import streamlit as st
import ui

from lookalike import audience, experiment
from lookalike.errors import BadInput
from lookalike.experiment import Preview, Spec

ROLES = {"user_id": "User", "variant": "Variant", "date": "Date", "score": "Audience score"}
MEASURES = {
    "impressions": "Impressions",
    "clicks": "Clicks",
    "hides": "Hides",
    "good_clicks": "Good clicks",
    "revenue": "Revenue",
    "conversions": "Conversions",
    "sessions": "Sessions",
    "bounces": "Bounces",
}
NONE = "(none)"


def columns(seen: Preview, before: Spec, key: str) -> tuple[dict[str, str], int | None]:
    """Ask for the columns of the keys, and for an audience that scores come from."""
    with st.grid(2):
        chosen = _chosen(ROLES, seen, before, key)
    with st.popover("Columns of the usual metrics"):
        st.caption("Columns of the weeks before the test are found by name: pre_clicks and so on.")
        chosen |= _chosen(MEASURES, seen, before, key)
    exported = {one.id: one for one in audience.exported(session.workspace())}
    if not exported:
        return chosen, None
    audience_id = st.selectbox(
        "The audience that the test was made with",
        list(exported),
        index=None,
        format_func=lambda number: _named(exported[number]),
        placeholder="None: the file has what is needed",
        help="Gives every user the score they had, and, where the file names no variants, who was "
        "held out.",
        key=f"audience {key}",
    )
    return chosen, audience_id


def _chosen(roles: dict[str, str], seen: Preview, before: Spec, key: str) -> dict[str, str]:
    chosen = {}
    for role, label in roles.items():
        found = seen.found.get(role, "")
        usual = before.columns.get(role, found) or NONE
        names = [NONE, *seen.names]
        name = st.selectbox(label, names, index=names.index(usual), key=f"{role} {key}")
        name = "" if name == NONE else name
        if name != found:
            chosen[role] = name
    return chosen


def _named(one: audience.Exported) -> str:
    return f"{one.name}: {one.users:,} users, {one.created:%d %b %Y}"


def split(
    seen: Preview, before: Spec, key: str, audience_id: int | None
) -> tuple[str | None, dict[str, float]] | None:
    """Ask for the control and the planned shares; no shares mean an equal split."""
    names = list(seen.variants)
    if len(names) < 2:
        if audience_id is not None and not names:
            st.caption("Users of the audience are compared with those that were held out.")
        return next(iter(names), None), {}
    why = ""
    try:
        usual = experiment.choose_control(
            seen.variants, before.control if before.control in names else None
        )
    except BadInput as error:
        usual, why = None, str(error)
    control = st.selectbox(
        "Control",
        names,
        index=None if usual is None else names.index(usual),
        placeholder="Choose the variant that changed nothing",
        key=f"control {names} {key}",
    )
    if control is None:
        st.info(ui.plain(why), icon=":material/help:")
    st.caption("What share of the users each variant was meant to get, in percent.")
    planned = before.planned if before.planned and set(before.planned) == set(names) else None
    total = sum(planned.values()) if planned else 1.0
    with st.grid(3):
        shares = {
            name: st.number_input(
                ui.plain(name),
                0.1,
                99.9,
                round(100 * planned[name] / total if planned else 100 / len(names), 1),
                1.0,
                "%.1f",
                key=f"share {name} {names} {key}",
            )
            for name in names
        }
    if abs(sum(shares.values()) - 100) > 0.1 * len(names):
        st.warning(f"The shares add up to {sum(shares.values()):.1f} %; they are taken in proportion.")
    if control is None:
        return None
    return control, {} if len(set(shares.values())) == 1 else shares
