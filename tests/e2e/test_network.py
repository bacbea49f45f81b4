"""Nothing leaves this machine, and the browser has nothing to complain about."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.driving import Traffic, visit
from tests.e2e.server import Server

PAGES = ("", "expand", "compare", "experiment", "data")


def test_pages_ask_only_this_machine(reading_server: Server, page: Page, traffic: Traffic):
    for path in PAGES:
        visit(page, f"{reading_server.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert any("/_stcore/stream" in url for url in traffic.urls)  # web sockets are listened to
    assert traffic.foreign() == []
    assert traffic.complaints == []


@pytest.mark.parametrize(
    ("url", "foreign"),
    [
        ("http://localhost:8501/static/a.js", False),
        ("data:image/png;base64,AAAA", False),
        ("https://webhooks.example.org/track", True),
        ("wss://example.org/socket", True),
        ("http://localhost.example.org/", True),
    ],
)
def test_foreign_addresses_are_recognised(url: str, foreign: bool):
    assert bool(Traffic([url]).foreign()) is foreign
