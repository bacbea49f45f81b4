import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput, NotFound
from lookalike.experiment.metrics import (
    PRESETS,
    STANDARD,
    Variable,
    choose_preset,
    mean_metric,
    metric_from,
    own_metric,
    parse_metric,
    ratio_metric,
    with_own,
)


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
        with_own(STANDARD, [mean_metric("ctr", "x")])


def test_a_margin_is_a_share() -> None:
    with pytest.raises(BadInput, match="margin of 'x' is 5"):
        with_own((), [own_metric("x", "mean", "x", margin=5.0)])


@pytest.mark.parametrize(
    ("names", "preset"),
    [
        (["impressions", "clicks", "revenue"], "act-alike"),
        (["impressions", "conversions"], "content"),
        (["sessions", "bounces", "impressions", "clicks", "revenue"], "act-alike"),
        (["sessions", "bounces"], "marketplace"),
        ([], "act-alike"),
    ],
)
def test_the_preset_that_fits_best_is_taken(names: list[str], preset: str) -> None:
    assert choose_preset(names) == PRESETS[preset]


def test_a_preset_is_chosen_by_name() -> None:
    assert choose_preset([], "content") == PRESETS["content"]
    with pytest.raises(NotFound, match=r"no preset 'contents'\. Did you mean 'content'"):
        choose_preset([], "contents")


def test_of_hides_and_bounces_less_is_better() -> None:
    guarded = {m.name for preset in PRESETS.values() for m in preset if m.margin is not None}
    downwards = {m.name for preset in PRESETS.values() for m in preset if m.good == "down"}
    assert guarded == downwards == {"hdr", "bounce_rate"}


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("rounds=mean:sum_gamerounds", mean_metric("rounds", "sum_gamerounds")),
        (" ret = share : retention_7 ", own_metric("ret", "share", "retention_7")),
        ("cvr=ratio:orders/clicks", ratio_metric("cvr", "orders", "clicks")),
        (
            "bounce=ratio:bounces/visits,good=down,margin=0.02",
            own_metric("bounce", "ratio", "bounces", "visits", "down", 0.02),
        ),
    ],
)
def test_a_metric_is_written_on_one_line(text: str, metric: object) -> None:
    assert parse_metric(text) == metric


@pytest.mark.parametrize(
    "text",
    ["", "x", "x=mean", "x=mean:", "=mean:a", "x=sum:a", "x=mean:a/b", "x=ratio:a", "x=ratio:a/",
     "x=mean:a,good=sideways", "x=mean:a,margin=much", "x=mean:a,colour=red"],
)  # fmt: skip
def test_what_is_no_metric_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match=r"does not define a metric\. Write name=mean:column"):
        parse_metric(text)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_metric_or_a_sentence(text: str) -> None:
    try:
        named = bool(parse_metric(text).name)
    except BadInput as error:
        named = bool(error.hint)
    assert named


def test_a_metric_survives_its_json() -> None:
    for metric in (*PRESETS["act-alike"], own_metric("x", "ratio", "a", "b", "down", 0.1)):
        assert metric_from(json.loads(json.dumps(dataclasses.asdict(metric)))) == metric
