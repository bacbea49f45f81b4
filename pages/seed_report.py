"""What became of the ids of a list: counts, reasons, and rules by which more of them would match."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import session
import streamlit as st
import ui
from words import count

from lookalike import expansion
from lookalike.errors import BadInput
from lookalike.seeds import MatchReport, SeedList
from lookalike.seeds import downloads as seed_downloads
from lookalike.seeds import rules as seed_rules

SHORT, FEW = 100, 10
RULES = "matching rules"  # of each list at hand: the rules that its visitor ticked


def matched(found: SeedList) -> None:
    """Report how a list matched, and refuse one that is too short."""
    report = found.report
    ui.numbers(
        ("Ids", f"{report.rows:,}", "Ids in the list, blank lines aside."),
        ("Matched", f"{report.matched:,}", "Ids that are users of this workspace."),
        ("Unknown", f"{report.unknown + report.damaged:,}", "Ids that are not."),
        ("Duplicates", f"{report.duplicates:,}", "Ids that name a user whom another line named."),
    )
    if how := report.how():
        st.info(ui.plain(how), icon=":material/info:")
    if report.hint:
        st.warning(ui.plain(report.hint))
    _remedies(report)
    _unmatched(found)
    if report.problems:
        with st.expander(f"First problems, by line ({len(report.problems)})"):
            rows = [(one.line, one.text) for one in report.problems]
            ui.table(
                pd.DataFrame(rows, columns=["Line", "What"]), column_config={"Line": {"width": "small"}}
            )
    expansion.check_size(report.matched, report.rows)
    if report.matched < FEW:
        st.warning(f"{report.matched} seeds are very few: expect a rough audience.")
    elif report.matched < SHORT:
        st.warning(f"{report.matched} seeds are few: from {SHORT} on the evidence gets firm.")


def by_rules(key: str, match: Callable[[tuple[str, ...]], SeedList]) -> SeedList:
    """Match a list by the rules that were ticked for it; one that does not serve is taken back.

    Args:
        key: Tells this list from others.
        match: Matches it by rules.
    """
    at_hand, ticked = st.session_state.get(RULES, ("", ()))
    rules = ticked if at_hand == key else ()
    try:
        found = match(rules)
    except BadInput as error:
        if not rules:
            raise
        ui.problem(error)
        rules = rules[:-1]
        found = match(rules)
    st.session_state[RULES] = (key, rules)
    return found


def _remedies(report: MatchReport) -> None:
    """Offer the rules by which more ids would match; nothing is applied without being ticked."""
    offered = {one.rule: one for one in report.why if one.rule}
    if not offered and not report.rules:
        return
    at_hand, _ = st.session_state.get(RULES, ("", ()))
    for name in (*report.rules, *offered):
        way = seed_rules.rule(name)
        if name in offered:
            one = offered[name]
            label = f"Match {count(one.count, 'more id')} {way.label}: {one.example()}"
        else:
            label = f"Match {way.label} ({report.matched_as.get(name, 0):,} matched so)"
        st.checkbox(
            ui.plain(label),
            value=name in report.rules,
            key=f"rule {name} {at_hand} {name in report.rules}",
            on_change=_tick,
            args=(name, name not in report.rules),
        )


def _tick(name: str, on: bool) -> None:
    key, rules = st.session_state.get(RULES, ("", ()))
    left = tuple(rule for rule in rules if rule != name)
    st.session_state[RULES] = (key, (*left, name) if on else left)


def _unmatched(found: SeedList) -> None:
    report = found.report
    if not report.why:
        return
    with st.expander(f"Why ids did not match ({report.unknown + report.damaged:,})"):
        st.markdown("\n".join(f"- {ui.plain(one.sentence())}" for one in report.why))
        st.download_button(
            "Download the unmatched ids (CSV)",
            data=lambda: seed_downloads.unmatched_csv(report),
            file_name="unmatched-ids.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.caption(
            "One line an id: line, id, reason. Ids stand there as you gave them: where some begin with "
            "=, +, - or @, import the file into a spreadsheet as text."
        )


def template() -> None:
    """Offer a seed file to fill in."""
    store = session.workspace()
    st.download_button(
        "Download a template",
        data=lambda: seed_downloads.template_csv(store),
        file_name="seed-list-template.csv",
        mime="text/csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="A small CSV with the columns user_id and value, and made-up ids that look like yours.",
    )
