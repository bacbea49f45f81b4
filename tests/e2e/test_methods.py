"""From one method to all, back, and on to an audience; the address always says where one is."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.driving import settled, unfold, upload, visit
from tests.e2e.server import serving
from tests.e2e.small import Small


def test_from_a_link_to_one_method_to_all_and_to_expanding_by_it(
    small: Small, page: Page, tmp_path: Path
):
    workspace = shutil.copytree(small.folder, tmp_path / "workspace")
    with serving(workspace, tmp_path / "server.log") as server:
        title = page.get_by_role("heading", level=1)
        visit(page, f"{server.url}/methods?method=ridge")  # the first request of a fresh server
        expect(title).to_contain_text("Ridge regression")
        page.get_by_role("button", name="All methods").click()
        expect(title).to_contain_text("Methods")
        page.wait_for_url("**/methods")
        page.reload()
        settled(page)
        expect(title).to_contain_text("Methods")
        page.get_by_role("link", name="Similarity", exact=True).click()
        page.wait_for_url("**/methods#centroid")
        expect(page.get_by_role("heading", name="Similarity")).to_be_in_viewport()

        visit(page, f"{server.url}/methods?method=centroid")
        page.locator(".st-key-pages").get_by_role("link", name="Methods").click()
        expect(title).to_contain_text("Methods")  # not the one that the address had
        page.wait_for_url("**/methods")

        visit(page, f"{server.url}/methods?method=centroid")
        page.get_by_role("link", name="Expand a seed list with it").click()
        settled(page)
        upload(page, small.fans)
        chosen = unfold(page, "Method").get_by_role("radio", name="Similarity")
        expect(chosen).to_be_checked()
