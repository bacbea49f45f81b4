"""The back-test's promise beside what came about, on curves whose shares are plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.experiment.closer.bands import Band
from lookalike.experiment.closer.offline_online import by_score, in_words, offline_online

CURVE = {"k": [0.1, 0.2, 0.5], "recall": [0.4, 0.6, 0.9]}


def bands(online: list[float | None], half: float = 0.02, treatment: str = "bold") -> list[Band]:
    count = len(online)
    return [
        Band(
            treatment=treatment, control="control", metric="ctr", label="click rate",
            numerator="good_clicks", rate=True, good="up", margin=None, band=band,
            share=1 / count, top_share=band / count, score_from=0.0, score_to=1.0,
            n_control=10, n_treatment=10, numerator_share=share,
            numerator_ci=None if share is None else (share - half, share + half),
        )
        for band, share in enumerate(online, start=1)
    ]  # fmt: skip


def test_a_band_is_expected_to_hold_what_the_curve_gains_over_it():
    rows = offline_online(bands([0.7, 0.3]), CURVE, size=0.2)
    assert [row.offline for row in rows] == pytest.approx([0.4 / 0.6, 0.2 / 0.6])
    assert [row.top_offline for row in rows] == pytest.approx([0.4 / 0.6, 1])
    assert [row.online for row in rows] == [0.7, 0.3]
    assert [row.top_online for row in rows] == pytest.approx([0.7, 1])
    assert rows[0].online_ci == pytest.approx((0.68, 0.72))


def test_between_the_tested_sizes_the_curve_is_straight():
    rows = offline_online(bands([0.5, 0.5]), CURVE, size=0.1)
    assert [row.offline for row in rows] == pytest.approx([0.5, 0.5])
    everybody = offline_online(bands([0.5, 0.5]), CURVE)
    assert [row.offline for row in everybody] == pytest.approx([0.9, 0.1])


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6),
    st.floats(0.01, 1),
    st.integers(2, 10),
)
def test_what_is_expected_sums_to_one(recalls, size, count):
    curve = {"k": [0.9 * (n + 1) / len(recalls) for n in range(len(recalls))], "recall": sorted(recalls)}
    if max(recalls) < 1e-6:
        return
    rows = offline_online(bands([1 / count] * count), curve, size)
    if not rows:  # nobody was found in so small an audience
        assert min(recalls) == pytest.approx(0, abs=1e-300)
        return
    assert sum(row.offline for row in rows) == pytest.approx(1)
    assert min(row.offline for row in rows) >= -1e-12


def test_a_second_treatment_begins_anew():
    rows = offline_online(bands([0.7, 0.3]) + bands([0.6, 0.4], treatment="calm"), CURVE)
    assert [(row.treatment, row.top_online) for row in rows] == [
        ("bold", 0.7), ("bold", 1.0), ("calm", 0.6), ("calm", 1.0),
    ]  # fmt: skip


def test_bands_without_an_online_share_are_left_out():
    assert offline_online(bands([None, None]), CURVE) == ()
    assert in_words(()) == ""
    assert by_score(()).empty


@pytest.mark.parametrize("size", [0.0, 1.5])
def test_a_size_that_is_no_share_is_refused(size):
    with pytest.raises(BadInput, match="of the eligible users"):
        offline_online(bands([0.7, 0.3]), CURVE, size)


def test_a_run_that_found_nothing_or_was_not_tested_has_nothing_to_compare():
    assert offline_online(bands([0.7, 0.3]), {"k": [0.5], "recall": [0.0]}, 0.2) == ()
    assert offline_online(bands([0.7, 0.3]), {"k": [], "recall": []}, 0.2) == ()


@pytest.mark.parametrize(
    ("online", "judged"),
    [
        (0.8, "more than the back-test promised."),
        (0.66, "about what the back-test promised."),
        (0.6, "less than the back-test promised."),
        (0.51, "less than the back-test promised, and perhaps no more than their share of users."),
        (0.4, "less than the back-test promised, and no more than their share of users."),
    ],
)
def test_the_best_band_is_judged_in_words(online, judged):
    said = in_words(offline_online(bands([online, 1 - online]), CURVE, size=0.2))
    assert said.endswith(judged)
    assert said.startswith(f"The best 50 % of users by score have {100 * online:.1f} % [")
    assert "of the good clicks in bold; offline they held 66.7 % of the held-out seeds" in said


def test_a_row_reads_as_a_person_would_write_it():
    (first, _) = by_score(offline_online(bands([0.7, 0.3]), CURVE, size=0.2)).to_dict("records")
    assert first == {
        "Users by score": "best 50 %",
        "Held-out seeds, offline": "66.7 %",
        "Online: good clicks": "70.0 % [68.0, 72.0]",
        "Seeds from the best band down to here": "66.7 %",
        "Online: good clicks down to here": "70.0 %",
    }
