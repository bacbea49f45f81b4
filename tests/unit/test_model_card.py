"""The model card says what was done, by whom it can be used, and escapes what people typed."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd

from lookalike.expanded import Expansion
from lookalike.expansion_spec import Spec
from lookalike.model_card import card, protected
from lookalike.ranking import RANKED, Ranking

NAME = "<b>fans</b> & co"
KS = (0.01, 0.02, 0.05, 0.1)


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.text, self.open, self.headings, self.links = "", [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in {"h1", "h2"}:
            self.headings.append(data)
        if self.open and self.open[-1] != "style":
            self.text += data + "\n"


def _expansion(workspace, ahead=-0.1, **spec):
    found = {"difference": ahead, "low": ahead - 0.01, "high": ahead + 0.01}
    metrics = {
        "eligible": 1000,
        "ranked": 950.0,
        "held_out": 200,
        "folds": 5,
        "snapshot": 1,
        "seeds": {"rows": 230, "matched": 200, "unknown": 30, "duplicates": 0, "used": 200},
        "weight": {"label": "ctr", "missing": 3, "negative": 0, "effective_size": 150.4},
        "leaking": ["The item <x> is nearly the list."],
        "blend": None,
        "methods": {
            "ridge": {"headline": 0.4, "versus": found | {"difference": 0.0}},
            "centroid": {"headline": 0.4 + ahead, "versus": found},
        },
    }
    ranked = np.zeros(800, RANKED)
    ranked["score"] = np.linspace(1, 0, 800)
    curves = pd.DataFrame(
        [
            {"method": method, "k": k, "recall": 4 * k, "low": 3 * k, "high": 5 * k, "precision": 0.8}
            for method in ("ridge", "centroid")
            for k in KS
        ]
    )
    run = SimpleNamespace(id="r1", metrics=metrics)
    asked = Spec(**{"seed_list": NAME, "method": "ridge", "weight": ("ctr",), **spec})
    return Expansion(workspace, run, asked, Ranking(ranked, 1000), curves)


MANIFEST = {
    "format": 1,
    "made": "2026-01-02T03:04:05Z",
    "program": {"lookalike": "0.1.0", "torch": "2.13.0"},
    "workspace": {"users": 1200},
    "run": "r1",
    "seeds": {"name": NAME, "sha256": "ab" * 32, "outside_pool": 2},
    "snapshot": {"id": 1, "kind": "learned", "dim": 8, "users": 1100, "created": "2026-01-01T00:00:00"},
    "pool": [
        {"what": "users of the workspace", "users": 1200, "kind": "start"},
        {"what": "without an embedding", "users": 200, "kind": "loss"},
        {"what": "available", "users": 1000, "kind": "left"},
    ],
    "cut": {"size": 0.05, "exclude": ["customers"], "holdout": 0.1, "tiers": [0.01, 0.05]},
    "counts": {
        "audience": 50, "written": 44, "holdout": 5, "threshold": 0.9375,
        "left_out": {"no identifier on record": 1},
    },
    "export": {
        "label": "Meta custom audience", "dated": "2026-11-22", "source": "https://example.com",
        "fields": {"email": "E-Mail"},
    },
    "files": [{"name": "a.csv", "rows": 44, "sha256": "cd" * 32, "bytes": 5000}],
    "evidence": {
        "k": 0.05, "recall": 0.2, "low": 0.15, "high": 0.25, "chance": 0.0526, "share": 0.12,
        "share_low": 0.1, "share_high": 0.15, "people": 50,
    },
}  # fmt: skip


def test_the_page_is_whole_needs_nothing_and_escapes_everything(workspace):
    html = card(MANIFEST, _expansion(workspace))
    page = Page(html)
    assert page.open == []
    assert page.links == []
    assert "<b>" not in html
    assert "<script" not in html
    assert page.headings[0] == f"Model card: people like {NAME}"
    assert "The item <x> is nearly the list." in page.text
    assert html == card(MANIFEST, _expansion(workspace))


TOLD = (
    "made 2026-01-02 03:04:05 UTC",
    "Seeds count by ctr: as much as 150 seeds",
    "Ridge regression.",
    "−200",
    "At 5 % of users this finds 20 % of held-out seeds (15–25)",
    "Tested by holding out 200 seeds in 5 rounds",
    "20 % (15–25 %)",
    "customers",
    "5 users (10 %), drawn by chance",
    "Format: Meta custom audience, as stated on 2026-11-22.",
    "cd" * 32,
    "no identifier on record",
    "E-Mail",
    "if there are as many look-alikes as seeds: 200",
    "credit, housing, employment",
    "python -m lookalike replay manifest.json",
    "2.13.0",
)


def test_it_tells_what_was_done(workspace):
    text = Page(card(MANIFEST, _expansion(workspace))).text
    assert [said for said in TOLD if said not in text] == []


def test_a_baseline_that_wins_is_told(workspace):
    assert "A simpler method did better" not in card(MANIFEST, _expansion(workspace))
    text = Page(card(MANIFEST, _expansion(workspace, ahead=0.1))).text
    assert "A simpler method did better. Similarity finds more on this list: 50.0 %" in text


def test_protected_attributes_are_named(workspace):
    with workspace.write() as cursor:
        for name in ("ageGroup", "Gender", "page", "home city", "first_name"):
            cursor.execute(f'ALTER TABLE users ADD COLUMN "{name}" VARCHAR')
        cursor.execute("INSERT INTO features VALUES (0, 'religion', 1), (0, 'pages', 1)")
    found = (["ageGroup", "Gender", "religion"], ["country", "home city"])
    assert protected(_expansion(workspace)) == found
    text = Page(card(MANIFEST, _expansion(workspace))).text
    assert "were among what the method could see: ageGroup, Gender, religion." in text
    without = _expansion(workspace, leave_out=("feature:religion",))
    assert protected(without)[0] == ["ageGroup", "Gender"]


def test_where_nothing_is_protected_by_name_it_says_so(workspace):
    text = Page(card(MANIFEST, _expansion(workspace))).text
    assert "No attribute with the name of a protected one" in text


def test_equal_weights_and_an_old_manifest_are_no_problem(workspace):
    text = Page(card({"format": 1}, _expansion(workspace, weight=()))).text
    assert "Every seed counts the same." in text
    assert "The steps were not counted." in text
    assert "None" not in text
