"""Several lists in one run: watched from two places, cancelled, killed, gone on with, downloaded."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from lookalike import batch, seeds
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.e2e.driving import Traffic, choose, downloaded, rerun, settled, unfold, visit
from tests.e2e.server import Server, serving
from tests.e2e.small import Small
from tests.e2e.test_keyboard import go_to, press

METHOD = "Regression and regions"  # no list is through at once, and each is trained for itself
SIZE, HELD_BACK = 60, 20  # users of each audience; % of them
TRAINING = re.compile(r"Training (\d+) of 8: ")
SOON = 30_000


def halves(small: Small) -> dict[str, list[str]]:
    """Two lists of each that is saved, and one on which only two are users."""
    made = {}
    for number, ids in enumerate(small.lists.values()):
        ordered = sorted(ids)
        made[f"first half {number}"], made[f"other half {number}"] = ordered[::2], ordered[1::2]
    made["other half 3"] = [*small.users[:2], "somebody", "nobody"]
    return made


def payload(lists: dict[str, list[str]]) -> list[FilePayload]:
    return [
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": "\n".join(ids).encode()}
        for name, ids in lists.items()
    ]


def run_of(page: Page) -> str:
    page.wait_for_url("**/lists?run=*")
    return parse_qs(urlsplit(page.url).query)["run"][0]


def training(page: Page, least: int) -> int:
    """Wait until a list of at least that number is trained, and return its number."""
    later = re.compile(rf"Training [{least}-8] of 8: ")
    said = page.get_by_text(later).first
    expect(said).to_be_visible(timeout=SOON)
    found = TRAINING.search(said.inner_text())
    assert found is not None
    return int(found[1])


@pytest.fixture
def folder(tmp_path: Path, small: Small) -> Path:
    return shutil.copytree(small.folder, tmp_path / "workspace")


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    with serving(folder, tmp_path / "server.log") as server:
        yield server
        assert "Traceback" not in server.log.read_text("utf-8", "replace")


def test_cancelled_killed_and_gone_on_with_nothing_is_otherwise(
    server: Server, small: Small, folder: Path, page: Page, browser: Browser, tmp_path: Path
):
    lists = halves(small)
    visit(page, f"{server.url}/lists")
    page.get_by_role("tab", name="Expand several lists").click()
    tab = page.get_by_role("tabpanel", name="Expand several lists")
    with rerun(page):
        tab.get_by_text("Upload files", exact=True).click()
    with rerun(page):
        tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(payload(lists))
    expect(tab.get_by_text("8 lists saved.")).to_be_visible()
    choose(page, "Method", METHOD)
    with rerun(page):
        tab.get_by_text("Number of users", exact=True).click()
    size = tab.get_by_role("spinbutton", name="Number of users")
    with rerun(page):
        size.fill(str(SIZE))
        size.press("Enter")
    unfold(page, "Leave out, hold back, test")
    held = tab.get_by_role("spinbutton", name="Hold back for an experiment")
    with rerun(page):
        held.fill(str(HELD_BACK))
        held.press("Enter")
    choose(page, "Test of each list", "Three rounds")
    tab.get_by_role("button", name="Expand 8 lists").click()
    run = run_of(page)
    link = page.url

    reached = training(page, 2)
    page.get_by_role("button", name="Cancel").click()
    said = page.get_by_text(re.compile(r"This was cancelled\. \d of 8 lists done and kept\."))
    expect(said).to_be_visible(timeout=SOON)
    kept = int(re.findall(r"(\d) of 8", said.inner_text())[0])
    assert reached - 1 <= kept < 8
    expect(page.get_by_text(TRAINING)).to_have_count(0)
    elsewhere = browser.new_context().new_page()
    visit(elsewhere, link)
    page.get_by_role("button", name="Go on").click()
    assert training(page, 1) > kept  # none is trained again
    assert page.url == link
    elsewhere.reload()
    assert training(elsewhere, 1) > kept
    os.kill(server.pid, signal.SIGKILL)
    elsewhere.context.close()

    with serving(folder, tmp_path / "second.log") as second:
        visit(page, f"{second.url}/lists?run={run}")
        expect(page.get_by_text("The server stopped while this was under way.")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        table = page.get_by_test_id("stDataFrame")
        expect(table).to_be_visible(timeout=SOON)
        settled(page)
        cells = table.locator("td").all_text_contents()
        assert [cell for cell in cells if cell in lists] == list(lists)[:-1]
        refused = page.get_by_role("alert").filter(has_text="Not expanded: 1 list.")
        expect(refused).to_contain_text("other half 3: Only 2 of 4 ids are users of this workspace")
        archive = downloaded(page, "Download 7 audiences")
        choose(page, "Which", "first half 2")
        alone = files(downloaded(page, "Download 1 audience"))
        assert list(alone) == ["first half 2.csv", "first half 2 held back.csv"]
        assert alone.items() <= files(archive).items()
        assert "Traceback" not in second.log.read_text("utf-8", "replace")
    check(archive, small, lists)
    assert files(undisturbed(folder, small, tmp_path, run)) == files(archive)


def files(archive: bytes) -> dict[str, bytes]:
    """Return what an archive holds, but for the manifest, which tells when it was made."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist() if name != "manifest.json"}


def check(archive: bytes, small: Small, lists: dict[str, list[str]]) -> None:
    """Make sure that each audience is of the size, of users, and of none of its own seeds."""
    found = files(archive)
    good = [name for name in lists if name != "other half 3"]
    assert set(found) == {f"{name}{end}.csv" for name in good for end in ("", " held back")}
    for name in good:
        reached, held = (
            [row["user_id"] for row in csv.DictReader(io.StringIO(found[file].decode()))]
            for file in (f"{name}.csv", f"{name} held back.csv")
        )
        everybody = {*reached, *held}
        assert len(everybody) == len(reached) + len(held) == SIZE
        assert 0 < len(held) < SIZE / 2
        assert everybody <= set(small.users)
        assert not everybody & set(lists[name])


def undisturbed(folder: Path, small: Small, scratch: Path, run: str) -> bytes:
    """Return the archive of a run that was asked the same and left alone, in another workspace."""
    with Workspace.open(folder) as store:
        spec = batch.load(store, run).spec
    other = shutil.copytree(small.folder, scratch / "undisturbed")
    with Workspace.open(other, settings=Settings(threads=1)) as store:
        for name, ids in halves(small).items():
            seeds.keep(store, seeds.match(store, seeds.parse("\n".join(ids).encode(), name), name))
        result = batch.carry_out(store, batch.ask(store, spec))
        batch.zipped(result, scratch / "undisturbed.zip", "csv")
    return (scratch / "undisturbed.zip").read_bytes()


def test_the_keyboard_alone_leads_from_the_lists_to_the_archive(
    server: Server, small: Small, page: Page, traffic: Traffic
):
    visit(page, f"{server.url}/lists")
    go_to(page, page.get_by_role("tab", name="Seed lists"))
    page.keyboard.press("ArrowLeft")  # from the first to the last
    page.keyboard.press("Enter")
    settled(page)
    tab = page.get_by_role("tabpanel", name="Expand several lists")
    go_to(page, tab.get_by_role("switch"))
    press(page, "Space")
    go_to(page, tab.get_by_role("button", name=f"Expand {len(small.lists)} lists"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=SOON)
    settled(page)
    give = page.get_by_role("button", name=f"Download {len(small.lists)} audiences")
    go_to(page, give)
    with page.expect_download() as file:
        page.keyboard.press("Enter")
    names = zipfile.ZipFile(file.value.path()).namelist()
    assert names == [*(f"{name}.csv" for name in sorted(small.lists)), "manifest.json"]
    assert traffic.complaints == []
