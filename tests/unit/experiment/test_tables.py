"""Tables for people: what cannot be computed is said, and nothing is a raw None."""

import io

import pandas as pd
import pytest

from lookalike.experiment import readout, tables
from lookalike.experiment.results import SampleRatio
from lookalike.written import true_minus

from .data import generated


def row(**changes) -> dict[str, object]:
    found = {
        "treatment_variant": "bold", "label": "click rate", "rate": True, "computable": True,
        "control": 0.0412, "treatment": 0.00512, "rel_lift": -0.0571, "rel_ci_low": -0.0912,
        "rel_ci_high": -0.0002, "p_value": 0.0004, "p_holm": 0.0123, "p_bh": None,
        "naive_p_value": 0.5, "design_effect": 2.34,
    }  # fmt: skip
    return found | changes


def test_a_row_reads_as_a_person_would_write_it():
    (found,) = tables.lifts(pd.DataFrame([row()])).to_dict("records")
    assert found == {
        "Metric": "Click rate", "Control": "4.1 %", "Treatment": "0.51 %",
        "Lift": "−5.7 % [−9.1, 0.0]", "p": "< 0.001",
    }  # fmt: skip


def test_every_caution_has_its_column():
    both = readout(generated(400, {"control": 0.5, "bold": 0.5})).to_frame()
    shown = tables.cautions(both)
    assert list(shown) == [
        "Metric", "Guardrail", "Holm p", "BH p", "Valid at any time", "Lift found 4 times in 5",
        "Variance removed", "Worth more users",
    ]  # fmt: skip
    of_hides = shown[shown.Metric == "Hide rate"].iloc[0]
    assert of_hides["Guardrail"] == "Not ruled out"
    found = both[both.metric == "hdr"].iloc[0]
    low, high = found.always_valid_rel_ci_low, found.always_valid_rel_ci_high
    assert of_hides["Valid at any time"] == true_minus(f"[{100 * low:.1f}, {100 * high:.1f}]")
    assert of_hides["Worth more users"] == f"{found.cuped_worth_users:,.0f}"


def test_extremes_are_shown_of_what_has_them():
    found = readout(generated(400, {"control": 0.5, "bold": 0.5}), bootstrap=200)
    shown = tables.extremes(found.to_frame())
    assert "Reach" not in shown.Metric.tolist()  # a share has no extremes
    assert "Interval by resampling" in shown
    assert "Interval by resampling" not in tables.extremes(
        readout(generated(400, {"control": 0.5, "bold": 0.5})).to_frame()
    )


@pytest.mark.parametrize(
    ("number", "written"), [(0.8153, "0.815"), (20, "20.0"), (1234.5, "1,234"), (None, "–")]
)
def test_values_that_are_no_shares(number, written):
    shown = tables.lifts(pd.DataFrame([row(control=number, rate=False, label="eCPM")]))
    assert shown.loc[0, "Control"] == written
    assert shown.loc[0, "Metric"] == "eCPM"


def test_what_cannot_be_computed_is_said():
    gone = dict.fromkeys(("control", "rel_lift", "rel_ci_low", "rel_ci_high", "p_value", "p_holm"))
    shown = tables.lifts(pd.DataFrame([row(**gone, computable=False), row()]))
    assert shown.loc[0, ["Lift", "Control", "p"]].tolist() == ["Not computable", "–", "–"]


def test_the_adjusted_lift_stands_beside_the_raw_one_where_there_is_one():
    both = readout(generated(400, {"control": 0.5, "bold": 0.5}))
    shown = tables.lifts(both.to_frame())
    assert list(shown)[3:5] == ["Lift", "Lift, adjusted"]
    plain = generated(400, {"control": 0.5, "bold": 0.5})
    plain = plain[[name for name in plain if not name.startswith("pre_")]]
    assert "Lift, adjusted" not in tables.lifts(readout(plain).to_frame())


def test_several_treatments_are_named():
    shown = tables.lifts(pd.DataFrame([row(), row(treatment_variant="calm")]))
    assert shown["Variant"].tolist() == ["bold", "calm"]


def test_a_readout_of_one_variant_gives_empty_tables():
    nothing = readout(generated(50, {"control": 1.0})).to_frame()
    assert tables.lifts(nothing).empty
    assert tables.naive(nothing).empty


def test_the_naive_tool_stands_beside_ours_where_it_would_say_something():
    frame = pd.DataFrame([row(), row(label="revenue per user", naive_p_value=None)])
    assert tables.naive(frame).to_dict("records") == [
        {
            "Metric": "Click rate", "p here": "< 0.001", "p of a naive tool": "0.500",
            "Variance it misses": "× 2.3",
        }
    ]  # fmt: skip


def test_the_split_beside_its_plan():
    srm = SampleRatio(0.5, 0.4, {"a": 1200, "b": 2800}, {"a": 0.25, "b": 0.75}, "passed")
    assert tables.split(srm).to_numpy().tolist() == [
        ["a", "1,200", "1,000", "30.0 %"],
        ["b", "2,800", "3,000", "70.0 %"],
    ]


def test_csv_keeps_every_digit_and_no_formula():
    frame = pd.DataFrame([row(treatment_variant="=1+1", rel_lift=-1 / 3)])
    again = pd.read_csv(io.BytesIO(tables.csv(frame)))
    assert again.loc[0, "treatment_variant"] == "'=1+1"
    assert again.loc[0, "rel_lift"] == -1 / 3
