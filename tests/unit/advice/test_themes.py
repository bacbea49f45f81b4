"""What a group is about, by the names of items, categories and attributes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from lookalike.advice.themes import Facts, facts_of, themes
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_interactions, add_users


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """20 users: the first ten sail and are old, the others bake; everybody reads the news."""
    with Workspace.open(
        tmp_path_factory.mktemp("themes") / "ws", create=True, settings=Settings(threads=1)
    ) as ws:
        ages = ["60+"] * 10 + ["20s"] * 10
        with ws.write() as cursor:
            cursor.execute("ALTER TABLE users ADD COLUMN age_band VARCHAR")
            cursor.execute(
                "INSERT INTO items VALUES ('a', 'Sail', 'Sailing'), ('b', 'Rope', 'Sailing'), "
                "('c', 'Oven', 'Baking'), ('n', NULL, NULL)"
            )
        add_users(ws, [f"u{row:02d}" for row in range(20)], age_band=ages)
        who = [*range(10), *range(10), *range(10, 20), *range(20)]
        add_interactions(ws, who, ["a"] * 10 + ["b"] * 10 + ["c"] * 10 + ["n"] * 20)
        yield facts_of(ws, np.arange(20, dtype=np.int32))


def test_items_have_their_titles_and_categories(facts):
    assert facts.names == ["Sail", "Rope", "Oven", "item n", "age_band: 20s", "age_band: 60+"]
    assert facts.categories == ["Baking", "Sailing"]
    assert facts.items.shape == (20, 4)
    assert facts.acts.toarray()[0].tolist() == [0, 2]
    assert facts.acts.toarray()[19].tolist() == [1, 0]


def test_a_group_is_told_by_what_it_has_more_of(facts):
    found = themes(facts, np.arange(20) < 10)
    assert {one["name"] for one in found} == {"Sailing", "Sail", "Rope", "age_band: 60+"}
    category = next(one for one in found if one["name"] == "Sailing")
    assert category == {"name": "Sailing", "of": "actions", "share": 1.0, "elsewhere": 0.0}
    attribute = next(one for one in found if one["name"] == "age_band: 60+")
    assert (attribute["of"], attribute["share"], attribute["elsewhere"]) == ("users", 1.0, 0.0)


def test_what_everybody_has_is_no_theme_and_chance_is_none(facts):
    assert "item n" not in {one["name"] for one in themes(facts, np.arange(20) < 10)}
    assert themes(facts, np.arange(20) % 2 == 0) == []


def test_all_or_nobody_is_no_group(facts):
    assert themes(facts, np.ones(20, bool)) == []
    assert themes(facts, np.zeros(20, bool)) == []


def test_without_anything_known_there_is_nothing_to_tell():
    nothing = Facts(sp.csr_matrix((4, 0)), sp.csr_matrix((4, 0)), [], sp.csr_matrix((4, 0)), [])
    assert themes(nothing, np.array([True, True, False, False])) == []
