"""How far to expand: the deepest band at which the lift is clear and no guardrail is broken."""

import dataclasses

import pytest

from lookalike.experiment.closer.bands import Band
from lookalike.experiment.closer.depth import band_name, by_score, how_far

BANDS = 4


def bands(
    metric: str, lifts: list[tuple[float, float, float] | None], guardrail: str = "", **changes: object
) -> list[Band]:
    """Bands of a metric with the lift and interval at every depth."""
    return [
        dataclasses.replace(
            Band(
                treatment="bold", control="control", metric=metric, label=metric, numerator="clicks",
                rate=True, good="up", margin=0.05 if guardrail else None, band=band,
                share=1 / BANDS, top_share=band / BANDS, score_from=1 - band / BANDS,
                score_to=1 - (band - 1) / BANDS, n_control=1_200, n_treatment=900,
                top_rel_lift=lift[0] if lift else None, top_rel_ci=lift[1:] if lift else None,
                top_guardrail=(guardrail.split()[band - 1] if guardrail else None),
            ),
            **changes,
        )
        for band, lift in enumerate(lifts, start=1)
    ]  # fmt: skip


CLEAR, UNSURE, WORSE = (0.06, 0.02, 0.1), (0.02, -0.01, 0.05), (-0.06, -0.1, -0.02)


@pytest.mark.parametrize(
    ("lifts", "deepest"),
    [
        ([CLEAR, CLEAR, CLEAR, CLEAR], 4),
        ([CLEAR, CLEAR, UNSURE, WORSE], 2),
        ([UNSURE, CLEAR, CLEAR, UNSURE], 3),
        ([UNSURE, UNSURE, UNSURE, WORSE], None),
        ([None, CLEAR, None, None], 2),
    ],
)
def test_the_deepest_clear_lift_decides(lifts, deepest):
    (reach,) = how_far(bands("ctr", lifts), "ctr")
    assert (reach.treatment, reach.metric, reach.band) == ("bold", "ctr", deepest)
    assert reach.share == (deepest / BANDS if deepest else None)
    assert reach.score_from == (1 - deepest / BANDS if deepest else None)


def test_less_may_be_better():
    rows = bands("hdr", [WORSE, WORSE, CLEAR, UNSURE], good="down")
    assert how_far(rows, "hdr")[0].band == 2


def test_a_broken_guardrail_ends_it():
    guard = bands("hdr", [UNSURE] * 3 + [CLEAR], "kept open open broken", good="down")
    rows = bands("ctr", [CLEAR] * 4) + guard
    (reach,) = how_far(rows, "ctr")
    assert reach.band == 3
    assert reach.sentence == (
        "With bold one can expand to the best 75 % of users by score (from a score of 0.250): there the "
        "lift of ctr is +6.0 % [2.0, 10.0], and no guardrail is broken; one band further down the "
        "lift of hdr is +6.0 % [2.0, 10.0]."
    )


def test_everybody_will_do():
    (reach,) = how_far(bands("ctr", [CLEAR] * 4), "ctr")
    assert reach.sentence == (
        "With bold one can expand to all users with a score: there the lift of "
        "ctr is +6.0 % [2.0, 10.0]."
    )


def test_no_depth_will_do():
    (reach,) = how_far(bands("ctr", [UNSURE, UNSURE, UNSURE, WORSE]), "ctr")
    assert reach.sentence == (
        "With bold, no depth shows a clear gain: among the best 25 % of users by score the lift of "
        "ctr is +2.0 % [−1.0, 5.0], among all with a score the lift of ctr is −6.0 % [−10.0, −2.0]."
    )


def test_what_cannot_be_compared_is_said():
    (reach,) = how_far(bands("ctr", [None] * 4), "ctr")
    assert "the ctr cannot be compared" in reach.sentence


def test_each_treatment_by_itself_and_none_without_the_metric():
    rows = bands("ctr", [CLEAR] * 4) + bands("ctr", [WORSE] * 4, treatment="calm")
    assert [(reach.treatment, reach.band) for reach in how_far(rows, "ctr")] == [
        ("bold", 4),
        ("calm", None),
    ]
    assert how_far(rows, "gcr") == ()


def test_bands_are_named_by_their_place():
    assert [band_name(0.2, top) for top in (0.2, 0.4, 1.0)] == [
        "best 20 %", "20 to 40 %", "80 to 100 %",
    ]  # fmt: skip


def test_a_band_reads_as_a_person_would_write_it():
    rows = bands("ctr", [CLEAR] * 4, control_value=0.05, treatment_value=0.0527, p_bh=0.0004)
    rows[1] = dataclasses.replace(rows[1], rel_lift=0.054, rel_ci=(0.01, 0.0999))
    found = by_score(rows).to_dict("records")
    assert found[1] == {
        "Users by score": "25 to 50 %", "Scores": "0.500 to 0.750", "Users in control": "1,200",
        "Users in treatment": "900", "Control": "5.0 %", "Treatment": "5.3 %",
        "Lift": "+5.4 % [1.0, 10.0]", "BH p": "< 0.001",
        "Lift from the best band down to here": "+6.0 % [2.0, 10.0]",
    }  # fmt: skip
    assert found[0]["Lift"] == "–"
    assert by_score([]).empty
