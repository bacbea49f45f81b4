"""The command `power`: how many users a test needs, for how long, and what it finds."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report
from lookalike.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from lookalike.experiment.planning.baseline import Baseline
    from lookalike.experiment.planning.holdout import Holdout
    from lookalike.experiment.planning.plan import Plan
    from lookalike.experiment.planning.terms import Terms

KINDS = ("share", "rate", "mean")
USUAL_MARGIN = 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """A baseline as it was typed in."""

    kind: str
    impressions: float | None
    design_effect: float
    sd: float | None

    def baseline(self, value: float, label: str) -> Baseline:
        """Return the baseline of a value of this kind.

        Raises:
            BadInput: The kind is unknown, or lacks what belongs to it.
        """
        from lookalike.experiment.planning.baseline import mean_baseline, rate_baseline, share_baseline

        if self.kind not in KINDS:
            raise BadInput(f"There is no kind {self.kind!r}.", did_you_mean(self.kind, KINDS))
        if self.kind == "share":
            return share_baseline(value, f"{label} share of users")
        if self.kind == "rate":
            if self.impressions is None:
                raise BadInput("A rate needs the impressions that a user has.", "Add --impressions 12.")
            return rate_baseline(value, self.impressions, self.design_effect, f"{label} rate")
        if self.sd is None:
            raise BadInput("A mean needs its standard deviation between users.", "Add --sd 8.5.")
        return mean_baseline(value, self.sd, f"{label} mean")


def power(
    baseline: Annotated[
        float | None, typer.Option(help="The metric without treatment, such as 0.04.")
    ] = None,
    kind: Annotated[
        str, typer.Option(help="Of it: share (of users), rate (per impression) or mean (per user).")
    ] = "share",
    impressions: Annotated[
        float | None, typer.Option(help="Of a rate: the impressions of a user, on average.")
    ] = None,
    design_effect: Annotated[
        float, typer.Option(help="Of a rate: its variance over that of independent impressions.")
    ] = 1.0,
    sd: Annotated[
        float | None, typer.Option(help="Of a mean: the standard deviation between users.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Past data instead: one row a user, or a user and day.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Which metric of the file decides.")] = None,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", help="Our column = the file's: --map user_id=uid")
    ] = None,
    lift: Annotated[float, typer.Option(help="The relative lift to find.")] = 0.05,
    power: Annotated[float, typer.Option(help="The chance to find it.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="The rate of false alarms of the whole test.")] = 0.05,
    treatments: Annotated[int, typer.Option(help="Variants compared with the control.")] = 1,
    metrics: Annotated[int, typer.Option(help="Metrics that may each decide.")] = 1,
    shares: Annotated[
        str | None, typer.Option(help="The control's share and each treatment's: 50,25,25")
    ] = None,
    daily: Annotated[float | None, typer.Option(help="New users a day.")] = None,
    weekly_cap: Annotated[float | None, typer.Option(help="At most so many a week.")] = None,
    users: Annotated[int | None, typer.Option(help="Users there are: what do they find?")] = None,
    weeks: Annotated[float | None, typer.Option(help="Weeks there are: what do they find?")] = None,
    guardrail: Annotated[
        str | None, typer.Option(help="What must not get worse: a value, or a metric of the file.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="The relative change for the worse that it accepts.")
    ] = None,
    holdout_of: Annotated[
        int | None, typer.Option(help="Users of an audience: how many to hold out?")
    ] = None,
    report: Report = None,
) -> None:
    """Plan an A/B test.

    Example: python -m lookalike power --baseline 0.04 --lift 0.05 --daily 10000.
    """
    from lookalike.experiment.planning import plan_words
    from lookalike.experiment.planning.holdout import hold_out
    from lookalike.experiment.planning.plan import plan
    from lookalike.experiment.planning.terms import Terms

    if weeks is not None and daily is None and weekly_cap is None:
        raise BadInput("Weeks alone tell nothing of users.", "Add the new users a day: --daily 3000.")
    typed = Typed(kind, impressions, design_effect, sd)
    if file is None:
        decides, others, guarded = _typed(baseline, typed, guardrail)
    elif baseline is not None:
        raise BadInput("Both --baseline and --file were given.", "Leave one of them out.")
    else:
        decides, others, guarded = _measured(file, metric, mapped or [], guardrail)
    if guarded is not None and margin is None:
        margin = guarded.margin or USUAL_MARGIN
    terms = Terms(
        lift=lift,
        power=power,
        alpha=alpha,
        treatments=treatments,
        decisive=metrics,
        shares=None if shares is None else _numbers(shares),
        daily=daily,
        weekly_cap=weekly_cap,
        users=users,
        weeks=weeks,
        margin=margin,
    )
    made = plan(decides, terms, others=others, guardrail=guarded)
    held = None if holdout_of is None else hold_out(decides, terms, holdout_of)
    terminal.say(plan_words.answer(made))
    for sentence in plan_words.notes(made):
        terminal.say(f"- {sentence}")
    if (enough := plan_words.suffices(made)) is not None:
        terminal.say(enough)
    if held is not None:
        terminal.say(plan_words.held_out(held))
    terminal.say(f"\nThe smallest lift that {made.size:,} users find:")
    smallest = plan_words.minimum_table(made)
    terminal.table(smallest.columns.tolist(), smallest.to_numpy().tolist())
    terminal.write(report, _report(made, held, terms))


def _typed(
    value: float | None, typed: Typed, guardrail: str | None
) -> tuple[Baseline, list[Baseline], Baseline | None]:
    if value is None:
        raise BadInput(
            "A plan needs a baseline: what the metric is without treatment.",
            "Add --baseline 0.04, or --file with past data.",
        )
    guarded = None
    if guardrail is not None:
        if typed.kind == "mean":
            raise BadInput(
                "A guardrail beside a typed mean has no standard deviation.", "Plan with --file."
            )
        (level,) = _numbers(guardrail, 1)
        guarded = dataclasses.replace(typed.baseline(level, "the guardrail's"), metric="guardrail")
    decides = typed.baseline(value, "the")
    return decides, [], guarded


def _measured(
    file: Path, metric: str | None, mapped: list[str], guardrail: str | None
) -> tuple[Baseline, list[Baseline], Baseline | None]:
    from lookalike.experiment.planning.baseline import from_file, named

    columns = dict(_pair(text) for text in mapped)
    found = from_file(file, columns=columns)
    guarded = None if guardrail is None else named(found, guardrail)
    return named(found, metric), list(found), guarded


def _pair(text: str) -> tuple[str, str]:
    ours, equals, theirs = (part.strip() for part in text.partition("="))
    if not (ours and equals and theirs):
        raise BadInput(f"{text!r} is not of the form name=value.", "Write it like user_id=uid.")
    return ours, theirs


def _numbers(text: str, count: int | None = None) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or count not in {None, len(found)}:
        wanted = "one number" if count == 1 else "numbers between commas"
        raise BadInput(f"{text!r} is not {wanted}.", "Write it like 50,25,25 or 0.01.")
    return found


def _report(made: Plan, held: Holdout | None, terms: Terms) -> dict[str, Any]:
    from lookalike.experiment.planning import plan_words
    from lookalike.experiment.planning.power_curves import by_lift, by_size

    lifts = by_lift(made.baseline, terms, made.size, 2 * max(abs(terms.lift), made.minimum[0].rel_lift))
    sizes = by_size(made.baseline, terms, 2 * max(made.total, made.size))
    return {
        "sentence": plan_words.answer(made),
        "notes": plan_words.notes(made),
        **dataclasses.asdict(made),
        "holdout": None if held is None else dataclasses.asdict(held),
        "power_by_lift": [dataclasses.asdict(point) for point in lifts],
        "power_by_users": [dataclasses.asdict(point) for point in sizes],
    }
