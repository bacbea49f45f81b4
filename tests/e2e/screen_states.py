"""Tours of what work can come to: it waits, it fails, the server dies under it."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from lookalike import expansion, runs
from lookalike.errors import LookalikeError
from lookalike.expansion import Spec
from lookalike.workspace import Workspace
from tests.e2e.driving import SLOW, start_training, visit
from tests.e2e.screen_pages import Look, address, search
from tests.e2e.server import Server

STARTS = {"compare": "Compare", "data": "Learn embeddings"}


def begin(page: Page, server: Server) -> dict[str, str]:
    """Start to train, queue a run of each further page behind it, and return the runs by page."""
    found = {"expand": start_training(page, server)}
    for name, button in STARTS.items():
        visit(page, address(server, name))
        page.get_by_role("button", name=button, exact=True).click()
        found[name] = _run_of(page, name)
    return found


def waiting(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at runs that wait for their turn, and cancel them all."""
    begun = begin(page, server)
    for name in ("compare", "data"):
        visit(page, address(server, name, begun[name]))
        look(page, f"{name}-queued")
    visit(page, address(server, "overview"))
    look(page, "overview-busy")
    _stop(page, server, begun)
    visit(page, address(server, "data", begun["data"]))
    look(page, "data-cancelled")


def failing(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at a list that cannot be deleted now, and at an import whose file goes away meanwhile."""
    first = start_training(page, server)
    visit(page, address(server, "lists"))
    search(page, "List", "good_seeds")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    page.get_by_text("is in use").wait_for()
    look(page, "lists-in-use")
    some = server.workspace.parent / "some_users.csv"
    some.write_text("user_id,country\nu_1,NL\n", "utf-8")
    visit(page, address(server, "data"))
    page.get_by_text("Users", exact=True).last.click()
    page.get_by_text("A file on the server", exact=True).click()
    path = page.get_by_role("textbox", name="Path on the server")
    path.fill(str(some))
    path.press("Enter")
    page.get_by_role("button", name="Import", exact=True).click()
    second = _run_of(page, "data")
    some.unlink()
    _stop(page, server, {"expand": first})
    visit(page, address(server, "data", second))
    page.get_by_role("link", name="Back to the data").wait_for(timeout=SLOW)
    look(page, "data-failed")


def fail(folder: Path) -> str:
    """Leave an expansion in a workspace that failed, its list being gone, and return the run."""
    with Workspace.open(folder) as store:
        run = runs.create(store, "expand", "Lapsed customers", asdict(Spec("Lapsed customers")))
        with contextlib.suppress(LookalikeError):
            expansion.carry_out(store, run)
    return run


def interrupted(look: Look, page: Page, server: Server, killed: dict[str, str], failed: str) -> None:
    """Look at the runs that a server left when it was killed, and at one that failed."""
    for name, run in killed.items():
        visit(page, address(server, name, run))
        look(page, f"{name}-interrupted")
    visit(page, address(server, "expand", failed))
    look(page, "expand-failed")
    visit(page, address(server, "overview"))
    look(page, "overview-interrupted")


def _run_of(page: Page, name: str) -> str:
    page.wait_for_url(f"**/{name}?run=*")
    page.get_by_role("progressbar").wait_for()
    return parse_qs(urlsplit(page.url).query)["run"][0]


def _stop(page: Page, server: Server, begun: dict[str, str]) -> None:
    for name, run in reversed(begun.items()):  # the last first, so that none of them starts
        visit(page, address(server, name, run))
        page.get_by_role("button", name="Cancel").click()
    for name, run in begun.items():
        visit(page, address(server, name, run))
        page.get_by_text("This was cancelled").wait_for(timeout=SLOW)
