from html.parser import HTMLParser

import pandas as pd
import pytest

from lookalike.experiment import Readout, readout
from lookalike.experiment.web_page import to_html
from tests.unit.experiment.data import generated

SHARES = {"control": 0.4, "x": 0.3, "y": 0.3}
SCRIPT = "<script>alert(1)</script>"
EMPTY = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """The text outside of scripts and styles, the headings, and tags that are left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.headings, self.links = "", [], []
        self.open: list[str] = []
        self.rows = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.rows += tag == "tr"
        self.links += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"h1", "h2"}:
            self.headings.append(data)
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += data + "\n"


@pytest.fixture(scope="module")
def read() -> Readout:
    frame = generated(1_200, SHARES, {"x": 0.5})
    frame["country"] = ["DE", "FR"] * 600
    return readout(frame, planned=SHARES, primary="ctr")


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(read: Readout) -> None:
    html = to_html(read, "Spring test")
    page = Page(html)
    assert page.open == []
    assert page.links == []
    assert html.startswith("<!doctype html>")
    assert 'lang="en"' in html
    assert html.count('<div role="img" aria-label=') == html.count('class="plotly-graph-div"')


def test_it_leads_with_the_verdict_and_shows_every_treatment(read: Readout) -> None:
    page = Page(to_html(read, "Spring test"))
    assert page.headings[0] == read.verdict
    assert "Spring test: 1,200 users, control control, 95 % intervals." in page.text
    for verdict in read.verdicts:
        assert verdict.sentence in page.text
    for check in read.checks:
        assert check.message in page.text
    assert {"By country (exploratory): x", "By country (exploratory): y"} <= set(page.headings)
    assert "Checks of the data" in page.headings


def test_names_from_the_file_are_text() -> None:
    frame = generated(400, {"control": 0.5, SCRIPT: 0.5})
    frame["country"] = [SCRIPT, '"><img src=x onerror=alert(1)>'] * 200
    html = to_html(readout(frame), SCRIPT)
    assert SCRIPT not in html
    assert "<img" not in html
    page = Page(html)
    assert page.open == []
    assert SCRIPT in page.text


def test_a_broken_split_warns_above_its_numbers() -> None:
    html = to_html(readout(generated(900, {"control": 0.7, "new": 0.3})), "Broken")
    assert "<h1 class=blocked>" in html
    assert "The numbers all the same (not to be acted on)" in Page(html).headings


def test_nothing_to_compare_makes_a_short_page() -> None:
    frame = pd.DataFrame({"user_id": [1, 2], "variant": "new", "impressions": [3, 4]})
    page = Page(to_html(readout(frame), "Alone"))
    assert page.headings[1:] == ["Checks of the data"]
    assert "there is nothing to compare" in page.text


def test_the_level_of_the_intervals_is_said() -> None:
    frame = generated(400, {"control": 0.5, "new": 0.5})
    assert "90 % intervals" in to_html(readout(frame, alpha=0.1, full=False), "Wide")
