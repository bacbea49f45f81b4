"""Tours of the pages as they stand: empty, with data, lists and audiences, and for a viewer."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.e2e.driving import add, settled, visit
from tests.e2e.server import Server

Look = Callable[[Page, str], None]
PAGES = ("overview", "expand", "lists", "compare", "methods", "plan", "experiment", "data")
NO_SUCH_RUN = "0000000000"


def address(server: Server, page: str, run: str = "") -> str:
    """Return the address of a page, and of a run on it."""
    return f"{server.url}/{'' if page == 'overview' else page}{f'?run={run}' if run else ''}"


def search(page: Page, label: str, option: str) -> None:
    """Choose an option of a long list, which holds only those in sight, by typing its name."""
    field = page.get_by_role("combobox", name=label, exact=True)
    field.fill(option)
    page.get_by_role("option", name=option).first.click()
    settled(page)


def still(look: Look, page: Page, server: Server, state: str) -> None:
    """Look at every page as it opens."""
    for name in PAGES:
        visit(page, address(server, name))
        look(page, f"{name}-{state}")


def empty(look: Look, page: Page, server: Server) -> None:
    """Look at every page of an empty workspace, and at the loading of the sample."""
    still(look, page, server, "empty")
    visit(page, address(server, "lists"))
    page.get_by_role("tab", name="Audiences").click()
    look(page, "lists-audiences-empty")
    visit(page, address(server, "overview"))
    page.get_by_role("button", name="Load the sample data").click()
    page.get_by_role("progressbar").wait_for()
    look(page, "overview-running")


def loaded(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at every page with data, and at a link that leads nowhere."""
    still(look, page, server, "loaded")
    visit(page, address(server, "expand", NO_SUCH_RUN))
    look(page, "expand-nowhere")


def lists(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at one list, several, and the audiences."""
    visit(page, address(server, "lists"))
    search(page, "List", "good_seeds")
    look(page, "lists-one")
    several = page.get_by_role("combobox", name="Lists", exact=True)
    several.scroll_into_view_if_needed()
    settled(page)  # a list closes again while the page still scrolls
    several.click()
    page.get_by_role("option").first.wait_for()
    names = page.get_by_role("option").all_inner_texts()[1:3]
    page.keyboard.press("Escape")
    add(page, "Lists", *names)
    look(page, "lists-several")
    page.get_by_role("tab", name="Audiences").click()
    settled(page)
    search(page, "One audience", "good_seeds")
    look(page, "lists-audiences")


def viewer(look: Look, page: Page, server: Server, run: str) -> None:
    """Look at what somebody sees who may only look."""
    for name in ("overview", "expand", "lists", "compare", "data"):
        visit(page, address(server, name))
        look(page, f"viewer-{name}")
    visit(page, address(server, "expand", run))
    look(page, "viewer-done")
