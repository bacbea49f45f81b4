import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.experiment.intake.columns import ALIASES, MOST_SEGMENTS, lay_out
from lookalike.experiment.metrics import EVERY, mean_metric, ratio_metric

KEYED = ["user_id", "variant", "impressions"]


def test_every_alias_says_its_role() -> None:
    for role, aliases in ALIASES.items():
        for alias in aliases:
            names = [name for name in KEYED if name != role] + [alias.upper().replace("_", " ")]
            assert lay_out(names, EVERY, {}).found[role] == names[-1]


def test_the_first_alias_wins_and_a_role_takes_one_column() -> None:
    layout = lay_out(["id", "user_id", "group", "arm", "views", "impressions"], EVERY, {})
    assert layout.found == {"user_id": "user_id", "variant": "group", "impressions": "impressions"}
    assert layout.measured == ("impressions",)


def test_numbers_of_the_time_before_are_measured_too() -> None:
    layout = lay_out([*KEYED, "pre_impressions", "pre_clicks", "Pre-Spend"], EVERY, {})
    assert layout.measured == ("impressions", "pre_impressions", "pre_revenue", "pre_clicks")
    assert layout.found["pre_revenue"] == "Pre-Spend"


def test_a_column_that_a_metric_of_ones_own_names_is_also_what_its_name_says() -> None:
    metrics = [*EVERY, mean_metric("views a user", "views")]
    found = lay_out(["user_id", "variant", "views"], metrics, {}).found
    assert (found["views"], found["impressions"]) == ("views", "views")


def test_a_metric_of_ones_own_over_the_score_makes_it_a_measure() -> None:
    layout = lay_out([*KEYED, "score"], [*EVERY, mean_metric("mean score", "score")], {})
    assert "score" in layout.measured
    assert "score" not in lay_out([*KEYED, "score"], EVERY, {}).measured


@pytest.mark.parametrize(
    ("names", "segments"),
    [
        (["country", "Age Group", "user_device", "colour"], ("country", "Age Group", "user_device")),
        (["score", "date", "os"], ("os",)),
        (["plan", "tier", "os", "region", "market", "age"], ("plan", "tier", "os", "region", "market")),
    ],
)
def test_usual_segments_are_known_by_name(names: list[str], segments: tuple[str, ...]) -> None:
    assert lay_out([*KEYED, *names], EVERY, {}).segments == segments


def test_segments_that_were_asked_for_are_taken_once_and_no_others() -> None:
    names = [*KEYED, "country", "colour"]
    assert lay_out(names, EVERY, {}, ["colour", "colour"]).segments == ("colour",)
    assert lay_out(names, EVERY, {}, []).segments == ()
    with pytest.raises(BadInput, match=r"no column 'color'. Did you mean 'colour'"):
        lay_out(names, EVERY, {}, ["color"])
    many = [f"s{i}" for i in range(MOST_SEGMENTS + 1)]
    with pytest.raises(BadInput, match="6 columns of segments were asked for; at most 5"):
        lay_out([*KEYED, *many], EVERY, {}, many)


def test_what_need_not_be_there_is_not_asked_for() -> None:
    assert lay_out(["colour"], EVERY, {}, without=("user_id", "variant", "measures")).found == {}
    with pytest.raises(BadInput, match="no column for the variant"):
        lay_out(["colour"], EVERY, {}, without=("user_id", "measures"))


@pytest.mark.parametrize(
    "name", ["user_id", "Variant", "DATE", "day", "First_Day", "rows kept", "segment os", "No number x"]
)
def test_a_metric_cannot_be_made_of_a_name_that_is_taken(name: str) -> None:
    with pytest.raises(BadInput, match=f"column called '{name}': that name is taken"):
        lay_out([*KEYED, name], [*EVERY, mean_metric("own", name)], {})


def test_a_ratio_needs_both_of_its_columns() -> None:
    metric = ratio_metric("rate", "wins", "games")
    with pytest.raises(BadInput, match="nothing to measure: looked for wins, games; found"):
        lay_out(["user_id", "variant", "wins"], [metric], {})
    assert lay_out(["user_id", "variant", "wins", "games"], [metric], {}).measured == ("wins", "games")


def test_long_lists_of_columns_are_cut() -> None:
    with pytest.raises(BadInput) as caught:
        lay_out([f"column {i}" for i in range(40)], EVERY, {})
    assert "column 9 and 30 more" in caught.value.message
    assert "column 10" not in caught.value.message


@given(st.lists(st.text(max_size=8), unique=True, max_size=8))
def test_any_names_are_laid_out_or_refused(names: list[str]) -> None:
    try:
        layout = lay_out(
            [*names, "user_id", "variant", "clicks"], (*EVERY, mean_metric("c", "clicks")), {}
        )
    except BadInput:
        return
    assert set(layout.found.values()) | set(layout.segments) <= set(layout.names)
    assert {"user_id", "variant", "clicks"} <= set(layout.found)
