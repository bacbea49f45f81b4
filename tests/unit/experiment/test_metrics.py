import pytest

from lookalike.errors import BadInput
from lookalike.experiment.metrics import STANDARD, Variable, all_metrics, mean_metric, ratio_metric


def test_the_standard_metrics_have_the_names_that_reports_use() -> None:
    assert [metric.name for metric in STANDARD] == [
        "reach", "revenue_users", "impressions_per_user", "revenue_per_user",
        "ecpm", "ctr", "hdr", "gcr",
    ]  # fmt: skip


def test_a_metric_knows_its_columns_now_and_before() -> None:
    metric = ratio_metric("cvr", "orders", "clicks")
    assert metric.columns == ("orders", "clicks")
    assert metric.before.columns == ("pre_orders", "pre_clicks")


def test_only_proportions_are_rates() -> None:
    assert {m.name for m in STANDARD if m.is_rate} == {"reach", "revenue_users", "ctr", "hdr", "gcr"}


def test_a_variables_name_cannot_break_out_of_its_quotes() -> None:
    assert Variable('a"b').sql == '"a""b"'
    assert Variable("a", positive=True).sql == 'CAST("a" > 0 AS DOUBLE)'


def test_a_name_is_given_once() -> None:
    with pytest.raises(BadInput, match="two metrics called 'ctr'"):
        all_metrics([mean_metric("ctr", "x")])
