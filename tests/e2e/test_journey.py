"""The main job: from a seed file to an audience file, in a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect

from tests.e2e.driving import GOOD_SEEDS, SLOW, settled, upload, visit
from tests.e2e.server import Sample, Server


def test_two_clicks_from_upload_to_audience(sample_server: Server, page: Page, tmp_path: Path):
    visit(page, sample_server.url)
    page.get_by_role("button", name="Expand a seed list").click()
    settled(page)
    upload(page, GOOD_SEEDS)
    expect(page.get_by_test_id("stMetric").filter(has_text="Matched")).to_contain_text("600")

    page.get_by_role("button", name="Train and test").click()
    expect(page.get_by_role("heading", name="of held-out seeds")).to_be_visible(timeout=SLOW)
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()

    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".csv"
    audience = pd.read_csv(file, dtype={"user_id": str})
    seeds = pd.read_csv(GOOD_SEEDS, dtype=str)["user_id"]
    assert list(audience) == ["user_id", "score", "rank", "percentile"]
    assert len(audience) > 500
    assert audience["user_id"].is_unique
    assert not audience["user_id"].isin(seeds).any()
    assert audience["rank"].tolist() == list(range(1, len(audience) + 1))
    assert (np.diff(audience["score"]) <= 0).all()
    assert f"{len(audience):,}" in page.get_by_role("button", name="Download").inner_text()


def test_a_smaller_audience_is_the_top_of_a_larger_one(
    reading_server: Server, sample: Sample, page: Page, tmp_path: Path
):
    visit(page, f"{reading_server.url}/expand?run={sample.run}")
    sizes = []
    for step in range(2):
        if step:
            page.get_by_role("slider").press("ArrowLeft")
            settled(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        download.value.save_as(tmp_path / f"{step}.csv")
        sizes.append(pd.read_csv(tmp_path / f"{step}.csv", dtype={"user_id": str}))
    larger, smaller = sizes
    assert 0 < len(smaller) < len(larger)
    assert smaller["user_id"].tolist() == larger["user_id"].head(len(smaller)).tolist()
