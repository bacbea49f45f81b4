import datetime as dt

import pandas as pd
import pytest

from lookalike.errors import BadInput
from lookalike.experiment.intake.columns import lay_out
from lookalike.experiment.intake.opening import Intake, opened
from lookalike.experiment.metrics import STANDARD, mean_metric

METRICS = (*STANDARD, mean_metric("clicks_per_user", "clicks"))


def people(intake: Intake, columns: str) -> list[tuple]:
    return intake.people.rows(f"SELECT {columns} FROM people ORDER BY user_id")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["user_id", "variant", "clicks"], {"user_id": "user_id", "variant": "variant"}),
        (["UserID", "Version", "clicks"], {"user_id": "UserID", "variant": "Version"}),
        (["id", "arm", "clicks", "day"], {"user_id": "id", "variant": "arm", "date": "day"}),
        (["uid", "group", "clicks", "pre clicks"], {"variant": "group", "pre_clicks": "pre clicks"}),
        (["id", "user_id", "group", "clicks"], {"user_id": "user_id"}),
        (["user", "group", "views", "clicks"], {"impressions": "views"}),
    ],
)
def test_columns_are_found_by_name(names: list[str], expected: dict[str, str]) -> None:
    found = lay_out(names, METRICS, {}).found
    assert {role: found[role] for role in expected} == expected


def test_a_named_column_wins_over_the_one_its_name_suggests() -> None:
    names = ["user_id", "variant", "group", "clicks", "link_clicks"]
    found = lay_out(names, METRICS, {"variant": "group", "clicks": "link_clicks"}).found
    assert (found["variant"], found["clicks"]) == ("group", "link_clicks")


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (["variant", "clicks"], {}, "no column for the user"),
        (["user_id", "clicks"], {}, "no column for the variant: looked for variant, group"),
        (["user_id", "variant", "colour"], {}, "nothing to measure"),
        (["user_id", "variant", "hides"], {}, "nothing to measure"),
        (
            ["user_id", "variant", "clicks"],
            {"clicks": "clikcs"},
            "no column 'clikcs'. Did you mean 'clicks'",
        ),
        (["user_id", "variant", "clicks"], {"clik": "clicks"}, "no role 'clik'"),
    ],
)
def test_missing_columns_are_named(names: list[str], given: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        lay_out(names, METRICS, given)


def test_days_are_summed_to_users_and_the_time_before_is_taken_once() -> None:
    frame = pd.DataFrame(
        {
            "user_id": ["1", "1", "2"],
            "variant": ["a", "a", "b"],
            "date": [dt.date(2024, 5, 1), dt.date(2024, 5, 2), dt.date(2024, 5, 1)],
            "clicks": [1, 2, 5],
            "pre_clicks": [4, 4, 6],
        }
    )
    with opened(frame, METRICS) as intake:
        assert intake.by_day
        assert people(intake, "user_id, variant, clicks, pre_clicks") == [
            ("1", "a", 3.0, 4.0),
            ("2", "b", 5.0, 6.0),
        ]


def test_a_copy_of_a_row_counts_once_but_days_without_dates_may_look_alike() -> None:
    once = pd.DataFrame(
        {"user_id": ["1", "2", "3", "3"], "variant": list("abbb"), "clicks": [1, 1, 2, 2]}
    )
    with opened(once, METRICS) as intake:
        assert people(intake, "clicks") == [(1.0,), (1.0,), (2.0,)]
    days = pd.DataFrame(
        {"user_id": ["1", "1", "2", "2"], "variant": list("aabb"), "clicks": [1, 1, 2, 2]}
    )
    with opened(days, METRICS) as intake:
        assert people(intake, "clicks") == [(2.0,), (4.0,)]


def test_cells_without_a_number_count_as_zero_and_yes_is_one() -> None:
    frame = pd.DataFrame(
        {
            "user_id": ["1", "2", "3", "4", "5"],
            "variant": list("ababb"),
            "clicks": ["3", "many", "", "TRUE", "inf"],
        }
    )
    with opened(frame, METRICS) as intake:
        assert people(intake, "clicks") == [(3.0,), (0.0,), (0.0,), (1.0,), (0.0,)]


def test_rows_without_user_or_variant_stay_out() -> None:
    frame = pd.DataFrame({"user_id": ["1", None, "3"], "variant": ["a", "b", " "], "clicks": [1, 2, 3]})
    with opened(frame, METRICS) as intake:
        assert (intake.faults.rows, intake.faults.keyless) == (3, 2)
        assert people(intake, "user_id") == [("1",)]


def test_ids_keep_their_zeros(tmp_path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("user_id,variant,clicks\n007,a,1\n7,b,2\n")
    with opened(path, METRICS) as intake:
        assert people(intake, "user_id, clicks") == [("007", 1.0), ("7", 2.0)]


def test_a_column_of_words_is_refused() -> None:
    frame = pd.DataFrame({"user_id": ["1", "2"], "variant": ["a", "b"], "clicks": ["few", "many"]})
    with pytest.raises(BadInput, match="'clicks' holds no numbers"), opened(frame, METRICS):
        pass


def test_a_table_without_rows_is_refused() -> None:
    frame = pd.DataFrame({"user_id": ["1"], "variant": ["a"], "clicks": [1]}).iloc[:0]
    with pytest.raises(BadInput, match="hold no rows"), opened(frame, METRICS):
        pass


def test_a_metric_of_ones_own_brings_its_column() -> None:
    frame = pd.DataFrame({"user_id": ["1", "2"], "variant": ["a", "b"], "Rounds": [3, 4]})
    with opened(frame, [*STANDARD, mean_metric("rounds", "rounds")]) as intake:
        assert intake.measured == ("rounds",)
        assert people(intake, "rounds") == [(3.0,), (4.0,)]
