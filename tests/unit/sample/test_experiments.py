import numpy as np
import pandas as pd
import pytest

from lookalike.sample import experiments as made

PEOPLE = [f"u_{number}" for number in range(30_000)]


@pytest.fixture(scope="module")
def trial():
    return pd.DataFrame(made.draw(np.random.default_rng(1), 400_000))


def lifts(trial, prefix=""):
    sums = trial.groupby("treated").sum()
    users = trial["treated"].value_counts()
    found = {
        "impressions_per_user": sums[prefix + "impressions"] / users,
        "revenue_per_user": sums[prefix + "revenue"] / users,
        "ctr": sums[prefix + "clicks"] / sums[prefix + "impressions"],
        "hdr": sums[prefix + "hides"] / sums[prefix + "impressions"],
        "gcr": sums[prefix + "good_clicks"] / sums[prefix + "clicks"],
    }
    return {name: value[True] / value[False] - 1 for name, value in found.items()}


def test_the_experiment_has_the_effects_it_claims_and_none_before_it(trial):
    assert lifts(trial) == pytest.approx(dict(made.EFFECTS), abs=0.02)
    assert lifts(trial, "pre_") == pytest.approx(dict.fromkeys(made.EFFECTS, 0), abs=0.02)


def test_other_effects_may_be_asked_for():
    effects = {
        "impressions_per_user": 0.5, "revenue_per_user": 0.2, "ctr": 0.3, "hdr": 0.4, "gcr": -0.5,
    }  # fmt: skip
    trial = pd.DataFrame(made.draw(np.random.default_rng(2), 100_000, effects))
    assert lifts(trial) == pytest.approx(effects, abs=0.06)


def test_nobody_clicks_or_hides_more_than_they_saw(trial):
    for prefix in ("", "pre_"):
        seen = trial[prefix + "impressions"]
        assert (trial[prefix + "clicks"] + trial[prefix + "hides"] <= seen).all()
        assert (trial[prefix + "good_clicks"] <= trial[prefix + "clicks"]).all()
        assert (trial[prefix + "revenue"] >= 0).all()


def test_people_differ_more_than_pooled_counts_allow(trial):
    some = trial[~trial["treated"]]
    ctr = some["clicks"].sum() / some["impressions"].sum()
    by_user = np.var(some["clicks"] - ctr * some["impressions"]) * len(some)
    assert by_user > 1.5 * ctr * (1 - ctr) * some["impressions"].sum()
    assert np.var(some["impressions"]) > 10 * some["impressions"].mean()
    assert np.corrcoef(some["impressions"], some["pre_impressions"])[0, 1] > 0.5


def test_a_high_score_clicks_more_and_the_score_knows_nothing_of_the_variant(trial):
    band = pd.qcut(trial["score"], 5, labels=False)
    sums = trial.groupby(band)[["clicks", "impressions"]].sum()
    rate = (sums["clicks"] / sums["impressions"]).to_numpy()
    assert (np.diff(rate) > 0).all()
    assert rate[-1] > 2 * rate[0]
    means = trial.groupby("treated")["score"].mean()
    assert means[True] == pytest.approx(means[False], abs=0.005)
    assert trial["score"].between(0, 1).all()


def test_the_same_draw_makes_the_same_tables():
    for make in (made.experiment, made.scored_experiment, made.broken_experiment, made.daily_experiment):
        first, again = (make(np.random.default_rng(3), PEOPLE[:500]) for _ in range(2))
        assert first.equals(again), make.__name__
        assert not first.equals(make(np.random.default_rng(4), PEOPLE[:500])), make.__name__


def test_the_plain_and_the_scored_table_are_of_the_same_people():
    plain, scored = (
        make(np.random.default_rng(3), PEOPLE[:2_000]).to_pandas()
        for make in (made.experiment, made.scored_experiment)
    )
    assert list(plain)[2:] == list(made.CLASSIC)
    assert list(scored)[2:] == ["country", "platform", *made.MEASURED, "score"]
    pd.testing.assert_frame_equal(plain, scored[list(plain)], check_dtype=False)


def test_the_broken_log_loses_light_users_of_the_treatment_and_nobody_else():
    broken = made.broken_experiment(np.random.default_rng(5), PEOPLE).to_pandas()
    whole = made.scored_experiment(
        np.random.default_rng(5), PEOPLE, dict.fromkeys(made.EFFECTS, 0.0)
    ).to_pandas()
    lost = whole[~whole["user_id"].isin(broken["user_id"])]
    assert set(lost["variant"]) == {"act_alike"}
    assert lost["impressions"].max() < made.LIGHT
    light = whole[(whole["variant"] == "act_alike") & (whole["impressions"] < made.LIGHT)]
    assert len(lost) / len(light) == pytest.approx(0.5, abs=0.03)
    assert len(lost) > 1_000


def test_users_enter_one_after_another_and_the_novelty_wears_off():
    daily = made.daily_experiment(np.random.default_rng(6), PEOPLE).to_pandas()
    assert list(daily["date"]) == sorted(daily["date"])
    entered = daily.groupby("user_id")["date"].transform("min")
    assert entered.nunique() == made.DAYS
    daily["age"] = (pd.to_datetime(daily["date"]) - pd.to_datetime(entered)).dt.days
    assert set(daily.groupby("user_id")["age"].min()) == {0}

    def lift(part):
        sums = part.groupby("variant")[["clicks", "impressions"]].sum()
        rate = sums["clicks"] / sums["impressions"]
        return rate["act_alike"] / rate["control"] - 1

    by_age = [lift(part) for _, part in daily.groupby("age")]
    assert by_age[0] == pytest.approx(made.NOVELTY + made.LASTING, abs=0.08)
    assert by_age[2] == pytest.approx(made.NOVELTY / np.e + made.LASTING, abs=0.1)
    assert lift(daily[daily["age"] >= 7]) == pytest.approx(made.LASTING, abs=0.06)
    assert len(daily[["user_id", "variant"]].drop_duplicates()) == len(PEOPLE)
