import dataclasses

import numpy as np
import pandas as pd
import pytest

from lookalike.experiment import Readout, readout
from lookalike.experiment.sections import ABOUT, Section, closer, headline, overall
from lookalike.experiment.tables import lifts
from tests.unit.experiment.data import generated

SHARES = {"control": 0.4, "x": 0.3, "y": 0.3}


@pytest.fixture(scope="module")
def read() -> Readout:
    frame = generated(1_500, SHARES, {"x": 0.5, "y": 0.1})
    rng = np.random.default_rng(2)
    frame["country"] = rng.choice(["DE", "FR"], len(frame))
    frame["device"] = rng.choice(["phone", "desk"], len(frame))
    frame["score"] = rng.random(len(frame))
    days = pd.concat([frame.assign(date=date) for date in ("2026-03-01", "2026-03-02", "2026-03-03")])
    return readout(days, planned=SHARES, primary="ctr", rerandomise=100)


def by_key(sections: object) -> dict[str, Section]:
    found = list(sections)
    keyed = {section.key: section for section in found}
    assert len(keyed) == len(found)
    return keyed


def test_one_metric_of_one_treatment_is_seen_by_day_segment_and_score(read: Readout) -> None:
    found = by_key(closer(read, "x", "ctr"))
    assert list(found) == ["days", "segment country", "segment device", "scores"]
    for section in found.values():
        assert section.figure is not None
        assert section.alt
        assert section.title
        assert all(word.endswith(".") for word in section.words)
    assert list(found["days"].table["By the end of"]) == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert found["days"].words[0].startswith("Click rate by 2026-03-03: +")
    assert "users' totals grow over the days" in found["days"].caution
    assert set(found["segment country"].table["Value"]) == {"DE", "FR"}
    assert len(found["scores"].table) == 5


def test_another_treatment_and_metric_have_numbers_of_their_own(read: Readout) -> None:
    one, other = (by_key(closer(read, name, "ctr"))["days"].table for name in "xy")
    assert list(one["Lift"]) != list(other["Lift"])
    reach = by_key(closer(read, "x", "reach"))["days"]
    assert reach.words[0].startswith("Reach by ")


def test_all_metrics_together_have_parts_halves_extremes_and_random_splits(read: Readout) -> None:
    found = by_key(overall(read))
    assert list(found) == ["parts x", "parts y", "halves", "extremes", "naive", "aa"]
    assert found["parts x"].title.endswith("with x")
    assert found["parts x"].words[0].startswith("Revenue per user is ")
    assert set(found["naive"].table["Metric"]) >= {"Click rate", "Hide rate"}
    assert "Reach" not in set(found["extremes"].table["Metric"])


def test_what_a_file_does_not_have_makes_no_section() -> None:
    frame = generated(600, {"control": 0.5, "new": 0.5})[["user_id", "variant", "impressions"]]
    plain = readout(frame)
    assert list(closer(plain, "new", "reach")) == []
    assert list(by_key(overall(plain))) == ["extremes"]  # of users a naive tool says the same
    alone = readout(frame.assign(variant="new"))
    assert list(overall(alone)) == []
    assert headline(alone) is None


def test_one_day_is_no_course_of_days() -> None:
    frame = generated(600, {"control": 0.5, "new": 0.5}).assign(date="2026-03-01")
    assert "days" not in by_key(closer(readout(frame), "new", "ctr"))


def test_one_treatment_needs_no_name_in_its_titles() -> None:
    frame = generated(600, {"control": 0.5, "new": 0.5})
    (parts,) = [section for section in overall(readout(frame)) if section.key.startswith("parts")]
    assert parts.title == "Where the change in revenue comes from"


def test_the_headline_is_the_metric_that_decided(read: Readout) -> None:
    assert headline(read) == "ctr"
    assert headline(dataclasses.replace(read, primary=None)) == "revenue_per_user"


def test_words_about_columns_are_of_columns_there_are(read: Readout) -> None:
    assert set(lifts(read.to_frame())) & set(ABOUT) >= {"Lift", "Lift, adjusted", "p", "p, adjusted"}


def test_a_readout_shown_again_has_the_same_sections(read: Readout) -> None:
    again = Readout.from_report(read.report())
    for one, other in zip(closer(read, "y", "gcr"), closer(again, "y", "gcr"), strict=True):
        assert (one.key, one.words) == (other.key, other.words)
        pd.testing.assert_frame_equal(one.table, other.table)
