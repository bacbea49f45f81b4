import numpy as np
import pytest

from lookalike import leaks


@pytest.fixture
def peopled(workspace):
    """100 users; the list is rows 0 to 19, and who has what is laid out around it."""
    with workspace.write() as cur:
        cur.execute("ALTER TABLE users ADD COLUMN \"loyalty 'tier'\" VARCHAR")
        cur.execute(
            "INSERT INTO users SELECT i, 'u' || i, if(i % 2 = 0, 'FR', 'DE'), NULL, "
            "if(i BETWEEN 1 AND 21, 'gold', NULL) FROM range(100) t(i)"
        )
        cur.execute("INSERT INTO items VALUES ('boots', 'Winter boots', NULL)")
        # planted: 19 of the list and one other, most of them twice
        cur.execute("INSERT INTO interactions SELECT i, 'boots', NULL, 'buy', 1 FROM range(1, 21) t(i)")
        cur.execute("INSERT INTO interactions SELECT i, 'boots', NULL, 'view', 1 FROM range(5, 21) t(i)")
        # half of the list and nobody else: F1 = 2 * 10 / 30
        cur.execute("INSERT INTO interactions SELECT i, 'hat', NULL, NULL, NULL FROM range(10) t(i)")
        # everybody, which says nothing: F1 is 1/3
        cur.execute("INSERT INTO interactions SELECT i, 'bread', NULL, NULL, NULL FROM range(100) t(i)")
        cur.execute("INSERT INTO features SELECT i, 'visits', i < 20 FROM range(100) t(i)")
    return workspace


def test_finds_a_planted_item_a_feature_and_an_attribute(peopled):
    found = leaks.find(peopled, np.arange(20, dtype=np.int32))
    assert [(leak.kind, leak.name, leak.title) for leak in found] == [
        ("feature", "visits", "visits"),
        ("item", "boots", "Winter boots"),
        ("attribute", "loyalty 'tier'", "loyalty 'tier' = gold"),
        ("item", "hat", "hat"),
    ]
    assert [(leak.users, leak.overlap) for leak in found] == [(20, 20), (20, 19), (21, 19), (10, 10)]
    assert [leak.f1 for leak in found] == pytest.approx([1, 38 / 40, 38 / 41, 20 / 30])
    assert [leak.serious for leak in found] == [True, True, True, False]


def test_a_lower_bar_shows_more(peopled):
    rows = np.arange(20, dtype=np.int32)
    found = leaks.find(peopled, rows, least=0.1)
    assert {leak.title for leak in found} >= {"bread", "country = FR", "country = DE"}
    assert min(leak.f1 for leak in found) >= 0.1
    assert leaks.find(peopled, rows, least=0.96)[0].name == "visits"


def test_a_list_given_in_any_order_and_with_repeats_is_the_same_list(peopled):
    once = leaks.find(peopled, np.arange(20))
    shuffled = leaks.find(peopled, np.random.default_rng(0).permutation(np.arange(20).repeat(3)))
    assert [leak.f1 for leak in shuffled] == [leak.f1 for leak in once]


def test_nothing_is_found_for_an_empty_list_or_an_innocent_one(peopled, workspace):
    assert leaks.find(peopled, np.array([], dtype=np.int32)) == []
    assert leaks.find(peopled, np.arange(40, 60)) == []
