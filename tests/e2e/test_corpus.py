"""Messy seed files of every sort on their way through a browser: what is said of each of them."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.corpus import FILES, Case
from tests.e2e.driving import (
    QUICK,
    Traffic,
    downloaded,
    folded,
    giver,
    hand_over,
    number,
    pick,
    rerun,
    train,
    unfold,
    visit,
)
from tests.e2e.server import Server, serving
from tests.e2e.small import Small

CASES = {case.name: case for case in FILES}
LEAST = 3  # seeds of a list that can be expanded
UNMATCHED = {
    "half unknown.csv": ["x-0000000-y", "x-0000001-y"],
    "formulas.csv": ["=1+1", "@SUM(A1)"],
    "right to left.csv": ["\u202eu_1\u202c", "شخص"],
    "exponents.csv": ["1.13E+11", "2.23E+12"],
    "long numbers as ids.xlsx": [],
    "large.csv": ["x-0000000-y", "x-0000001-y"],
}
MENDED = {
    "the prefix is missing.csv": "u_",
    "a prefix too many.csv": "crm:",
    "upper case.csv": "capital",
}
EXPANDED = (
    "one column.csv",
    "semicolons, decimal commas.csv",
    "utf-16, big end.csv",
    "hashed, upper case.csv",
    "with a heading.xlsx",
    "duplicates.csv",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, small: Small) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("corpus")
    workspace = shutil.copytree(small.folder, folder / "workspace")
    with serving(workspace, folder / "server.log") as server:
        yield server
        assert "Traceback" not in server.log.read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def desk(browser: Browser, server: Server) -> Iterator[tuple[Page, Traffic]]:
    """One page for all files, as somebody has who tries one after the other."""
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(QUICK)
    traffic = Traffic.of(context)
    page = context.new_page()
    visit(page, f"{server.url}/expand")
    yield page, traffic
    context.close()


@pytest.fixture
def table(desk: tuple[Page, Traffic], server: Server) -> Iterator[Page]:
    page, traffic = desk
    if "run=" in page.url:
        visit(page, f"{server.url}/expand")
    yield page
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert traffic.complaints == []
    assert traffic.foreign() == []


def lay(page: Page, case: Case, users: tuple[str, ...]) -> None:
    """Give a file, or text, to the page as a visitor does."""
    data = case.data(users)
    if not case.pasted:
        if page.get_by_test_id("stFileUploader").count() == 0:
            pick(page, "Upload a file")
        hand_over(page, case.name, data)
        return
    field = page.get_by_role("textbox", name="One user id a line")
    if field.count() == 0:
        pick(page, "Paste ids")
    field.fill("")
    field.fill(data.decode())
    with rerun(page):
        field.press("Control+Enter")


def said(page: Page) -> str:
    """Return what is said of the ids that are no seeds, unfolded or not."""
    parts = ("Why ids did not match", "First problems, by line")
    there = [one for one in parts if folded(page, one).count()]
    return "\n".join(unfold(page, one).text_content() or "" for one in there)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_every_file_is_accounted_for_or_refused_in_words(case: Case, table: Page, small: Small):
    lay(table, case, small.users)
    alerts = table.get_by_role("alert")
    trained = table.get_by_role("button", name="Train and test")
    if case.refused:
        expect(table.get_by_test_id("stMetric")).to_have_count(0)
        expect(trained).to_have_count(0)
        if not case.pasted:  # nothing pasted is nothing to complain of
            expect(alerts).to_have_count(1)
            expect(alerts).to_contain_text(case.said)
        return
    shown = {label: number(table, label) for label in ("Ids", "Matched", "Unknown", "Duplicates")}
    assert shown == {
        "Ids": f"{case.rows:,}",
        "Matched": f"{case.matched:,}",
        "Unknown": f"{case.unknown + case.damaged:,}",
        "Duplicates": f"{case.duplicates:,}",
    }
    if case.said:
        assert case.said in said(table)
    if case.matched < LEAST:
        expect(trained).to_have_count(0)
        expect(alerts.last).to_contain_text("at least 3")
        return
    expect(trained).to_be_enabled()
    weighed_by = table.get_by_role("combobox", name="Weight by").input_value()
    own = [column for column in case.values if weighed_by.startswith(f"{column} (from the file)")]
    assert own == list(case.values[:1])


@pytest.mark.parametrize("name", UNMATCHED)
def test_the_ids_that_did_not_match_can_be_taken_away(name: str, table: Page, small: Small):
    case = CASES[name]
    lay(table, case, small.users)
    unfold(table, "Why ids did not match")
    text = downloaded(table, "Download the unmatched ids").decode()
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["line", "id", "reason"]
    assert len(rows) == case.unknown + case.damaged
    assert [one for _, one, _ in rows[: len(UNMATCHED[name])]] == UNMATCHED[name]
    lines = [int(line) for line, _, _ in rows]
    assert lines == sorted(set(lines))
    assert not {one for _, one, _ in rows} & set(small.users)
    assert all(reason for _, _, reason in rows)


@pytest.mark.parametrize("name", MENDED)
def test_a_rule_that_is_ticked_brings_the_others_in(name: str, table: Page, small: Small):
    lay(table, CASES[name], small.users)
    label = table.get_by_test_id("stCheckbox").filter(has_text=f"Match {CASES[name].unknown} more")
    expect(label).to_have_count(1)
    expect(label.get_by_role("checkbox")).not_to_be_checked()
    with rerun(table):
        label.click()
    assert number(table, "Matched") == str(CASES[name].unknown)
    assert number(table, "Unknown") == "0"
    with rerun(table):
        table.get_by_test_id("stCheckbox").filter(has_text="matched so").click()
    assert number(table, "Matched") == "0"


@pytest.mark.parametrize("name", EXPANDED)
def test_a_messy_file_leads_to_an_audience(name: str, table: Page, small: Small):
    case = CASES[name]
    lay(table, case, small.users)
    train(table, "Similarity")
    rows = list(csv.DictReader(io.StringIO(downloaded(table, "Download").decode())))
    found = [row["user_id"] for row in rows]
    assert found
    assert len(set(found)) == len(found)
    assert f"Download {len(found)} users" in giver(table, "Download").inner_text()
    assert set(found) <= set(small.users)
    assert not set(found) & set(small.users[: case.matched])
