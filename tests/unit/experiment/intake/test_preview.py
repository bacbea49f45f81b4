from pathlib import Path

import duckdb
import pandas as pd
import pytest

from lookalike.errors import BadInput
from lookalike.experiment import preview, readout
from lookalike.experiment.intake.preview import Column
from lookalike.experiment.metrics import mean_metric, share_metric

FRAME = pd.DataFrame(
    {
        "user_id": [f"u{i}" for i in range(30)],
        "group": ["a ", "b", "b"] * 10,
        "day": ["2026-03-01", "2026-03-02"] * 15,
        "Impressions": range(30),
        "bought": ["yes", "no"] * 15,
        "tips": ["1", "2.5", ""] * 10,
        "country": ["DE", "FR"] * 15,
        "colour": ["red", "green", "blue"] * 10,
        "note": [f"text {i}" for i in range(30)],
    }
)


def test_columns_variants_and_what_their_names_say() -> None:
    seen = preview(FRAME)
    assert seen.rows == 30
    assert seen.names == tuple(FRAME)
    assert seen.found == {
        "user_id": "user_id", "variant": "group", "date": "day", "impressions": "Impressions"
    }  # fmt: skip
    assert seen.variants == {"a": 10, "b": 20}
    by_name = {column.name: column for column in seen.columns}
    assert by_name["Impressions"].kind == "number"
    assert by_name["bought"].kind == "yes or no"
    assert by_name["tips"].kind == "number"
    assert by_name["note"].kind == "text"
    assert by_name["country"] == Column("country", "text", 2, "DE")


def test_numbers_without_a_role_are_offered_as_metrics() -> None:
    offered = preview(FRAME).measurable()
    assert offered == (share_metric("bought", "bought"), mean_metric("tips", "tips"))


def test_columns_of_few_values_divide_the_users() -> None:
    seen = preview(FRAME)
    # not "bought" and "tips", which the test may have changed
    assert seen.divisible() == ("country", "colour")
    assert seen.usual_segments() == ("country",)


def test_a_number_whose_name_says_so_divides_them_too() -> None:
    assert "age" in preview(FRAME.rename(columns={"tips": "age"})).divisible()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([0, 1] * 15, "yes or no"),
        ([True, False] * 15, "yes or no"),
        (["TRUE", " no "] * 15, "yes or no"),
        ([0, 1, 2] * 10, "number"),
        ([0.5, None] * 15, "number"),
        ([*["1"] * 27, "a", "b", "c"], "number"),
        ([*["1"] * 26, "a", "b", "c", "d"], "text"),
        ([None] * 30, "text"),
        ([""] * 30, "text"),
    ],
)
def test_what_most_cells_hold(cells: list, kind: str) -> None:
    seen = preview(FRAME.assign(tips=cells))
    assert next(column.kind for column in seen.columns if column.name == "tips") == kind


def test_a_file_of_which_nothing_is_known_is_shown_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("who;which\n1;a\n2;b\n")
    seen = preview(path)
    assert (seen.rows, seen.names, seen.found, seen.variants) == (2, ("who", "which"), {}, {})
    given = preview(path, {"variant": "which", "user_id": "who"})
    assert given.found == {"user_id": "who", "variant": "which"}
    assert given.variants == {"a": 1, "b": 1}


def test_a_mistaken_column_is_kept_for_the_page_to_show() -> None:
    assert preview(FRAME, {"clicks": "nowhere"}).found == {"clicks": "nowhere"}


def test_too_many_variants_and_no_rows_are_refused() -> None:
    with pytest.raises(BadInput, match="'note' names more than 20 variants"):
        preview(FRAME, {"variant": "note"})
    with pytest.raises(BadInput, match="hold no rows"):
        preview(FRAME[:0])


def test_a_relation_is_left_as_it_was() -> None:
    with duckdb.connect() as connection:
        relation = connection.from_df(FRAME)
        assert preview(relation).rows == 30
        assert connection.execute("SHOW TABLES").fetchall() == []


def test_hostile_names_are_only_names() -> None:
    name = '"; DROP TABLE people; --'
    seen = preview(FRAME.rename(columns={"colour": name}))
    assert name in seen.divisible()


def test_what_is_measured_by_itself_is_no_age_nothing_from_before_and_no_taken_name() -> None:
    frame = pd.DataFrame(
        {
            "user_id": range(40), "variant": ["a", "b"] * 20, "age": range(40), "pre_basket": range(40),
            "basket": range(40), "reach": [0, 1] * 20, "first_day": range(40),
        }
    )  # fmt: skip
    assert [metric.name for metric in preview(frame).measurable()] == ["basket", "reach per user"]
    assert readout(frame, metrics=preview(frame).measurable()).comparisons[0]["basket"].cuped is not None
