"""Driving the app in a browser: opening, waiting until it is idle, files in and out, and its traffic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Playwright,
    expect,
)
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.browser import FLAGS, HELP, get
from tests.e2e.server import ROOT, Server

GOOD_SEEDS = ROOT / "sample_data" / "good_seeds.csv"
SLOW = 300_000  # milliseconds that training may take on a busy machine
QUICK = 60_000  # and everything else

# Idle: no script runs or is asked for, nothing is stale or a placeholder, for a while on end
# (a click takes a moment to reach the server). A page that follows a run asks again every second, and
# on a busy machine it never has done: there it is enough that nothing is missing for longer.
IDLE = """
() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const empty = document.querySelector(
    '[data-testid="stAppSkeleton"], [data-testid="stSkeleton"], [data-testid="stSpinner"]');
  if (!app || empty) {
    window.idleSince = window.wholeSince = null;
    return false;
  }
  window.wholeSince ??= performance.now();
  if (document.querySelector('.st-key-cancel') && performance.now() - window.wholeSince > 3000) {
    return true;
  }
  const stale = document.querySelector('[data-stale="true"]');
  if (app.dataset.testScriptState !== 'notRunning' || stale) {
    window.idleSince = null;
    return false;
  }
  window.idleSince ??= performance.now();
  return performance.now() - window.idleSince > 400;
}
"""

# What keeps it from that, in words.
BUSY = """
() => ['data-test-script-state', 'data-stale="true"', 'data-testid="stAppSkeleton"',
       'data-testid="stSkeleton"', 'data-testid="stSpinner"']
  .flatMap(mark => [...document.querySelectorAll(`[${mark}]`)]
    .map(one => one.dataset.testScriptState ?? `${mark} ${one.innerText.slice(0, 60)}`))
  .slice(0, 6).join('; ').replace(/\\s+/g, ' ')
"""


@dataclass  # no slots: Playwright leaves a mark on whose method it is given
class Traffic:
    """What a browser fetched and complained about."""

    urls: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext) -> Traffic:
        """Listen to all pages that a context opens from now on."""
        traffic = cls()
        context.on("request", lambda request: traffic.urls.append(request.url))
        context.on("page", lambda page: page.on("websocket", lambda one: traffic.urls.append(one.url)))
        context.on("console", traffic._hear)
        context.on("weberror", lambda error: traffic.complaints.append(str(error.error)))
        return traffic

    def _hear(self, said: ConsoleMessage) -> None:
        # below a page's path Streamlit looks for its server there first, and then at the root
        looking = urlsplit(said.location["url"]).path.endswith(
            ("/_stcore/health", "/_stcore/host-config")
        )
        if said.type == "error" and not (looking and "404" in said.text):
            self.complaints.append(f"{said.text} ({said.location['url']})")

    def foreign(self) -> list[str]:
        """Return the addresses that are not on this machine."""
        schemes = ("http", "https", "ws", "wss")
        split = [(url, urlsplit(url)) for url in self.urls]
        return [
            url
            for url, parts in split
            if parts.scheme in schemes and parts.hostname not in ("localhost", "127.0.0.1")
        ]


def launch(playwright: Playwright) -> Browser:
    """Start a Chromium without a window.

    Raises:
        RuntimeError: There is none.
    """
    path = get()
    if path is None:
        raise RuntimeError(HELP)
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


def visit(page: Page, url: str) -> None:
    """Open an address and wait until the app is idle."""
    page.goto(url)
    settled(page)


def start_training(page: Page, server: Server) -> str:
    """Upload the good list, start to train on it, and return the run's id once its progress shows."""
    visit(page, f"{server.url}/expand")
    upload(page, GOOD_SEEDS)
    page.get_by_role("button", name="Train and test").click()
    page.wait_for_url("**/expand?run=*")
    page.get_by_role("progressbar").wait_for()
    return parse_qs(urlsplit(page.url).query)["run"][0]


def settled(page: Page) -> None:
    """Wait until the app is idle.

    Raises:
        TimeoutError: It does not get idle; the message says what it is busy with.
    """
    page.evaluate("window.idleSince = window.wholeSince = null")
    try:
        page.wait_for_function(IDLE, polling=50, timeout=QUICK)
    except PlaywrightTimeout as error:
        raise TimeoutError(f"{page.url} is not idle: {page.evaluate(BUSY)}") from error


def upload(page: Page, path: Path) -> None:
    """Give a file to the page's uploader and wait until the app is idle."""
    with page.expect_response(lambda answer: "/_stcore/upload_file/" in answer.url and answer.ok):
        page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(path)
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a list, by a part of its name, and wait until the app is idle."""
    field = page.get_by_role("combobox", name=label, exact=True)
    field.scroll_into_view_if_needed()
    settled(page)  # a list closes again while the page still scrolls
    field.click()
    page.get_by_role("option", name=option).click()
    settled(page)


def add(page: Page, label: str, *options: str) -> None:
    """Choose options of a list that takes several, by their whole names."""
    field = page.get_by_role("combobox", name=label, exact=True)
    field.scroll_into_view_if_needed()
    settled(page)
    for option in options:
        field.click()
        with rerun(page):
            page.get_by_role("option", name=option, exact=True).click()
        if page.get_by_role("listbox").count():
            page.keyboard.press("Escape")
            expect(page.get_by_role("listbox")).to_have_count(0)


RAN = """
() => {
  const app = document.querySelector('[data-testid="stApp"]');
  window.ran = false;
  window.watcher?.disconnect();
  window.watcher = new MutationObserver(() => {
    window.ran ||= app.dataset.testScriptState === 'running';
  });
  window.watcher.observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}
"""


@contextmanager
def rerun(page: Page) -> Iterator[None]:
    """Wait until the script has run because of the body, and the app is idle again."""
    page.evaluate(RAN)
    yield
    page.evaluate("window.asked = performance.now()")
    # a run so short that the page never draws it is not seen: it is not waited for for ever
    page.wait_for_function(
        "window.ran || performance.now() - window.asked > 5000", polling=50, timeout=QUICK
    )
    settled(page)


def hand_over(page: Page, name: str, data: bytes) -> None:
    """Give a file of that name and content to the page's uploader, in place of the one before."""
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    with rerun(page):
        page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(file)


def pick(page: Page, option: str) -> None:
    """Choose an option of a row of buttons or of a round list, and wait until the app is idle."""
    with rerun(page):
        page.get_by_role("radio", name=option).or_(page.get_by_role("button", name=option)).first.click()


def number(page: Page, label: str) -> str:
    """Return what the page says under a label, such as "Matched"."""
    shown = page.get_by_test_id("stMetric").filter(
        has=page.get_by_test_id("stMetricLabel").get_by_text(label, exact=True)
    )
    return shown.get_by_test_id("stMetricValue").inner_text().strip()


def folded(page: Page, label: str) -> Locator:
    """Return the part of the page that unfolds under a label."""
    return page.get_by_test_id("stExpander").filter(has=page.locator("summary").filter(has_text=label))


def unfold(page: Page, label: str) -> Locator:
    """Unfold a part of the page and return it."""
    part = folded(page, label)
    if part.locator("details[open]").count() == 0:
        part.locator("summary").click()
        settled(page)
    return part


def train(page: Page, method: str) -> str:
    """Train on the list that is laid out by a method of that label, and return the run's id."""
    unfold(page, "Method")
    with rerun(page):
        page.get_by_role("radiogroup", name="Method").get_by_text(method, exact=True).click()
    page.get_by_role("button", name="Train and test").click()
    expect(page.get_by_role("heading", name="of held-out seeds")).to_be_visible(timeout=SLOW)
    settled(page)
    return parse_qs(urlsplit(page.url).query)["run"][0]


def downloaded(page: Page, button: str) -> bytes:
    """Press a button that gives a file, and return what it holds."""
    with page.expect_download() as download:
        giver(page, button).click()
    return download.value.path().read_bytes()


def giver(page: Page, button: str) -> Locator:
    """Return the button for a file; tables have buttons of their own by which they are downloaded."""
    return page.get_by_test_id("stDownloadButton").get_by_role("button", name=button)
