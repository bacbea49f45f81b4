import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lookalike.errors import Cancelled
from lookalike.experiment import Readout, Spec, read_out, readout
from lookalike.experiment.further import Audience
from lookalike.progress import Progress, Update
from tests.unit.experiment.data import generated

SHARES = {"control": 0.5, "new": 0.5}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return generated(1_500, SHARES, {"new": 0.5})


def names(read: Readout) -> list[str]:
    return [check.name for check in read.checks]


def test_a_file_of_keys_and_numbers_has_extremes_and_parts_alone(frame: pd.DataFrame) -> None:
    read = readout(frame)
    assert (read.daily, read.novelty, read.segments, read.bands, read.depth) == ((),) * 5
    assert set(read.decomposition) == {"new"}
    assert read.comparisons[0]["revenue_per_user"].winsorised is not None
    assert read.comparisons[0]["reach"].winsorised is None
    assert "split_by_before" in names(read)


def test_a_short_look_stops_at_the_metrics(frame: pd.DataFrame) -> None:
    read = readout(frame.assign(country="DE"), full=False)
    assert (read.segments, read.decomposition) == ((), {})
    assert read.comparisons[0]["revenue_per_user"].winsorised is None
    assert not any(name.startswith("split_by") for name in names(read))
    assert read.verdict == readout(frame).verdict


def test_each_column_adds_its_part(frame: pd.DataFrame) -> None:
    more = frame.assign(
        country=["DE", "FR", "UK"] * 500, date=["2026-03-01", "2026-03-02"] * 750, score=range(1_500)
    )
    read = readout(more, primary="ctr")
    assert {row.value for row in read.segments} == {"DE", "FR", "UK"}
    assert {row.segment for row in read.heterogeneity} == {"country"}
    assert {row.day for row in read.daily} == {"2026-03-01", "2026-03-02"}
    assert read.novelty == ()  # each user has one row: there are no days to halve
    assert len({row.band for row in read.bands}) == 5
    assert [(row.treatment, row.metric) for row in read.depth] == [("new", "ctr")]
    assert {"split_by_segment_country", "mix_of_segment_country"} <= set(names(read))
    assert readout(more.drop(columns="revenue")).decomposition == {}


def test_one_variant_alone_is_looked_into_without_comparisons(frame: pd.DataFrame) -> None:
    read = readout(frame.assign(variant="new", country="DE", score=1.0, date="2026-03-01"))
    assert (read.comparisons, read.segments, read.bands, read.decomposition) == ((), (), (), {})


def test_an_audience_gives_scores_variants_and_its_curve(frame: pd.DataFrame) -> None:
    """Users held out are the control; those who are not in the audience are left out."""
    held = np.arange(1_400) % 4 == 0
    members = pa.table(
        {"user_id": frame["user_id"][:1_400], "score": np.linspace(1, 0, 1_400), "holdout": held}
    )
    curve = {"k": [0.05, 0.1, 0.2], "recall": [0.3, 0.5, 0.8]}
    audience = Audience("Spring", members, curve, 0.2)
    spec = Spec(planned={"holdout": 1, "audience": 3})
    read = read_out(frame.drop(columns="variant"), spec, audience)
    assert (read.control, [c.treatment for c in read.comparisons]) == ("holdout", ["audience"])
    assert (read.users, read.srm.observed) == (1_400, {"audience": 1_050, "holdout": 350})
    assert {check.name: check.count for check in read.checks}["users_outside"] == 100
    assert [row.band for row in read.bands if row.metric == "ctr"] == [1, 2, 3, 4, 5]
    assert read.bands[0].score_from > read.bands[1].score_to
    assert len({row.band for row in read.offline_online}) == 5


def test_it_tells_how_far_it_is_and_stops_when_asked(frame: pd.DataFrame) -> None:
    seen: list[Update] = []
    read_out(frame, Spec(), progress=Progress(seen.append))
    assert [update.fraction for update in seen] == sorted(update.fraction for update in seen)
    assert len({update.message for update in seen}) == len(seen) > 6

    heard: list[Update] = []
    stopped = Progress(heard.append, lambda: len(heard) == 4)
    with pytest.raises(Cancelled):
        read_out(frame, Spec(), progress=stopped)
    assert [update.message for update in heard] == [update.message for update in seen[:4]]
