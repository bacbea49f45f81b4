"""From a list to every file of its audience, among two visitors, a full disk and a killed server."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import resource
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.driving import (
    SLOW,
    Traffic,
    add,
    choose,
    downloaded,
    giver,
    number,
    pick,
    rerun,
    settled,
    train,
    unfold,
    upload,
    visit,
)
from tests.e2e.server import Server, run_cli, serving
from tests.e2e.small import Small

HELD_BACK = 0.2
DISK = 4_096  # bytes that a file may have when the disk is "full"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, small: Small) -> Path:
    return Path(shutil.copytree(small.folder, tmp_path_factory.mktemp("expand") / "workspace"))


@pytest.fixture
def server(workspace: Path, tmp_path: Path) -> Iterator[Server]:
    with serving(workspace, tmp_path / "server.log") as server:
        yield server


def people(page: Page) -> int:
    return int(number(page, "People").replace(",", ""))


def fill(page: Page, label: str, value: str) -> None:
    """Write a number into a field."""
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    with rerun(page):
        field.press("Enter")


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def countries(workspace: Path) -> dict[str, str]:
    with duckdb.connect(str(workspace / "workspace.duckdb"), read_only=True) as connection:
        return dict(connection.execute("SELECT user_id, country FROM users").fetchall())


def largest(workspace: Path) -> str:
    """Return the country of most users."""
    held = list(countries(workspace).values())
    return max(set(held), key=held.count)


def test_from_segments_to_every_file_and_the_same_again(
    workspace: Path, small: Small, page: Page, browser: Browser, traffic: Traffic, tmp_path: Path
):
    there = largest(workspace)
    with serving(workspace, tmp_path / "server.log") as server:
        visit(page, f"{server.url}/expand")
        upload(page, small.fans)
        pool = unfold(page, "Who can be in it")
        choose(page, "Country", there)
        expect(pool).to_contain_text(f"Country is not {there}")
        run = train(page, "Similarity")
        sizes(page)
        left_out = cut(page, small)
        files = taken(page)
        again = once_more(page, server, files["csv"])
        assert again == files["csv"]
        assert traffic.complaints == []
    alone(browser, files["card"], tmp_path)
    seeds = {row["user_id"] for row in rows(small.fans.read_bytes())}
    audience, held_back = rows(files["csv"]), rows(files["held back"])
    ids, kept = {row["user_id"] for row in audience}, {row["user_id"] for row in held_back}
    assert len(kept) == pytest.approx(HELD_BACK * (len(ids) + len(kept)), abs=12)
    assert not ids & kept
    assert not (ids | kept) & (seeds | small.lists[left_out])
    home = countries(workspace)
    assert {home[one] for one in ids | kept} == {there}
    tiers = [row["tier"] for row in sorted(audience + held_back, key=lambda row: int(row["rank"]))]
    among = sum(country == there for country in home.values())
    assert 0 < tiers.count("5 %") <= 0.05 * among + 1
    assert list(dict.fromkeys(tiers))[:2] == ["5 %", "10 %"]
    assert pq.read_table(io.BytesIO(files["parquet"]))["user_id"].to_pylist() == [
        row["user_id"] for row in audience
    ]
    emails = {hashlib.sha256(f"{one}@example.com".encode()).hexdigest() for one in ids}
    told = {cell for row in csv.reader(io.StringIO(files["tiktok"].decode())) for cell in row}
    assert len(told & emails) > 0.5 * len(ids)
    for name in ("csv", "tiktok"):
        made = json.loads(files[f"{name} manifest"])
        assert made["run"] == run
        assert made["files"][0]["sha256"] == hashlib.sha256(files[name]).hexdigest()
        (tmp_path / "m.json").write_bytes(files[f"{name} manifest"])
        out = tmp_path / f"again-{name}.csv"
        run_cli(*("replay", str(tmp_path / "m.json"), "--out", str(out)), "--workspace", str(workspace))
        assert out.read_bytes() == files[name]


def sizes(page: Page) -> None:
    """Ask for a size in each way."""
    usual = people(page)
    pick(page, "Percent")
    assert people(page) == usual
    fill(page, "Size, % of the eligible users", "10")
    assert people(page) == pytest.approx(2 * usual, abs=1)
    pick(page, "Lowest score")
    assert people(page) == usual
    pick(page, "Number of users")
    fill(page, "Users", "70")
    assert people(page) == 70


def cut(page: Page, small: Small) -> str:
    """Leave a list out, hold some back, tell tiers apart; return the list's name."""
    left_out = max(small.lists, key=lambda name: len(small.lists[name]))
    unfold(page, "Leave out, hold back")
    add(page, "Leave out the users of these lists", left_out)
    fill(page, "Hold back for an experiment", "20")
    add(page, "Tiers", "10 %", "5 %")
    expect(page.get_by_text("of them are held back")).to_be_visible()
    assert people(page) == 70
    return left_out


def taken(page: Page) -> dict[str, bytes]:
    """Download one file of each kind."""
    files = {
        "csv": downloaded(page, "Download"),
        "held back": downloaded(page, "held back"),
        "csv manifest": downloaded(page, "Manifest"),
        "card": downloaded(page, "Model card"),
    }
    choose(page, "Format", "Table (Parquet)")
    files["parquet"] = downloaded(page, "Download")
    choose(page, "Format", "TikTok")
    files |= {"tiktok": downloaded(page, "Download"), "tiktok manifest": downloaded(page, "Manifest")}
    return files


def once_more(page: Page, server: Server, expected: bytes) -> bytes:
    """Find the newest audience on the page Lists and download it there."""
    visit(page, f"{server.url}/lists")
    page.get_by_role("tab", name="Audiences").click()
    known = page.get_by_role("combobox", name="One audience")
    known.click()
    page.get_by_role("option").first.click()
    settled(page)
    assert f"{len(rows(expected))} users" in giver(page, "Download").inner_text()
    return downloaded(page, "Download")


def alone(browser: Browser, card: bytes, folder: Path) -> None:
    """Open a model card as its reader does, far from here."""
    file = folder / "card.html"
    file.write_bytes(card)
    elsewhere = browser.new_context()
    traffic = Traffic.of(elsewhere)
    page = elsewhere.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert traffic.urls == [file.as_uri()]
    assert traffic.complaints == []
    elsewhere.close()


def test_a_full_disk_is_told_and_leaves_nothing_half_done(server: Server, small: Small, page: Page):
    lay_out(page, server, max(small.lists, key=lambda name: len(small.lists[name])))
    train(page, "Similarity")
    pick(page, "Number of users")
    fill(page, "Users", "500")
    usual = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (DISK, usual[1]))
    giver(page, "Download").click()
    expect(page.get_by_text("Failed to generate file for download")).to_be_visible()
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, usual)
    assert len(rows(downloaded(page, "Download"))) == 500
    assert list((server.workspace / "tmp").iterdir()) == []


def lay_out(page: Page, server: Server, name: str) -> None:
    """Open the page and choose a saved list."""
    visit(page, f"{server.url}/expand")
    pick(page, "Saved list")
    choose(page, "Saved list", name)


def begun(page: Page) -> str:
    """Start to train by what takes longest, and return the link of the run."""
    page.get_by_role("button", name="Train and test").click()
    page.wait_for_url("**/expand?run=*")
    expect(page.get_by_role("progressbar")).to_be_visible()
    return page.url


def sentence(page: Page) -> str:
    """Wait for a run's end, and return what it found."""
    heading = page.get_by_role("heading", name="of held-out seeds")
    expect(heading).to_be_visible(timeout=SLOW)
    return heading.inner_text()


def test_two_visitors_at_once_and_a_reload_in_the_middle(
    server: Server, small: Small, page: Page, browser: Browser
):
    first, second = list(small.lists)[:2]
    elsewhere = browser.new_context()
    other = elsewhere.new_page()
    lay_out(other, server, first)
    train(other, "Similarity")
    pick(other, "Number of users")

    third = elsewhere.new_page()
    lay_out(third, server, first)
    lay_out(page, server, second)
    begun(third)
    link = begun(page)  # it waits for its turn, and is under way for as long as two trainings take
    fill(other, "Users", "33")
    assert people(other) == 33
    expect(page.get_by_role("progressbar")).to_be_visible()
    fill(other, "Users", "44")
    assert people(other) == 44
    page.reload()
    other.goto(link)
    found = sentence(page)
    assert sentence(other) == found
    settled(page)
    settled(other)
    assert people(other) == people(page)
    assert page.url == other.url == link
    elsewhere.close()


def test_a_killed_server_keeps_what_was_there(workspace: Path, small: Small, page: Page, tmp_path: Path):
    first, second = list(small.lists)[:2]
    with serving(workspace, tmp_path / "first.log") as server:
        lay_out(page, server, first)
        train(page, "Similarity")
        pick(page, "Number of users")
        fill(page, "Users", "55")
        kept = downloaded(page, "Download")
        lay_out(page, server, second)
        link = begun(page)
        os.kill(server.pid, signal.SIGKILL)
    with serving(workspace, tmp_path / "second.log") as server:
        visit(page, f"{server.url}/expand?{link.partition('?')[2]}")
        expect(page.get_by_text("The server stopped while this was under way")).to_be_visible()
        visit(page, server.url)
        expect(page.get_by_text("Interrupted").first).to_be_visible()
        visit(page, f"{server.url}/lists")
        page.get_by_role("combobox", name="List", exact=True).click()
        for name in small.lists:
            expect(page.get_by_role("option", name=name)).to_be_visible()
        page.keyboard.press("Escape")
        assert once_more(page, server, kept) == kept
