import duckdb
import numpy as np
import pandas as pd
import pytest

from lookalike.errors import BadInput
from lookalike.experiment.metrics import STANDARD, mean_metric, share_metric
from lookalike.experiment.planning.baseline import (
    baselines,
    from_file,
    mean_baseline,
    named,
    rate_baseline,
    share_baseline,
)
from lookalike.experiment.rows import Rows, table_rows
from tests.unit.experiment.data import generated


def people(frame: pd.DataFrame) -> Rows:
    connection = duckdb.connect()
    connection.register("given", frame)
    numbers = ", ".join(
        f'CAST("{name}" AS DOUBLE) AS "{name}"'
        for name in frame.columns
        if name not in {"user_id", "variant"}
    )
    connection.execute(f"CREATE TABLE people AS SELECT user_id, variant, {numbers} FROM given")
    return table_rows(connection, "people")


def test_a_mean_and_a_share_are_those_of_all_users() -> None:
    frame = generated(500, {"everybody": 1.0})
    metrics = [mean_metric("spend", "revenue"), share_metric("buyers", "revenue")]
    spend, buyers = baselines(people(frame), metrics, {"spend"})
    assert (spend.value, spend.sd) == pytest.approx((frame.revenue.mean(), frame.revenue.std()))
    share = (frame.revenue > 0).mean()
    assert (buyers.value, buyers.sd) == pytest.approx((share, np.sqrt(share * (1 - share) * 500 / 499)))
    assert (spend.users, spend.rate, buyers.rate, buyers.sd_adjusted) == (500, False, True, None)
    kept = 1 - np.corrcoef(frame.revenue, frame.pre_revenue)[0, 1] ** 2
    assert spend.sd_adjusted == pytest.approx(frame.revenue.std() * np.sqrt(kept))
    assert spend.variance_reduction == pytest.approx(1 - kept)


def test_a_rate_varies_as_its_linearised_share() -> None:
    frame = generated(500, {"control": 0.5, "treatment": 0.5})
    (ctr,) = [one for one in baselines(people(frame), STANDARD, {"ctr"}) if one.metric == "ctr"]
    rate = frame.clicks.sum() / frame.impressions.sum()
    share = (frame.clicks - rate * frame.impressions) / frame.impressions.mean()
    assert (ctr.value, ctr.sd) == pytest.approx((rate, share.std()))
    earlier_rate = frame.pre_clicks.sum() / frame.pre_impressions.sum()
    earlier = (frame.pre_clicks - earlier_rate * frame.pre_impressions) / frame.pre_impressions.mean()
    kept = 1 - np.corrcoef(share, earlier)[0, 1] ** 2
    assert ctr.sd_adjusted == pytest.approx(share.std() * np.sqrt(kept))


def test_what_no_plan_can_start_from_is_left_out() -> None:
    frame = generated(100, {"everybody": 1.0}).assign(clicks=0, hides=1, impressions=10)
    found = {one.metric for one in baselines(people(frame), STANDARD)}
    # no clicks at all; impressions and hides are the same for everybody
    assert found == {"revenue_users", "revenue_per_user", "ecpm"}
    assert baselines(people(frame.head(0)), STANDARD) == ()
    assert baselines(people(frame.head(1)), STANDARD) == ()


def test_past_data_need_no_variant() -> None:
    frame = generated(300, {"control": 0.5, "treatment": 0.5})
    without = from_file(frame.drop(columns="variant"))
    ctr = named(without, "ctr")
    assert ctr.value == pytest.approx(frame.clicks.sum() / frame.impressions.sum())
    assert ctr.sd_adjusted is not None
    # those of an experiment give the same, but for the order in which sums are taken
    assert named(from_file(frame), "ctr").sd == pytest.approx(ctr.sd)


def test_columns_and_own_metrics_can_be_named(tmp_path) -> None:
    file = tmp_path / "past.csv"
    file.write_text("member,points\n" + "".join(f"m{n},{n % 3}\n" for n in range(30)), "utf-8")
    (points,) = from_file(file, [mean_metric("points", "points")], {"user_id": "member"})
    assert (points.value, points.users) == (1.0, 30)


def test_past_data_without_a_difference_are_refused() -> None:
    frame = pd.DataFrame({"user_id": ["a", "b"], "revenue": [0.0, 0.0]})
    with pytest.raises(BadInput, match="no metric to plan on"):
        from_file(frame)


def test_a_metric_is_chosen_by_name() -> None:
    found = (share_baseline(0.1), mean_baseline(2.0, 3.0))
    assert named(found, "mean") is found[1]
    assert named(found[:1], None) is found[0]
    with pytest.raises(BadInput, match="several metrics: share, mean"):
        named(found, None)
    with pytest.raises(BadInput, match=r"no metric 'maen'.*Did you mean 'mean'"):
        named(found, "maen")


def test_what_is_typed_in_is_checked() -> None:
    assert rate_baseline(0.02, 4.0, 2.0).sd == pytest.approx(np.sqrt(0.02 * 0.98 / 2))
    for wrong in (
        lambda: mean_baseline(0.0, 1.0),
        lambda: mean_baseline(float("nan"), 1.0),
        lambda: mean_baseline(1.0, 0.0),
        lambda: share_baseline(1.0),
        lambda: rate_baseline(0.5, 0.0),
    ):
        with pytest.raises(BadInput, match="must"):
            wrong()
