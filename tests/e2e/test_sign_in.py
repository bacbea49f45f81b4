"""With sign-in configured a stranger gets nothing of the workspace, whichever way they come."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.driving import QUICK, settled, visit
from tests.e2e.oidc import Provider, providing
from tests.e2e.server import Sample, free_port, run_cli, serving
from tests.unit.worlds import communities

ANN, BOB, CAT, EVE = "ann@example.org", "bob@example.com", "cat@example.com", "eve@elsewhere.org"
ROLES = {
    "LOOKALIKE_ADMINISTRATORS": ANN,
    "LOOKALIKE_ANALYSTS": BOB,
    "LOOKALIKE_ALLOWED": "@example.com",
}
ADDRESSES = ["/expand?run={run}", "/", "/data", "/nowhere"]
# what only the workspace knows
INSIDE = re.compile("fans|480|held-out seeds|Recent runs|Download")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("world") / "workspace"
    communities(folder)
    report = folder.parent / "report.json"
    run_cli(
        *("expand", "--workspace", str(folder), "--seeds", "fans", "--method", "centroid"),
        *("--splits", "2", "--size", "10%", "--out", str(folder.parent / "a.csv")),
        *("--report", str(report)),
    )
    return Sample(folder, json.loads(report.read_text("utf-8"))["run_id"])


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


class House:
    """The app with sign-in, which can be started again at the same address."""

    def __init__(self, folder: Path, world: Sample, provider: Provider) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.run = world.run
        self.workspace = world.folder
        self.log = folder / "server.log"
        self.secrets = provider.write_secrets(folder / "secrets.toml", self.url)

    def open(self, **env: str):
        return serving(self.workspace, self.log, port=self.port, secrets=self.secrets, **(ROLES | env))


@pytest.fixture
def house(tmp_path: Path, world: Sample, provider: Provider) -> House:
    return House(tmp_path, world, provider)


@pytest.fixture
def somebody(browser: Browser) -> Iterator[BrowserContext]:
    """Another person, at a browser of their own."""
    opened = browser.new_context(accept_downloads=True)
    opened.set_default_timeout(QUICK)
    yield opened
    opened.close()


def sign_in(page: Page, url: str, email: str) -> None:
    visit(page, url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill(email)
    with page.expect_navigation(url=re.compile("localhost")):
        page.get_by_role("button", name="Go on").click()
    settled(page)


def fetched(url: str, method: str = "GET") -> int:
    """The answer's status to somebody without cookies."""
    try:
        asked = urllib.request.Request(url, method=method)  # noqa: S310 - localhost
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - localhost
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def refused(page: Page) -> None:
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert not INSIDE.search(page.locator("body").inner_text())


def test_a_stranger_gets_the_sign_in_page_everywhere(house: House, page: Page):
    with house.open() as server:
        for address in ADDRESSES:  # the first one is the first request to a fresh server
            visit(page, server.url + address.format(run=house.run))
            refused(page)
        statuses = {
            path: fetched(server.url + path)
            for path in (
                "/_stcore/health", "/_stcore/metrics", "/media/0123.csv", "/_stcore/upload_file/a/b",
                "/_stcore/script-health-check", "/app/static/x.csv", "/component/x/y",
            )
        }  # fmt: skip
        assert statuses.pop("/_stcore/health") == 200
        assert set(statuses.values()) == {401}
        assert fetched(f"{server.url}/_stcore/upload_file/a/b", "PUT") == 401
    with house.open():  # started again under the open page: the socket connects by itself
        page.wait_for_timeout(3_000)
        settled(page)
        refused(page)
        assert house.log.read_text("utf-8").count("sign-in is needed") == 2
        assert "Traceback" not in house.log.read_text("utf-8")


def test_somebody_signs_in_works_downloads_and_nobody_else_gets_that_file(
    house: House, page: Page, somebody: BrowserContext
):
    link = f"{house.url}/expand?run={house.run}"
    with house.open() as server:
        sign_in(page, link, BOB)
        assert page.url == link  # the page that was asked for
        expect(page.get_by_role("heading", name="of held-out seeds")).to_be_visible()
        with page.expect_download() as started:
            page.get_by_role("button", name="Download").first.click()
        assert started.value.path().read_bytes()
        media = started.value.url
        assert "/media/" in media
        assert page.request.get(media).status == 200
        assert fetched(media) == 401
        assert somebody.request.get(media).status == 401

        stranger = somebody.new_page()
        sign_in(stranger, link, EVE)
        expect(stranger.get_by_role("alert")).to_contain_text(f"{EVE} is not let in here")
        assert not INSIDE.search(stranger.locator("body").inner_text().replace(EVE, ""))
        assert somebody.request.get(media).status == 401
        stranger.get_by_role("button", name="Sign out").click()
        refused(stranger)

        sign_in(stranger, link, CAT)  # of a domain that may look
        expect(stranger.get_by_role("heading", name="of held-out seeds")).to_be_visible()
        assert somebody.request.get(media).status == 403
        log = server.log.read_text("utf-8")
    assert "Traceback" not in log
    with house.open():  # a restart: the cookie still holds, its owner need not sign in again
        assert fetched(media) == 401
        stranger.goto("about:blank")
        visit(page, link)
        expect(page.get_by_role("heading", name="of held-out seeds")).to_be_visible()
        with page.expect_download() as started:
            page.get_by_role("button", name="Download").first.click()
        assert fetched(started.value.url) == 401


def test_forged_and_copied_cookies_open_nothing(
    house: House, page: Page, context: BrowserContext, somebody: BrowserContext
):
    with house.open(LOOKALIKE_SIGN_IN_HOURS="1"):
        sign_in(page, f"{house.url}/data", "late@example.com")  # two hours ago
        expect(page.get_by_text("Your sign-in has ended after 1 hour")).to_be_visible()
        refused(page)
        sign_in(page, f"{house.url}/data", ANN)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Data")
        second = context.new_page()
        visit(second, f"{house.url}/compare")
        expect(second.get_by_role("heading", level=1)).to_contain_text("Compare")
        mine = next(one for one in context.cookies() if one["name"] == "_streamlit_user")
        copied = {"name": mine["name"], "value": mine["value"], "url": house.url}
        somebody.add_cookies([{**copied, "value": mine["value"][:-4] + "AAAA"}])
        other = somebody.new_page()
        visit(other, f"{house.url}/data")
        refused(other)
        page.get_by_role("button", name=ANN).click()
        page.get_by_role("button", name="Sign out").click()
        refused(page)
        somebody.add_cookies([copied])  # a copy from before signing out
        visit(other, f"{house.url}/data")
        refused(other)
        # the other tab still has its socket: the next click there finds out
        second.get_by_role("link", name="Data").click()
        settled(second)
        refused(second)
