"""What sets an audience apart: planted differences are found, random audiences show none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.holdings import ITEMS_EACH, Holdings
from lookalike.portrait.drawing import drawn, portrait
from lookalike.portrait.drawn import SMALLEST
from lookalike.workspace import Workspace
from tests.unit.worlds import add_interactions, add_users

USERS, AUDIENCE = 2_000, 300
SEEDS = np.arange(AUDIENCE, AUDIENCE + 60, dtype=np.int32)
MEMBERS = np.arange(AUDIENCE, dtype=np.int32)
EVERYBODY = np.arange(USERS, dtype=np.int32)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The first 300 users: 60 % have "Running shoes" (others 20 %), 80 % are of DE (others 40 %),
    none likes "Knitting" (others 15 %), their age is 30 (others 40); seeds are as they are.

    Eight users, all in the audience, have the item "tiny", and 40 of it but 5 others have "niche".
    Each of ten further items is had by every tenth user, in the audience and outside.
    """
    rng = np.random.default_rng(0)
    inside = np.arange(USERS) < AUDIENCE + len(SEEDS)
    folder = tmp_path_factory.mktemp("planted") / "workspace"
    with Workspace.open(folder, create=True) as workspace:
        add_users(
            workspace,
            [f"u{row}" for row in range(USERS)],
            country=np.where(rng.random(USERS) < np.where(inside, 0.8, 0.4), "DE", "FR").tolist(),
        )
        has = {
            "shoes": rng.random(USERS) < np.where(inside, 0.6, 0.2),
            "knitting": (rng.random(USERS) < 0.15) & ~inside,
            "tiny": np.isin(np.arange(USERS), np.arange(8)),
            "niche": np.isin(np.arange(USERS), [*range(40), *range(1_000, 1_005)]),
        } | {f"noise{one}": np.arange(USERS) % 10 == one for one in range(10)}
        for item, who in has.items():
            add_interactions(workspace, np.flatnonzero(who), [item] * int(who.sum()))
        with workspace.write() as cursor:
            cursor.execute(
                "INSERT INTO items VALUES ('shoes', 'Running shoes', 'Sport'), "
                "('knitting', 'Knitting', 'Craft')"
            )
            ages = {
                "row": EVERYBODY,
                "feature": ["age"] * USERS,
                "value": rng.normal(np.where(inside, 30, 40), 8),
            }
            cursor.register("ages", pa.table(ages))
            cursor.execute("INSERT INTO features SELECT * FROM ages")
        yield workspace


def test_what_was_planted_is_found_and_nothing_else(planted):
    found = portrait(planted, MEMBERS, EVERYBODY, SEEDS)
    assert {trait.name for trait in found.over} == {"shoes", "Sport", "country=DE"}
    assert {trait.name for trait in found.under} == {"knitting", "Craft", "country=FR"}
    shoes = next(trait for trait in found.over if trait.name == "shoes")
    assert (shoes.label, shoes.kind) == ("Running shoes", "item")
    assert shoes.low < 3 < shoes.high
    assert shoes.ratio == pytest.approx(shoes.share / shoes.elsewhere)
    assert shoes.listed == pytest.approx(0.6, abs=0.2)
    knitting = next(trait for trait in found.under if trait.name == "knitting")
    assert knitting.share == 0
    assert 0 < knitting.low < knitting.ratio < knitting.high < 0.2
    age, each = found.means
    assert each.label == ITEMS_EACH
    assert (age.label, age.listed) == ("age", pytest.approx(30, abs=4))
    assert age.low < -10 < age.high
    assert (found.users, found.others, found.seeds) == (AUDIENCE, USERS - AUDIENCE - 60, 60)


def test_groups_under_ten_people_are_hidden_and_counted(planted):
    found = portrait(planted, MEMBERS, EVERYBODY, SEEDS)
    assert found.hidden == 1  # "niche": five others; "tiny" is had by too few to be tested
    assert not {"niche", "tiny"} & set(found.to_frame().name)


def test_sentences_name_the_strongest_of_each_kind(planted):
    found = portrait(planted, MEMBERS, EVERYBODY, SEEDS)
    assert found.sentence().startswith("Compared with the other users: ")
    assert "times as many have Running shoes (" in found.sentence()
    assert "country: DE" in found.sentence()
    assert found.resemblance().startswith("The seed list leans the same way in 3 of 3 things")
    assert repr(found).startswith("Portrait of 300 users: Compared")


def test_an_audience_that_does_more_of_everything_is_warned_of(planted):
    said = portrait(planted, MEMBERS, EVERYBODY, SEEDS).busyness()
    assert said.startswith("They do more altogether, ")
    assert "a little more of everything is to be expected" in said
    others = np.setdiff1d(EVERYBODY, MEMBERS)
    assert "do less altogether" in portrait(planted, others, EVERYBODY, SEEDS[:0]).busyness()
    assert drawn(_held([[30, 170, 5]] * 4), (300, 1_700, 50)).busyness() is None


def test_tables_hold_the_same_numbers_in_percent(planted):
    found = portrait(planted, MEMBERS, EVERYBODY, SEEDS)
    table = found.table()
    assert table["Times as many"].tolist() == pytest.approx([one.ratio for one in found.over], rel=0.01)
    assert table["Audience, %"].tolist() == pytest.approx(
        [100 * one.share for one in found.over], abs=0.01
    )
    assert found.table(under=True)["What"].tolist() == [one.label for one in found.under]
    assert len(found.to_frame()) == len(found.over) + len(found.under)
    assert found.numbers()["Number"].tolist() == ["age", ITEMS_EACH]


def test_neither_order_nor_repeats_nor_who_else_is_named_matter(planted):
    plain = portrait(planted, MEMBERS, EVERYBODY, SEEDS)
    rng = np.random.default_rng(1)
    mixed = [rng.permutation(np.concatenate([rows, rows])) for rows in (MEMBERS, EVERYBODY, SEEDS)]
    assert portrait(planted, *mixed) == plain
    outside = np.setdiff1d(EVERYBODY, np.concatenate([MEMBERS, SEEDS]))
    assert portrait(planted, MEMBERS, outside, SEEDS) == plain


def test_so_few_users_are_told_nothing_of(planted):
    for members in (MEMBERS[:9], EVERYBODY[5:]):
        found = portrait(planted, members, EVERYBODY, SEEDS[:0])
        assert (found.over, found.under, found.means, found.tested) == ((), (), (), 0)
        assert "under 10 people" in found.sentence()
    unlisted = portrait(planted, MEMBERS, EVERYBODY, SEEDS[:0])
    assert unlisted.over
    assert unlisted.resemblance() is None


def _held(counts, means=None):
    count = len(counts)
    names = [f"t{place}" for place in range(count)]
    return Holdings(["item"] * count, names, names, np.asarray(counts, np.int64), means or {})


def test_random_audiences_show_nothing_in_95_of_100_draws():
    rng = np.random.default_rng(2)
    holders = np.concatenate([rng.integers(5, 60, 150), rng.integers(60, 1_500, 50)])
    apart = 0
    draws = 200
    for _ in range(draws):
        has = rng.hypergeometric(holders, 2_000 - holders, 300)
        numbers = rng.normal(0, 1, (2, 3, 200))
        means = {
            f"n{place}": [(200, float(x.mean()), float(x.var(ddof=1))) for x in numbers[:, place]]
            + [(0, 0.0, 0.0)]
            for place in range(3)
        }
        found = drawn(_held(np.column_stack([has, holders - has, 0 * has]), means), (300, 1_700, 0))
        assert found.tested > 150
        apart += bool(found.over or found.under or found.means or found.hidden)
    assert apart / draws <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)
    assert apart  # it is a test, and not one that never speaks


def test_where_nothing_differs_it_is_said():
    found = drawn(_held([[30, 170, 5]] * 4), (300, 1_700, 50))
    assert found.sentence() == (
        "Of the 4 things that were looked at, none is clearly more or less common here than in a "
        "random draw of as many users."
    )
    assert found.resemblance() is None


COUNTS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 800), st.integers(0, 40)), min_size=1, max_size=30
)


@settings(max_examples=20)
@given(COUNTS)
def test_no_number_is_told_of_one_to_nine_people(counts):
    found = drawn(_held(counts), (200, 800, 40))
    for trait in (*found.over, *found.under):
        for share, of in ((trait.share, 200), (trait.elsewhere, 800), (trait.listed, 40)):
            if share is not None:
                assert round(share * of) == 0 or round(share * of) >= SMALLEST


@settings(max_examples=20)
@given(COUNTS)
def test_seen_from_the_others_more_is_fewer(counts):
    one = drawn(_held(counts), (200, 800, 40))
    other = drawn(_held([(b, a, c) for a, b, c in counts]), (800, 200, 40))
    assert [trait.name for trait in one.over] == [trait.name for trait in other.under]
    assert [1 / trait.ratio for trait in one.over] == pytest.approx(
        [trait.ratio for trait in other.under]
    )
    assert (one.tested, one.hidden) == (other.tested, other.hidden)


@settings(max_examples=20)
@given(COUNTS, st.randoms())
def test_the_order_of_the_things_does_not_matter(counts, random):
    held = _held(counts)
    order = list(range(len(counts)))
    random.shuffle(order)
    shuffled = Holdings(
        held.kinds, [held.names[at] for at in order], [held.labels[at] for at in order],
        held.counts[order], {},
    )  # fmt: skip
    assert drawn(shuffled, (200, 800, 40)) == drawn(held, (200, 800, 40))
