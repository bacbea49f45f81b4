import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike import weighting
from lookalike.errors import BadInput
from lookalike.seeds import MatchReport, SeedList
from lookalike.weighting import metric_kind, transform, weigh

NAN = np.nan
AMOUNTS = st.lists(
    st.one_of(st.floats(-1e9, 1e9), st.just(NAN), st.just(np.inf)), min_size=1, max_size=50
).map(np.array)
KINDS = st.sampled_from(["count", "rate"])


def listed(values=None, rows=(0, 1, 2, 3)):
    report = MatchReport(len(rows), len(rows), 0, 0, 0, 0)
    return SeedList("buyers", np.array(rows, dtype=np.int32), values or {}, report)


@pytest.fixture
def engaged(workspace):
    with workspace.write() as cur:
        cur.execute("ALTER TABLE engagement ADD COLUMN ctr DOUBLE")
        cur.execute("ALTER TABLE engagement ADD COLUMN spend INTEGER")
        cur.execute("INSERT INTO metrics VALUES ('ctr', 'rate'), ('spend', 'count')")
        # row 3 is not in the table, row 1 has no ctr, row 9 is not in the list
        cur.execute("INSERT INTO engagement VALUES (2, 0.5, 7), (0, 0.0, 0), (1, NULL, 7), (9, 1.0, 9)")
    return workspace


def test_transform_by_hand():
    np.testing.assert_allclose(
        transform(np.array([0, np.e - 1, -5, NAN, np.inf]), "count"), [0, 1, 0, NAN, NAN], atol=1e-12
    )
    np.testing.assert_allclose(
        transform(np.array([0, 1e-6, 1.0, 2.0]), "rate"),
        [0, np.log(2), np.log(1e6 + 1), np.log(2e6 + 1)],
    )


def test_weigh_by_hand():
    # log1p gives 0, 1, 2, so min-max gives 0, .5, 1 and the floor .1, .55, 1, whose mean is .55
    result = weigh([(np.array([0, np.e - 1, np.e**2 - 1]), "count")], label="spend")
    np.testing.assert_allclose(result.weights, np.array([0.1, 0.55, 1.0]) / 0.55)
    assert result.effective_size == pytest.approx(1.65**2 / (0.1**2 + 0.55**2 + 1))
    assert (result.missing, result.negative, result.above_one, result.label) == (0, 0, 0, "spend")


def test_without_a_floor_it_is_the_published_rule():
    result = weigh([(np.array([0, np.e - 1, np.e**2 - 1]), "count")], floor=0)
    np.testing.assert_allclose(result.weights, [0, 1, 2], atol=1e-12)


def test_missing_gets_the_median_of_the_transformed_values():
    values = np.expm1(np.array([0.0, 1.0, 4.0, NAN, NAN]))
    result = weigh([(values, "count")], floor=0)
    # transformed 0, 1, 4 with median 1: min-max 0, .25, 1, .25, .25
    np.testing.assert_allclose(result.weights, np.array([0, 0.25, 1, 0.25, 0.25]) / 0.35, atol=1e-12)
    assert result.missing == 2


def test_several_metrics_are_the_mean_of_their_min_max_values():
    first = np.expm1(np.array([0.0, 1.0, 2.0, NAN]))
    second = np.array([-3.0, 5.0, -1.0, 5.0])
    result = weigh([(first, "count"), (second, "count")], floor=0)
    np.testing.assert_allclose(result.weights, np.array([0, 0.75, 0.5, 0.75]) / 0.5, atol=1e-12)
    assert (result.missing, result.negative) == (1, 2)


@pytest.mark.parametrize(
    "values", [[0, 0, 0], [5, 5, 5], [NAN, NAN, NAN], [-1, -2, -3], [NAN, 4, NAN], [np.inf, -np.inf, 1]]
)
def test_a_constant_or_empty_metric_weighs_all_alike(values):
    np.testing.assert_allclose(weigh([(np.array(values, dtype=float), "count")]).weights, [1, 1, 1])


def test_a_rate_above_one_is_used_and_counted():
    result = weigh([(np.array([0.0, 0.5, 3.0, 1e305]), "rate")])
    assert result.above_one == 2
    assert np.all(np.diff(result.weights) > 0)
    assert weigh([(np.array([0.0, 3.0]), "count")]).above_one == 0


def test_no_columns_are_equal_weights():
    assert weigh([], size=3).weights.tolist() == [1, 1, 1]
    assert weigh([], size=3).effective_size == 3
    assert weigh([(np.array([]), "count")]).effective_size == 0


@pytest.mark.parametrize("floor", [-0.1, 1.1, NAN])
def test_a_floor_out_of_range_is_refused(floor):
    with pytest.raises(BadInput, match="between 0 and 1"):
        weigh([(np.ones(2), "count")], floor=floor)


def test_an_unknown_kind_and_uneven_columns_are_refused():
    with pytest.raises(BadInput, match=r"count or rate.*'rate'"):
        transform(np.ones(1), "rates")
    with pytest.raises(BadInput, match="different numbers"):
        weigh([(np.ones(2), "count"), (np.ones(3), "count")])


@given(values=AMOUNTS, kind=KINDS, floor=st.floats(0, 1))
def test_weights_have_mean_one_and_a_bounded_effective_size(values, kind, floor):
    result = weigh([(values, kind)], floor)
    assert np.all(np.isfinite(result.weights))
    assert np.all(result.weights >= 0)
    assert result.weights.mean() == pytest.approx(1)
    assert 1 - 1e-9 <= result.effective_size <= len(values) * (1 + 1e-9)
    # no weight falls below the floor's share of the largest
    assert result.weights.min() >= floor * result.weights.max() - 1e-9


@given(values=AMOUNTS, kind=KINDS)
def test_more_engagement_never_weighs_less(values, kind):
    finite = np.isfinite(values)
    ordered = weigh([(values, kind)]).weights[finite][np.argsort(values[finite])]
    assert np.all(np.diff(ordered) >= -1e-12)


@given(values=AMOUNTS, kind=KINDS, data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_the_seeds_does_not_matter(values, kind, data):
    order = np.array(data.draw(st.permutations(range(len(values)))))
    shuffled = weigh([(values[order], kind)]).weights
    np.testing.assert_allclose(shuffled, weigh([(values, kind)]).weights[order])


@pytest.mark.parametrize(
    ("name", "low", "high", "kind"),
    [
        ("ctr", 0, 1, "rate"),
        ("open_rate", 0.1, 0.4, "rate"),
        ("ClickRate", 0, 1, "rate"),
        ("video share", 0, 0.2, "rate"),
        ("ctr", 0, 35, "count"),
        ("ctr", -0.1, 0.5, "count"),
        ("spend", 0, 1, "count"),
        ("rated_items", 0, 1, "count"),
        ("ctr", NAN, NAN, "count"),
    ],
)
def test_a_rate_is_known_by_its_name_and_its_range(name, low, high, kind):
    assert metric_kind(name, low, high) == kind


def test_choices_come_in_order_with_their_coverage(engaged):
    seeds = listed({"open_rate": np.array([0.1, NAN, NAN, NAN]), "value": np.array([1.0, 2, 3, 0.5])})
    offered = weighting.choices(engaged, seeds)
    assert [(choice.key, choice.kind, choice.coverage) for choice in offered] == [
        ("file:open_rate", "rate", 0.25),
        ("file:value", "count", 1.0),
        ("metric:ctr", "rate", 0.5),
        ("metric:spend", "count", 0.75),
        ("equal", "", 1.0),
    ]


def test_every_choice_can_be_used(engaged):
    seeds = listed({"spend": np.array([1.0, 2, 3, NAN])})
    for choice in weighting.choices(engaged, seeds):
        result = weighting.weights_for(engaged, seeds, [choice.key])
        assert result.weights.mean() == pytest.approx(1)
        assert result.missing == round(4 * (1 - choice.coverage))


def test_metrics_are_aligned_to_the_rows_of_the_list(engaged):
    result = weighting.weights_for(engaged, listed(rows=(0, 1, 2, 3)), ["ctr"], floor=0)
    # ctr is 0, missing, .5, missing; the median lies half way between the two transformed values
    np.testing.assert_allclose(result.weights, [0, 1, 2, 1], atol=1e-12)
    assert (result.missing, result.label) == (2, "ctr")


def test_a_bare_name_means_the_file_first(engaged):
    seeds = listed({"spend": np.array([5.0, 1, 1, 1])})
    bare = weighting.weights_for(engaged, seeds, ["spend"]).weights
    np.testing.assert_array_equal(bare, weighting.weights_for(engaged, seeds, ["file:spend"]).weights)
    other = weighting.weights_for(engaged, seeds, ["metric:spend"]).weights
    assert bare.argmax() == 0
    assert other.argmin() == 0


def test_several_keys_are_averaged_and_none_counts_twice(engaged):
    seeds = listed({"value": np.array([0.0, 0, 0, 9])})
    both = weighting.weights_for(engaged, seeds, ["value", "metric:ctr"], floor=0)
    np.testing.assert_allclose(both.weights, np.array([0, 0.25, 0.5, 0.75]) / 0.375, atol=1e-12)
    assert both.label == "value and ctr"
    again = weighting.weights_for(engaged, seeds, ["value", "file:value", "metric:ctr", "ctr"], floor=0)
    np.testing.assert_array_equal(again.weights, both.weights)


@pytest.mark.parametrize("keys", [[], ["equal"]])
def test_equal_weights(engaged, keys):
    result = weighting.weights_for(engaged, listed(), keys)
    assert result.weights.tolist() == [1, 1, 1, 1]
    assert result.label == "Equal weights"


def test_an_unknown_key_is_answered_with_the_nearest(engaged):
    with pytest.raises(BadInput, match="Did you mean 'spend'"):
        weighting.weights_for(engaged, listed(), ["metric:spent"])
    with pytest.raises(BadInput, match="nothing called 'file:ctr'"):
        weighting.weights_for(engaged, listed(), ["file:ctr"])
    with pytest.raises(BadInput, match="cannot be combined"):
        weighting.weights_for(engaged, listed(), ["equal", "ctr"])
