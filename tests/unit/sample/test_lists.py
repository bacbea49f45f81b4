import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from lookalike.sample import lists
from lookalike.sample.lists import Campaign
from lookalike.sample.population import Population


def crowd(users):
    nobody = np.zeros((users, 1))
    return Population(nobody, nobody, nobody, nobody, np.zeros(1, int), np.ones(users, int))


@pytest.mark.parametrize("users", [500, 4_000, 20_000])
def test_edges_rise_and_are_the_full_ones_at_full_size(users):
    found = lists.edges(users)
    assert found[0] == 20
    assert found[-1] == pytest.approx(2_500 * users / 20_000, abs=0.5)
    assert (np.diff(found) > 0).all()
    if users == 20_000:
        assert tuple(found) == lists.EDGES


def test_sixty_lists_twelve_to_a_bucket_and_every_fifth_a_union(world):
    sizes = np.array([table.num_rows for table in world.seed_lists.values()])
    edges = lists.edges(world.users.num_rows)
    buckets = np.searchsorted(edges[1:-1], sizes, side="right")
    assert np.bincount(buckets).tolist() == [12] * 5
    assert edges[0] <= sizes.min()
    assert sizes.max() <= edges[-1]
    unions = [len(world.campaigns[name]) == 2 for name in world.seed_lists]
    assert unions == [number % 5 == 0 for number in range(1, 61)]
    assert set(buckets[unions]) == set(range(5))


def test_no_item_is_behind_two_lists(world):
    items = [item for campaign in world.campaigns.values() for item in campaign]
    assert len(items) == len(set(items)) == 60 + 12 + 2


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_inclusion_sums_to_the_count_and_rises_with_weight(count, seed):
    rng = np.random.default_rng(seed)
    weights = np.sort(rng.lognormal(0, 2, 60))
    outside = rng.uniform(0.7, 1, 60)
    found = lists.inclusion(weights, outside, count)
    assert (outside * found).sum() == pytest.approx(count)
    assert found.min() >= 0
    assert found.max() <= 1
    assert (np.diff(found) >= 0).all()


def test_inclusion_agrees_with_many_draws():
    rng = np.random.default_rng(1)
    appeal = rng.normal(0, 1.5, 200)
    keys = appeal + rng.gumbel(size=(4_000, 200))
    drawn = (np.argsort(np.argsort(-keys, axis=1), axis=1) < 40).mean(axis=0)
    np.testing.assert_allclose(lists.inclusion(np.exp(appeal), np.ones(200), 40), drawn, atol=0.035)


def test_a_tenth_of_a_list_is_random():
    affinity = np.where(np.arange(1_000) < 500, 0.0, -50.0)[:, None]
    campaign = Campaign("x", (0,), 100, None)
    rng = np.random.default_rng(2)
    draws = [lists.draw(rng, crowd(1_000), campaign, affinity) for _ in range(200)]
    strangers = np.array([(rows >= 500).sum() for rows, _ in draws])
    assert strangers.max() <= 10
    # ten are drawn from the 910 who are left, 500 of them strangers
    assert strangers.mean() == pytest.approx(10 * 500 / 910, abs=0.5)
    np.testing.assert_allclose(draws[0][1][500:], 10 / 910, rtol=1e-4)


def test_a_union_takes_half_its_people_from_each_item():
    fans = np.full((900, 2), -50.0)
    fans[:300, 0] = fans[300:600, 1] = 0
    rows, truth = lists.draw(
        np.random.default_rng(3), crowd(900), Campaign("x", (0, 1), 100, None), fans
    )
    assert 45 <= (rows < 300).sum() <= 55
    assert 45 <= ((rows >= 300) & (rows < 600)).sum() <= 55
    assert len(set(rows.tolist())) == 100
    assert truth[:300].sum() == pytest.approx(truth[300:600].sum(), rel=0.02)


def test_truth_sums_to_the_size_of_the_list(world):
    for name, table in (world.seed_lists | world.file_lists).items():
        assert world.truth[name].sum() == pytest.approx(table.num_rows, rel=1e-5)
        assert world.truth[name].max() <= 1


def test_truth_is_calibrated_in_every_decile(world, rows_of):
    chance, drawn = [], []
    for name, table in world.seed_lists.items():
        chance.append(world.truth[name])
        drawn.append(np.isin(np.arange(world.users.num_rows), rows_of(table)))
    chance, drawn = np.concatenate(chance), np.concatenate(drawn)
    order = np.argsort(chance)
    expected = np.array([part.sum() for part in np.array_split(chance[order], 10)])
    observed = np.array([part.sum() for part in np.array_split(drawn[order], 10)])
    assert (np.diff(observed[-5:]) > 0).all()
    assert (np.abs(observed - expected) < 4 * np.sqrt(expected) + 0.03 * expected).all()


@pytest.mark.parametrize("column", ["spend", "clicks"])
def test_values_rise_with_affinity(column):
    rng = np.random.default_rng(4)
    affinity = rng.gamma(2.0, size=5_000)
    found = lists.values(rng, column, affinity)
    assert 0.4 < spearmanr(affinity, found).statistic < 0.6
    assert found.min() > 0


def test_half_of_the_lists_bring_values_that_rise_with_their_own_affinity(world, rows_of):
    valued = {name: table for name, table in world.seed_lists.items() if table.num_columns == 2}
    assert len(valued) == 30
    assert {table.column_names[1] for table in valued.values()} == {"spend", "clicks"}
    found = [
        spearmanr(world.affinity[name][rows_of(table)], table[1]).statistic
        for name, table in valued.items()
        if table.num_rows >= 100
    ]
    assert 0.4 < np.mean(found) < 0.6
    assert min(found) > 0.2
