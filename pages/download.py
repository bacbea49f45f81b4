"""Taking an audience away: the file's form, a look at it, the files themselves."""

from __future__ import annotations

import session
import streamlit as st
import ui
from audience_size import Chosen
from download_button import button
from download_fields import chosen_fields
from words import count

from lookalike import export, manifest, model_card
from lookalike.errors import LookalikeError
from lookalike.expansion import Audience, Expansion
from lookalike.export import Template, Written

SHOWN = 5
LONG, WIDE = 40, 180  # a column of hashes leaves room for others: characters, pixels
KEEP_SECONDS = 600  # data may be imported meanwhile


def show(result: Expansion, chosen: Chosen) -> None:
    """Offer the audience as a file."""
    st.header("Download")
    template = export.TEMPLATES[
        st.selectbox(
            "Format",
            list(export.TEMPLATES),
            format_func=lambda key: export.TEMPLATES[key].label,
            key="format",
        )
    ]
    _about(template)
    if not session.may("export"):
        st.info("You may look at this audience. To download it, ask for the role of an analyst.")
        return
    try:
        fields = chosen_fields(template)
        users = _look(result, chosen, template, fields)
    except LookalikeError as error:
        ui.problem(error)
        return
    _files(result, chosen, template, fields, users)


def _about(template: Template) -> None:
    st.caption(ui.plain(template.note))
    if template.source:  # no caption: a link in one is too pale to read
        st.markdown(f"Format of {template.dated}: [{template.label}]({template.source}).")


def _look(result: Expansion, chosen: Chosen, template: Template, fields: dict[str, str] | None) -> int:
    """Say what the file will hold, show its first rows, and return how many users are in it."""
    chosen.audience.check_limit()
    users = chosen.audience.rows
    if template.fields:  # who has none of them is not in the file
        users = _accounted(result, chosen, template, fields)
    rows = st.expander("The first rows of the file", key="file preview", on_change="rerun")
    if rows.open:
        members = chosen.audience.selection.table()
        head = export.preview(result.workspace, members, template, fields, SHOWN)
        shown = head.to_pandas().astype(str)
        narrow = {name: {"width": WIDE} for name in shown if shown[name].str.len().max() > LONG}
        with rows:
            ui.table(shown, alt="The first rows of the file", key="file rows", column_config=narrow)
    return users


def _accounted(
    result: Expansion, chosen: Chosen, template: Template, fields: dict[str, str] | None
) -> int:
    """Say who is left out of a platform's file and why, and return how many users are in it."""
    account = _tried(
        f"{result.workspace.path} {result.run.id} {chosen.audience.selection.fingerprint} "
        f"{chosen.audience.cut} {template.key} {fields}",
        chosen.audience,
        template.key,
        fields,
    )
    for said in account.warnings:
        st.warning(ui.plain(said))
    if account.left_out:
        lost = "; ".join(
            f"{count(users, 'user')} ({ui.plain(why)})" for why, users in account.left_out.items()
        )
        st.caption(f"Not in the file: {lost}.")
    for said in account.notes():
        st.caption(ui.plain(said))
    return account.rows


@st.cache_data(show_spinner="Looking at the file", max_entries=64, ttl=KEEP_SECONDS)
def _tried(
    key: str,  # noqa: ARG001
    _audience: Audience,
    _template: str,
    _fields: dict[str, str] | None,
) -> Written:
    return _audience.trial(_template, _fields)


def _files(
    result: Expansion,
    chosen: Chosen,
    template: Template,
    fields: dict[str, str] | None,
    users: int,
) -> None:
    audience = chosen.audience
    stem = f"audience-{result.run.id}-{audience.rows}"
    name = f"{stem}{'' if template.key in ('csv', 'parquet') else '-' + template.key}{template.suffix}"

    def described() -> dict[str, object]:
        looked_at = audience.trial(template.key, fields)
        return manifest.manifest(result, audience, template, looked_at, name, fields)

    def file() -> bytes:
        with result.workspace.brief_file(template.suffix) as path:
            audience.write(path, template.key, fields)
            return path.read_bytes()

    def held_back() -> bytes:
        with result.workspace.brief_file(".csv") as path:
            audience.write_held_out(path)
            return path.read_bytes()

    button(f"Download {count(users, 'user')}", file, name, template.suffix, primary=True)
    with st.container(horizontal=True):
        if audience.held_out:
            label = f"The {count(audience.held_out, 'user')} held back"
            button(label, held_back, f"{stem}-held-back.csv", ".csv")
        button("Model card", lambda: model_card.card(described(), result), f"{stem}.html", ".html")
        button("Manifest", lambda: manifest.to_text(described()), f"{stem}.json", ".json")
    st.caption(
        "The download is saved under Lists, to be left out or downloaded again later. The model card "
        "tells people how the audience was made; from the manifest it can be made again."
    )
