import numpy as np
import pytest
from scipy.stats import chi2_contingency, norm, spearmanr
from scipy.stats.contingency import association

from lookalike.sample import population
from lookalike.sample.names import AGE_BANDS, COUNTRIES, DEVICES
from lookalike.sample.population import FULL, Population


@pytest.fixture(scope="module")
def people():
    return population.people(np.random.default_rng(3), FULL)


def two_camps(users, items, activity):
    """Everybody likes topic 0 alone; every second item is about topic 1."""
    main_topic = np.arange(items) % 2
    return Population(
        topics=np.tile([1.0, 0.0], (users, 1)),
        tastes=np.zeros((users, 8)),
        item_topics=np.eye(2)[main_topic],
        item_tastes=np.zeros((items, 8)),
        main_topic=main_topic,
        activity=np.full(users, activity),
    )


def test_affinity_is_the_log_of_shared_topics_plus_half_the_scaled_taste():
    one = two_camps(2, 2, 8)
    one.tastes[1, 0] = one.item_tastes[0, 0] = 2.0
    found = one.affinity(slice(None), np.array([0, 1]))
    expected = [[np.log(1.02), np.log(0.02)], [np.log(1.02) + 0.5 * 4 / np.sqrt(8), np.log(0.02)]]
    np.testing.assert_allclose(found, expected)


def test_activity_is_lognormal_and_at_least_eight(people):
    assert people.activity.min() == 8
    log = np.log(people.activity[people.activity > 8])
    low = (norm.cdf(np.log(9), 3.3, 0.8), 1)
    quantiles = [np.quantile(low, 0.5), np.quantile(low, 0.9)]
    np.testing.assert_allclose(np.quantile(log, [0.5, 0.9]), norm.ppf(quantiles, 3.3, 0.8), atol=0.03)


def test_users_have_few_topics_and_topics_are_uneven(people):
    np.testing.assert_allclose(people.topics.sum(axis=1), 1)
    assert np.median(np.sort(people.topics, axis=1)[:, -3:].sum(axis=1)) > 0.8
    prevalence = people.topics.mean(axis=0)
    assert prevalence.max() > 4 * prevalence.min()
    np.testing.assert_allclose(people.item_topics.sum(axis=1), 1)
    assert (people.item_topics.max(axis=1) >= 0.85).all()


def test_everybody_interacts_with_as_many_different_items_as_their_activity():
    people = population.people(np.random.default_rng(4), 1_000)
    held_out = np.arange(0, 400, 7)
    who, what = population.interactions(np.random.default_rng(5), people, held_out)
    assert len(set(zip(who.tolist(), what.tolist(), strict=True))) == len(who)
    np.testing.assert_array_equal(np.bincount(who), people.activity)
    assert not set(what.tolist()) & set(held_out.tolist())


def test_fifteen_percent_is_by_popularity_alone():
    camps = two_camps(2_000, 2_000, 20)
    _, what = population.interactions(np.random.default_rng(6), camps, np.array([], dtype=int))
    # half of what popularity alone decides is about the topic that nobody likes
    assert (camps.main_topic[what] == 1).mean() == pytest.approx(0.075, abs=0.015)


def test_popular_items_are_far_ahead_of_the_rest():
    camps = two_camps(2_000, 1_000, 20)
    _, what = population.interactions(np.random.default_rng(6), camps, np.array([], dtype=int))
    liked = np.sort(np.bincount(what, minlength=1_000)[::2])[::-1]
    expected = (np.arange(1, 1_001, 2) + 5.0) ** -0.7
    share = liked[:50].sum() / liked.sum()
    # without replacement the most popular are a little less far ahead
    assert 0.8 < share / (expected[:50].sum() / expected.sum()) < 1.1


def test_engagement_rises_with_affinity(world, rows_of):
    rows = rows_of(world.engagement)
    fit = np.mean(list(world.affinity.values()), axis=0)[rows]
    for metric in ("impressions", "clicks", "ctr", "revenue"):
        assert 0.4 < spearmanr(fit, world.engagement[metric]).statistic < 0.6, metric


def test_engagement_is_consistent(world):
    impressions, clicks, ctr, revenue = (column.to_numpy() for column in world.engagement.columns[1:])
    assert impressions.min() >= 1
    assert (clicks <= impressions).all()
    np.testing.assert_allclose(ctr, clicks / impressions, atol=1e-6)
    assert (revenue[clicks == 0] == 0).all()
    assert 0.9 < world.engagement.num_rows / world.users.num_rows < 0.97


def test_attributes_follow_their_shares_and_two_of_them_lean_on_topics(people):
    today = np.datetime64("2024-05-01")
    facts = population.attributes(np.random.default_rng(7), people, today)
    main = people.topics.argmax(axis=1)
    for name, shares, lean in (
        ("country", COUNTRIES, False),
        ("age_band", AGE_BANDS, True),
        ("device", DEVICES, True),
    ):
        found = {value: np.mean(facts[name] == value) for value in shares}
        assert found == pytest.approx(shares, abs=0.01 if not lean else 0.12), name
        _, codes = np.unique(facts[name], return_inverse=True)
        table = np.zeros((main.max() + 1, len(shares)), dtype=int)
        np.add.at(table, (main, codes), 1)
        assert (chi2_contingency(table).pvalue < 1e-6) == lean, name
        assert association(table, method="cramer") < 0.35, name


def test_most_users_are_active_and_eight_percent_are_not(people):
    today = np.datetime64("2024-05-01")
    facts = population.attributes(np.random.default_rng(7), people, today)
    days = (today - facts["last_active"]) / np.timedelta64(1, "D")
    assert days.min() >= 0
    assert not ((days > 29) & (days < 31)).any()
    assert 0.07 < (days > 30).mean() < 0.09


def test_normal_scores_are_quantiles_in_the_order_of_the_values():
    values = np.random.default_rng(8).permutation(1_001)
    np.testing.assert_allclose(
        population.normal_scores(values), norm.ppf((values + 0.5) / 1_001), atol=5e-4
    )
