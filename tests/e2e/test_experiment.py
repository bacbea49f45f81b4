"""The analyst's job: from a file of results to a verdict that can be sent, in a browser."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.driving import QUICK, Traffic, choose, settled, upload, visit
from tests.e2e.server import Server

SAID = "Do not ship gate_40: retention_7"


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    """Players of a game whose gate came at one of two levels; after the later one fewer return."""
    rng = np.random.default_rng(11)
    later = np.arange(4000) % 2 == 1
    day_1 = rng.random(4000) < np.where(later, 0.44, 0.45)
    day_7 = rng.random(4000) < np.where(later, 0.13, 0.19)
    frame = pd.DataFrame(
        {
            "userid": np.arange(4000) + 116,
            "version": np.where(later, "gate_40", "gate_30"),
            "sum_gamerounds": rng.negative_binomial(1, 0.03, 4000),
            "retention_1": np.where(day_1, "TRUE", "FALSE"),
            "retention_7": np.where(day_7, "TRUE", "FALSE"),
        }
    )
    path = tmp_path / "gates.csv"
    frame.to_csv(path, index=False)
    return path


def download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("button", name=label).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_from_a_file_to_a_verdict_that_can_be_sent(
    app_server: Server, browser: Browser, page: Page, traffic: Traffic, gates: Path, tmp_path: Path
):
    visit(page, f"{app_server.url}/experiment")
    upload(page, gates)
    expect(page.get_by_text("Say which one is the control.")).to_be_visible()
    choose(page, "Control", "gate_30")
    expect(page.get_by_role("heading", name="Keep running")).to_be_visible()
    choose(page, "The metric that decides", "retention_7")
    verdict = page.get_by_role("heading", name=SAID)
    expect(verdict).to_be_visible()
    said = verdict.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    expect(page.get_by_role("combobox", name="Control")).to_be_visible()  # nothing folded away

    table = pd.read_csv(download(page, "Download the table", tmp_path))
    assert set(table.metric) == {"sum_gamerounds", "retention_1", "retention_7"}
    report = json.loads(download(page, "Full report", tmp_path).read_text("utf-8"))
    assert report["verdict"] == said
    assert report["srm"]["observed"] == {"gate_30": 2000, "gate_40": 2000}
    sent = download(page, "One page to send", tmp_path)
    link = page.url
    assert "readout=" in link
    assert traffic.foreign() == []
    assert traffic.complaints == []

    _reads_alone(browser, sent, said)
    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        visit(other, link)
        expect(other.get_by_role("heading", name=SAID)).to_have_text(said)
        expect(other.get_by_test_id("stFileUploader")).to_have_count(0)
        expect(other.locator(".js-plotly-plot").first).to_be_visible()
        other.get_by_role("link", name="Read out another experiment").click()
        expect(other.get_by_test_id("stFileUploader")).to_be_visible()
        settled(other)
        assert other.url == f"{app_server.url}/experiment"
        other.get_by_role("link", name="gates.csv").first.click()  # the newest
        expect(other.get_by_role("heading", name=SAID)).to_be_visible()
        settled(other)
        assert other.url == link


def _reads_alone(browser: Browser, file: Path, said: str) -> None:
    """A file that was sent shows all it has, in a browser without any network."""
    with browser.new_context(offline=True) as alone:
        traffic = Traffic.of(alone)
        alone.set_default_timeout(QUICK)
        alone.route(lambda url: not url.startswith("file://"), lambda route: route.abort())
        page = alone.new_page()
        page.goto(file.as_uri())
        expect(page.get_by_role("heading", level=1)).to_have_text(said)
        charts = page.locator(".js-plotly-plot")
        expect(charts.first).to_be_visible()
        for chart in charts.all():
            expect(chart.locator("svg path").first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [url for url in traffic.urls if not url.startswith(("file:", "data:", "blob:"))] == []
        assert traffic.complaints == []
