"""Results as bad as they come: each gives the right number, or one sentence that says why not."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from lookalike.errors import BadInput, LookalikeError
from lookalike.experiment import Readout, mean_metric, readout, share_metric
from lookalike.experiment.sections import closer
from lookalike.experiment.web_page import to_html

USERS = 60
HOSTILE = '"; DROP TABLE people; --'
SCRIPT = "<script>alert('b')</script>"
NO_WORDS = re.compile(r"\b(nan|inf|None|NaT|e\+\d+)\b")

BASE = pd.DataFrame(
    {
        "user_id": [f"u{i}" for i in range(USERS)],
        "variant": ["a", "b"] * (USERS // 2),
        "impressions": [5 + 3 * i % 11 for i in range(USERS)],
        "clicks": [i % 5 for i in range(USERS)],
        "revenue": [i * i % 7 / 4 for i in range(USERS)],
    }
)


def changed(where: object = slice(None), **columns: Any) -> pd.DataFrame:
    """The base with some cells changed."""
    frame = BASE.astype({name: object for name in columns if name in BASE})
    for name, cells in columns.items():
        if name not in frame:
            frame[name] = None
        frame.loc[where, name] = cells
    return frame.infer_objects()


IN_B = BASE["variant"] == "b"
FEW = [0, 1, 7]


@dataclass(frozen=True, eq=False)
class Bad:
    """A file, and what is to be said of it.

    Attributes:
        name: What is wrong with it.
        frame: Its rows.
        right: What the numbers are to be computed from, one row a user; None for the frame.
        says: Part of a check that does not pass.
        refused: The error, where there is no readout.
        options: Of the readout.
    """

    name: str
    frame: pd.DataFrame
    right: pd.DataFrame | None = None
    says: str = ""
    refused: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def simpson() -> pd.DataFrame:
    """Better in both countries, worse overall, for most of its users are in the poorer country."""
    sizes = {("a", "poor"): 100, ("a", "rich"): 900, ("b", "poor"): 900, ("b", "rich"): 100}
    rows = [
        (variant, country, (8 if country == "rich" else 1) + (variant == "b") + i % 3)
        for (variant, country), users in sizes.items()
        for i in range(users)
    ]
    frame = pd.DataFrame(rows, columns=["variant", "country", "revenue"])
    return frame.assign(user_id=range(len(frame)), impressions=9, clicks=1)


def wide() -> pd.DataFrame:
    """A segment with ten thousand values."""
    frame = pd.concat([BASE] * 200, ignore_index=True)
    return frame.assign(user_id=range(len(frame)), country=[f"c{i % 10_000}" for i in range(len(frame))])


def far() -> pd.DataFrame:
    """Values of ten digits that vary by ones."""
    noise = np.random.default_rng(1).normal(size=USERS)
    return BASE.assign(revenue=1e9 + noise + 0.5 * IN_B)


def days(*dates: str) -> pd.DataFrame:
    """The same numbers on every date."""
    return pd.concat([BASE.assign(date=date) for date in dates])


def summed(times: int) -> pd.DataFrame:
    numbers = ["impressions", "clicks", "revenue"]
    return BASE.assign(**{name: BASE[name] * times for name in numbers})


TABLE = [
    Bad(
        "users in two variants",
        pd.concat([BASE, BASE[:1].assign(variant="b")]),
        BASE[1:],
        "more than one variant, left out: 1.",
    ),
    Bad("duplicate rows", pd.concat([BASE, BASE[:3]]), BASE, "counted once: 3."),
    Bad(
        "missing values",
        changed(FEW, clicks=None),
        changed(FEW, clicks=0),
        "taken as 0: 3 (clicks 3).",
    ),
    Bad("negative values", changed(FEW, revenue=-3.0), says="kept as they are: 3 (revenue 3)."),
    Bad("clicks above impressions", changed(FEW, clicks=99), says="more clicks than impressions"),
    Bad("rates above 1", changed(clicks=BASE["impressions"] * 2 + BASE["clicks"]), says=": 60."),
    Bad("one variant only", changed(variant="a"), says="Every user is in the variant 'a'"),
    Bad("no clicks in one arm", changed(IN_B, clicks=0)),
    Bad("no impressions in one arm", changed(IN_B, impressions=0, clicks=0), says="ctr in b"),
    Bad("nothing at all", changed(impressions=0, clicks=0, revenue=0.0), says="ctr in a, ctr in b"),
    Bad("far from zero", far()),
    Bad(
        "nearly nothing in one arm",
        changed(~IN_B, revenue=[1e-300 * (i % 3) for i in range(USERS // 2)]),
    ),
    Bad("six users an arm", BASE[:12], says="(a 6, b 6)"),
    Bad("a single row", BASE[:1], says="Every user is in the variant 'a'"),
    Bad("a single user an arm", BASE[:2], says="(a 1, b 1)"),
    Bad("all alike", changed(impressions=7, clicks=2, revenue=0.1)),
    Bad("a paradox", simpson(), says="the variants hold different users"),
    Bad("a name in quotes", changed(IN_B, variant="b'\"`")),
    Bad("a name in SQL", changed(IN_B, variant="b'); DROP TABLE people; --")),
    Bad("a name in HTML", changed(IN_B, variant=SCRIPT)),
    Bad("a name in pictures", changed(IN_B, variant="🚀 größer")),
    Bad("a name of 500 letters", changed(IN_B, variant="b" * 500)),
    Bad("no name", changed(FEW, variant=""), BASE.drop(FEW), "a user or a variant, left out: 3."),
    Bad("no user", changed(FEW, user_id=None), BASE.drop(FEW), "a user or a variant, left out: 3."),
    Bad(
        "thirty variants",
        changed(variant=[f"v{i % 30}" for i in range(USERS)]),
        refused="'variant' names more than 20 variants",
    ),
    Bad(
        "a hostile column",
        BASE.assign(**{HOSTILE: BASE["clicks"]}),
        options={"metrics": (mean_metric("own", HOSTILE), share_metric(HOSTILE, HOSTILE))},
    ),
    Bad(
        "a hostile segment",
        BASE.assign(**{HOSTILE: [HOSTILE, SCRIPT, "'"] * (USERS // 3)}),
        options={"segments": (HOSTILE,)},
    ),
    Bad(
        "cells that are no number",
        changed(FEW, revenue=[np.nan, np.inf, -np.inf]),
        changed(FEW, revenue=0.0),
        "taken as 0: 3 (revenue 3).",
    ),
    Bad(
        "cells too large",
        changed(FEW, revenue=[1e300, -1e300, 2.0**53]),
        changed(FEW, revenue=0.0),
        "taken as 0: 3 (revenue 3).",
    ),
    Bad("a constant time before", BASE.assign(pre_clicks=3, pre_impressions=5, pre_revenue=0)),
    Bad(
        "a time before that tells everything",
        BASE.assign(pre_impressions=BASE["impressions"] * 3 + 0.1, pre_revenue=BASE["revenue"] * 0.7),
    ),
    Bad("hardly any time before", changed(FEW, pre_clicks=2, pre_impressions=9)),
    Bad("no time before in one arm", changed(IN_B, pre_clicks=2, pre_impressions=9)),
    Bad("dates that are none", BASE.assign(date="soon"), says="left out of the daily numbers: 60."),
    Bad("dates far apart", days("1970-01-01", "2050-12-31"), summed(2)),
    Bad(
        "a column called source",
        days("2026-03-01", "2026-03-02", "2026-03-03").assign(row=1, source="ad"),
        summed(3),
    ),
    Bad(
        "columns alike but for capital letters",
        BASE.assign(CLICKS=1),
        refused="two columns called 'CLICKS', but for capital letters",
    ),
    Bad(
        "a metric of the time before, by day",
        days("2026-03-01", "2026-03-02").assign(pre_clicks=[*range(USERS), *range(USERS)]),
        summed(2),
        options={"metrics": (mean_metric("before", "pre_clicks"),)},
    ),
    Bad("a date for a few", changed(FEW, date="2026-03-01"), says="left out of the daily numbers: 57."),
    Bad("one mistyped year", days("2026-03-01", "2026-03-02", "0206-03-03"), summed(3)),
    Bad("scores in words", BASE.assign(score="high")),
    Bad("scores without end", changed(FEW, score=[np.inf, -np.inf, np.nan])),
    Bad("one score for all", BASE.assign(score=0.5)),
    Bad("a segment of ten thousand values", wide()),
    Bad("a segment that is empty", BASE.assign(country=None)),
    Bad(
        "revenue with a currency",
        changed(revenue=[f"${i}" for i in range(USERS)]),
        refused="'revenue' holds no numbers",
    ),
    Bad(
        "percentages in text",
        changed(revenue=[f"{i} %" for i in range(USERS)]),
        refused="'revenue' holds no numbers",
    ),
    Bad(
        "a currency now and then",
        changed(FEW, revenue=["$5", "5 EUR", "1,000.00"]),
        changed(FEW, revenue=0.0),
        "taken as 0: 3 (revenue 3).",
    ),
    Bad("no rows", BASE[:0], refused="The results hold no rows"),
    Bad("no user column", BASE.drop(columns="user_id"), refused="no column for the user"),
    Bad(
        "nothing to measure", BASE[["user_id", "variant"]], refused="nothing to measure"
    ),
]  # fmt: skip


def shown(read: Readout) -> str:
    """Show a readout in every way there is, and return the page."""
    text = json.dumps(read.report(), allow_nan=False)
    again = Readout.from_report(json.loads(text))
    assert again.report() == read.report()
    assert repr(again) == repr(read)
    assert read.verdict.endswith(".")
    assert len(read.to_frame()) == sum(len(c.metrics) for c in read.comparisons)
    read.figure().to_json()
    for comparison in read.comparisons:  # the page has the others
        for section in closer(read, comparison.treatment, comparison.metrics[-1].metric):
            section.figure.to_json()
            assert not NO_WORDS.search(" ".join((section.title, *section.words, section.alt)))
            assert not NO_WORDS.search(section.table.to_csv())
    page = to_html(read, SCRIPT)
    assert SCRIPT not in page
    body = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    assert not NO_WORDS.search(body)
    assert not NO_WORDS.search(repr(read))
    return page


def welch(control: pd.Series, treatment: pd.Series) -> float | None:
    """The p-value of a mean by Welch's formulas, from centred numbers."""
    centre = float(control.iloc[0])
    arms = [arm.to_numpy(float) - centre for arm in (control, treatment)]
    if min(map(len, arms)) < 2 or all(np.ptp(arm) == 0 for arm in arms):
        return None
    errors = [np.var(arm, ddof=1) / len(arm) for arm in arms]
    df = sum(errors) ** 2 / sum(e**2 / (len(arm) - 1) for e, arm in zip(errors, arms, strict=True))
    return 2 * float(stats.t.sf(abs(arms[1].mean() - arms[0].mean()) / sum(errors) ** 0.5, df))


def same(found: float | None, expected: float | None) -> None:
    """Numbers of ten digits that vary by ones leave about six of them to their difference."""
    assert found == (None if expected is None else pytest.approx(expected, rel=5e-6, abs=1e-12))


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_the_right_number_or_the_sentence(bad: Bad) -> None:
    if bad.refused:
        with pytest.raises(BadInput, match=bad.refused) as caught:
            readout(bad.frame, control="a", **bad.options)
        assert caught.value.hint
        return
    read = readout(bad.frame, control="a", **bad.options)
    failed = [check.message for check in read.checks if not check.passed]
    assert any(bad.says in message for message in failed) or not bad.says
    users = bad.frame if bad.right is None else bad.right
    assert read.users == len(users)
    arms = dict(list(users.groupby("variant")))
    control = arms.pop("a")
    assert [comparison.treatment for comparison in read.comparisons] == sorted(arms)
    for comparison in read.comparisons:
        treatment = arms[comparison.treatment]
        for metric, column in (("impressions_per_user", "impressions"), ("revenue_per_user", "revenue")):
            found = comparison[metric]
            c, t = (arm[column].astype(float) for arm in (control, treatment))
            same(found.control, c.mean())
            same(found.treatment, t.mean())
            same(found.p_value, welch(c, t))
            two = min(len(c), len(t)) > 1
            same(found.rel_lift, t.mean() / c.mean() - 1 if two and c.mean() > 1e-9 else None)
        rates = [
            arm["clicks"].sum() / arm["impressions"].sum()
            for arm in (control, treatment)
            if arm["impressions"].sum()
        ]
        if len(rates) == 2:
            same(comparison["ctr"].control, rates[0])
            same(comparison["ctr"].treatment, rates[1])
        else:
            assert "no impressions to divide by" in comparison["ctr"].reason
    shown(read)


def read_of(name: str) -> Readout:
    bad = next(bad for bad in TABLE if bad.name == name)
    return readout(bad.frame, control="a", **bad.options)


def test_what_nobody_does_in_one_variant_has_a_lift_without_an_interval() -> None:
    (found,) = read_of("no clicks in one arm").comparisons
    assert (found["ctr"].rel_lift, found["ctr"].rel_ci) == (-1.0, None)
    assert found["ctr"].p_value < 0.001
    assert (found["gcr"].computable if "gcr" in [m.metric for m in found.metrics] else False) is False


def test_what_is_the_same_for_everybody_has_no_p_value() -> None:
    read = read_of("all alike")
    assert {r.reason for r in read.comparisons[0].metrics} == {"it does not vary between users"}
    assert {r.rel_lift for r in read.comparisons[0].metrics} == {0.0}
    assert read.decision == "no verdict"


def test_a_rate_above_1_is_no_proportion_to_a_naive_tool() -> None:
    found = read_of("rates above 1").comparisons[0]["ctr"]
    assert found.control > 2
    assert (found.naive_p_value, found.design_effect) == (None, None)


@pytest.mark.parametrize("name", ["a constant time before", "no time before in one arm"])
def test_a_time_before_that_says_nothing_adjusts_nothing(name: str) -> None:
    (found,) = read_of(name).comparisons
    if name == "a constant time before":
        assert [result.metric for result in found.metrics if result.cuped] == []
    else:
        assert found["ctr"].cuped is None


def test_a_time_before_that_tells_everything_leaves_nothing_to_compare() -> None:
    """Not the rounding of what is left, which would be worth a billion users for each."""
    (found,) = read_of("a time before that tells everything").comparisons
    for name in ("impressions_per_user", "revenue_per_user"):
        cuped = found[name].cuped
        assert cuped.variance_reduction == 1.0
        assert (cuped.p_value, cuped.abs_ci, cuped.rel_ci, cuped.worth_users) == (None,) * 4


def test_lone_dates_are_looked_at_one_by_one() -> None:
    assert {row.day for row in read_of("dates far apart").daily} == {"1970-01-01", "2050-12-31"}
    # a year that no test ran in is no date
    assert len({row.day for row in read_of("one mistyped year").daily}) == 2
    assert read_of("dates that are none").daily == ()


def test_scores_without_order_make_no_bands() -> None:
    assert read_of("scores in words").bands == ()
    assert read_of("scores without end").bands == ()
    assert {(row.band, row.share) for row in read_of("one score for all").bands} == {(1, 1.0)}


def test_the_many_values_of_a_segment_are_told_together() -> None:
    rows = [row for row in read_of("a segment of ten thousand values").segments if row.metric == "ctr"]
    assert sum(row.n_control + row.n_treatment for row in rows) == 200 * USERS
    assert len(rows) < 30
    assert rows[-1].value == "(others)"


cells = st.one_of(
    st.none(),
    st.integers(-2, 9),
    st.sampled_from([0.1, 1e-300, 1e15, 1e300, float("nan"), float("inf"), -float("inf")]),
)
numbers = st.lists(cells, min_size=12, max_size=12)
texts = st.lists(st.sampled_from(["x", "y", "", " ", None, HOSTILE, SCRIPT]), min_size=12, max_size=12)
dates = st.lists(
    st.sampled_from(["2026-03-01", "2026-03-02", "3/4/2026", "soon", "", None, "9999-12-31"]),
    min_size=12,
    max_size=12,
)
frames = st.fixed_dictionaries(
    {
        "user_id": st.lists(st.integers(0, 9).map(str), min_size=12, max_size=12),
        "variant": st.lists(st.sampled_from(["a", "b", "b ", "c"]), min_size=12, max_size=12),
        "impressions": numbers,
    },
    optional={
        "clicks": numbers, "hides": numbers, "good_clicks": numbers, "revenue": numbers,
        "pre_impressions": numbers, "pre_clicks": numbers, "pre_revenue": numbers,
        "score": numbers, "country": texts, "device": texts, "date": dates,
    },
)  # fmt: skip


# a rate before of 10^300: what is adjusted by it is no number any longer
BEYOND = {
    "user_id": ["7", "5", "4", "2"],
    "variant": ["b", "a", "a", "b"],
    "impressions": [0, 0, 3, -1],
    "clicks": [1e15, 0, 0, 0],
    "pre_impressions": [0, 0, 1e-300, 9],
    "pre_clicks": [0, 0, 4, 0],
}


@settings(max_examples=10, deadline=None)
@example(BEYOND)
@given(frames)
def test_whatever_the_columns_and_cells_it_is_read_or_refused(columns: dict[str, list]) -> None:
    frame = pd.DataFrame(columns)
    try:
        read = readout(frame)
    except LookalikeError:
        return
    shown(read)
    variants = frame["variant"].str.strip()
    settled = variants.groupby(frame["user_id"]).transform("nunique") == 1
    assert read.users == frame.loc[settled, "user_id"].nunique()
