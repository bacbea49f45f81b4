import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.experiment.planning import plan_words
from lookalike.experiment.planning.baseline import Baseline, mean_baseline, rate_baseline, share_baseline
from lookalike.experiment.planning.holdout import hold_out
from lookalike.experiment.planning.plan import plan
from lookalike.experiment.planning.power_curves import by_lift, by_size
from lookalike.experiment.planning.terms import Terms

SHARE = share_baseline(0.04)
CTR = Baseline("ctr", "click rate", 0.04, 0.1, 9_000, sd_adjusted=0.08, rate=True)


@given(users=st.integers(1, 10**13))
def test_users_are_rounded_up_to_three_digits(users: int) -> None:
    written = plan_words.rounded(users).replace(",", "")
    assert users <= int(written) <= users * 1.01 + 1
    assert len(written.rstrip("0")) <= 3


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.051, "5.1 %"), (0.0005, "0.05 %"), (-0.1, "-10.0 %"), (0.0, "0.0 %"), (12.0, "1200.0 %")],
)
def test_shares_are_percentages(share: float, text: str) -> None:
    assert plan_words.percent(share) == text


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Terms(), "151,000 users a variant."),
        (Terms(daily=10_000), "151,000 users a variant, about 5 weeks at 10,000 new users a day."),
        (Terms(daily=1e6), "151,000 users a variant, within 1 week at 1,000,000 new users a day."),
        (
            Terms(daily=10_000, weekly_cap=35_000),
            "151,000 users a variant, about 9 weeks at 35,000 new users a week.",
        ),
        (Terms(daily=10), "151,000 users a variant, more than ten years at 10 new users a day."),
        (Terms(shares=(1, 3)), "101,000 users in the control and 302,000 in the treatment."),
        (
            Terms(treatments=2, shares=(2, 1, 1)),
            "274,000 users in the control and 137,000 in each treatment.",
        ),
        (Terms(treatments=2, shares=(3, 2, 1)), "730,000 users in all."),
    ],
)
def test_the_answer_is_one_sentence(terms: Terms, sentence: str) -> None:
    assert plan_words.answer(plan(SHARE, terms)) == sentence


def test_notes_name_what_the_answer_rests_on() -> None:
    (finds, peeking) = plan_words.notes(plan(SHARE, Terms(lift=-0.05)))
    assert finds == (
        "It finds a fall of 5.0 % of the share of users in 80.0 % of cases, "
        "and raises a false alarm in 5.0 %."
    )
    assert "stop early" in peeking
    hides = dataclasses.replace(rate_baseline(0.01, 10, 2), metric="hdr", label="hide rate")
    made = plan(CTR, Terms(treatments=2, decisive=2, daily=500, margin=0.05), guardrail=hides)
    told = "\n".join(plan_words.notes(made))
    assert "4 decisions share these false alarms (2 treatments × 2 deciding metrics)" in told
    assert "each is tested at 1.25 %" in told
    assert "that hide rate gets no more than 5.0 % worse takes" in told
    assert "Each user counts once" in told
    assert "(CUPED)" in told
    assert "With 41.4 % of the users in the control" in told


def test_what_there_is_suffices_or_not() -> None:
    assert plan_words.suffices(plan(SHARE, Terms())) is None
    assert plan_words.suffices(plan(SHARE, Terms(weeks=2))) is None
    few = plan_words.suffices(plan(SHARE, Terms(users=20_000)))
    assert few == (
        "20,000 users find a lift of 5.0 % in 11.1 % of cases; "
        "in 80.0 % of cases they find a lift of 19.4 %."
    )
    assert str(plan_words.suffices(plan(SHARE, Terms(users=400_000)))).endswith("of cases: enough.")
    fall = plan_words.suffices(plan(SHARE, Terms(lift=-0.05, users=20_000)))
    assert str(fall).endswith("they find a fall of 19.4 %.")


def test_a_hold_out_is_one_sentence_either_way() -> None:
    found = hold_out(SHARE, Terms(lift=0.1), 150_000)
    assert plan_words.held_out(found) == (
        "Hold out 22,100 of the 150,000 users (14.7 %), to find a lift of 10.0 %."
    )
    none = hold_out(SHARE, Terms(lift=0.1), 50_000)
    assert plan_words.held_out(none) == (
        "Not even one half of the 50,000 users suffices to find a lift of 10.0 %: "
        "it finds a lift of 12.3 % at the least."
    )
    two = plan_words.held_out(hold_out(SHARE, Terms(lift=0.3, treatments=2), 50_000))
    assert "the rest split among 2 treatments" in two
    adjusted = dataclasses.replace(SHARE, sd_adjusted=SHARE.sd / 2)
    assert "(CUPED)" in plan_words.held_out(hold_out(adjusted, Terms(lift=0.1), 150_000))
    assert "(CUPED)" in plan_words.held_out(hold_out(adjusted, Terms(lift=0.1), 50_000))


def test_tables_hold_text_only() -> None:
    made = plan(CTR, Terms(daily=500), others=[mean_baseline(12_345.0, 3_000.0)])
    smallest = plan_words.minimum_table(made)
    assert smallest["With adjustment"].tolist() == ["4.0 %", "–"]
    assert smallest["Now"].tolist() == ["4.0 %", "12,345"]
    assert smallest["In its own unit"].iloc[0] == "0.2 pts"
    lifts = plan_words.curve_table(by_lift(CTR, made.terms, made.size, 0.1), "lift", made.terms)
    assert lifts["Lift"].tolist() == [f"{number}.0 %" for number in range(1, 11)]
    assert lifts["Power"].iloc[4] == "80.0 %"
    sizes = plan_words.curve_table(by_size(CTR, made.terms, 70_000), "users", made.terms)
    assert sizes["Users in all"].iloc[-1] == "80,000"
    assert sizes["Weeks"].iloc[-1] == "23"
    for table in (smallest, lifts, sizes, plan_words.baseline_table([CTR, SHARE])):
        assert all(isinstance(cell, str) for cell in table.to_numpy().ravel())


def test_columns_without_anything_to_say_are_left_out() -> None:
    made = plan(SHARE, Terms())
    assert "With adjustment" not in plan_words.minimum_table(made)
    table = plan_words.curve_table(by_size(SHARE, made.terms, made.total), "users", made.terms)
    assert list(table) == ["Users in all", "Power"]


def test_past_data_are_laid_out() -> None:
    assert plan_words.baseline_table([CTR]).to_dict("records") == [
        {"Metric": "Click rate", "Value": "4.0 %", "Users": "9,000", "Variance removed": "36.0 %"}
    ]


@given(
    value=st.floats(-1e12, 1e12) | st.floats(-1, 1),
    sd=st.floats(0, 1e12) | st.floats(0, 1),
    kept=st.none() | st.floats(1e-6, 1),
    lift=st.floats(-1, 10) | st.floats(-0.1, 0.1),
    power=st.floats(0.1, 0.999),
    alpha=st.floats(0.0001, 0.5),
    treatments=st.integers(1, 20),
    daily=st.none() | st.floats(0.01, 1e9),
    weeks=st.none() | st.floats(0.1, 520),
    audience=st.integers(1, 10**10),
)
def test_whatever_is_asked_ends_in_words(
    value, sd, kept, lift, power, alpha, treatments, daily, weeks, audience
) -> None:
    terms = Terms(lift, power, alpha, treatments, daily=daily, weeks=weeks)
    try:
        base = mean_baseline(value, sd)
        adjusted = None if kept is None else sd * kept
        base = dataclasses.replace(base, sd_adjusted=adjusted)
        made = plan(base, terms)
        said = [
            plan_words.answer(made),
            *plan_words.notes(made),
            str(plan_words.suffices(made)),
            plan_words.held_out(hold_out(base, terms, audience)),
        ]
    except BadInput as error:
        said = [str(error)]
    else:
        smallest = made.minimum[0].rel_lift
        curves = (
            plan_words.curve_table(by_size(base, terms, made.size), "users", terms),
            plan_words.curve_table(by_lift(base, terms, made.size, smallest), "lift", terms),
            plan_words.minimum_table(made),
        )
        said += [cell for table in curves for cell in table.to_numpy().ravel()]
    assert not [text for text in said if "nan" in text or "inf" in text]
