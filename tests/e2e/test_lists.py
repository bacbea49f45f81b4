"""Saved lists in a browser: kept, renamed, held against each other, joined, used again, deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.driving import (
    Traffic,
    add,
    choose,
    giver,
    number,
    pick,
    rerun,
    settled,
    train,
    upload,
    visit,
)
from tests.e2e.server import Server, serving
from tests.e2e.small import Small


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, small: Small) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("lists")
    workspace = shutil.copytree(small.folder, folder / "workspace")
    with serving(workspace, folder / "server.log") as server:
        yield server
        assert "Traceback" not in server.log.read_text("utf-8", "replace")


def save(page: Page, server: Server, file: Path, name: str) -> None:
    """Upload a list and save it under a name, without training on it."""
    visit(page, f"{server.url}/expand")
    upload(page, file)
    page.get_by_role("button", name="Save list").click()
    page.get_by_role("textbox", name="Name").fill(name)
    with rerun(page):
        page.get_by_role("button", name="Save", exact=True).click()


def options(page: Page) -> set[str]:
    """Return what can be chosen as one list."""
    field = page.get_by_role("combobox", name="List", exact=True)
    field.click()
    found = set(page.get_by_role("option").all_inner_texts())
    page.keyboard.press("Escape")
    settled(page)
    return found


def hold_together(page: Page, *names: str) -> None:
    """Choose several lists, unless they are chosen: a new list may have unmade the choice."""
    chosen = page.get_by_role("button", name=f"Remove {names[-1]}")
    if not chosen.count():
        add(page, "Lists", *names)


def test_a_list_is_saved_renamed_used_again_and_deleted(
    server: Server, small: Small, page: Page, traffic: Traffic
):
    seeds = len(small.fans.read_text().split()) - 1
    name, renamed = "Spring *fans*", "Autumn [fans]"
    save(page, server, small.fans, name)
    expect(page.get_by_text(f"Saved as {name}.")).to_be_visible()
    with rerun(page):
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="already")).to_be_visible()

    visit(page, f"{server.url}/lists")
    assert options(page) == {name, *small.lists}
    choose(page, "List", name)
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="New name").fill(renamed)
    with rerun(page):
        page.get_by_role("button", name="Rename it").click()
    expect(page.get_by_text(f"{name} is now called {renamed}.")).to_be_visible()
    assert options(page) == {renamed, *small.lists}

    choose(page, "List", renamed)
    page.get_by_role("button", name="Expand this list").click()
    page.wait_for_url("**/expand")
    settled(page)
    assert number(page, "Matched") == str(seeds)
    run = train(page, "Similarity")
    expect(page.get_by_text(f"Seed list: {renamed}")).to_be_visible()

    visit(page, f"{server.url}/lists")
    choose(page, "List", renamed)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 run used it")).to_be_visible()
    with rerun(page):
        page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text(f"{renamed} was deleted.")).to_be_visible()
    assert options(page) == set(small.lists)
    visit(page, f"{server.url}/expand?run={run}")
    expect(page.get_by_text("The list has been deleted since")).to_be_visible()
    expect(giver(page, "Download")).to_be_enabled()
    assert traffic.complaints == []


def test_two_lists_are_held_against_each_other_and_make_a_third(
    server: Server, small: Small, page: Page, traffic: Traffic
):
    first, second = list(small.lists)[:2]
    one, other = small.lists[first], small.lists[second]
    visit(page, f"{server.url}/lists")
    hold_together(page, first, second)
    table = page.get_by_test_id("stDataFrame").filter(has_text="Jaccard")
    cells = table.locator("td").all_text_contents()
    assert cells[:3] == [first, second, str(len(one & other))]
    for way, made in (("Unite", one | other), ("Subtract", one - other), ("Intersect", one & other)):
        pick(page, way)
        name = page.get_by_role("textbox", name="Name of the new list")
        assert first in name.input_value()
        assert second in name.input_value()
        name.fill(way)
        page.keyboard.press("Tab")
        settled(page)
        with rerun(page):
            page.get_by_role("button", name="Make the list").click()
        if made:
            expect(page.get_by_text(f"{way} was saved with {len(made)} seed")).to_be_visible()
        else:
            expect(page.get_by_role("alert").last).to_be_visible()
        assert (way in options(page)) is bool(made)
        hold_together(page, first, second)
    assert traffic.complaints == []
