"""What is wrong with the data, counted and named, and whether users are split as planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scipy import special

from lookalike.errors import BadInput, did_you_mean
from lookalike.experiment.intake.opening import Intake
from lookalike.experiment.metrics import PRE, Metric
from lookalike.experiment.moments import Moments, value
from lookalike.experiment.results import Check, SampleRatio

WARN_BELOW = 0.01
BLOCK_BELOW = 0.001
LARGEST_SHARE = 1e9
FEW = 100  # users in a variant, below which Welch's t leans on more than there is


def sample_ratio(observed: Mapping[str, int], planned: Mapping[str, float] | None = None) -> SampleRatio:
    """Test the split of the users against the plan by Pearson's chi-square.

    Args:
        observed: Users by variant.
        planned: The share, or any weight, planned for each variant; equal by default.

    Raises:
        BadInput: The plan and the data name different variants, or a share is not above 0.
    """
    if planned is None:
        planned = dict.fromkeys(observed, 1.0)
    for variant in observed:
        if variant not in planned:
            raise BadInput(
                f"The plan has no share for the variant {variant!r}.", did_you_mean(variant, planned)
            )
    for variant, share in planned.items():
        if not 0 < share < LARGEST_SHARE:
            raise BadInput(
                f"The planned share of {variant!r} is {share:g}; it must be above 0, and a share.",
                "Write a split such as 0.5 and 0.5, or 90 and 10.",
            )
    total = sum(planned.values())
    shares = {variant: share / total for variant, share in planned.items()}
    counts = {variant: observed.get(variant, 0) for variant in planned}
    if len(counts) < 2:
        return SampleRatio(None, None, counts, shares, "passed")
    users = sum(counts.values())
    chi2 = sum((counts[v] - users * shares[v]) ** 2 / (users * shares[v]) for v in counts)
    p_value = float(special.chdtrc(len(counts) - 1, chi2))
    status = "blocked" if p_value < BLOCK_BELOW else "warned" if p_value < WARN_BELOW else "passed"
    return SampleRatio(p_value, chi2, counts, shares, status)


def data_checks(
    intake: Intake, metrics: Sequence[Metric], left_out: Sequence[Metric], moments: Mapping[str, Moments]
) -> tuple[Check, ...]:
    """Ask the data every question that has a name, in the order a reader should see them."""
    return (
        _left_out(left_out, intake),
        _several_variants(moments),
        _few(moments),
        *_rows(intake),
        *_users(intake),
        *_values(intake),
        _zero_denominators(metrics, moments),
    )


def _left_out(left_out: Sequence[Metric], intake: Intake) -> Check:
    if not left_out:
        return Check("metrics_left_out", True, "The file has the columns of every metric.")
    lacking = dict.fromkeys(c for m in left_out for c in m.columns if c not in intake.measured)
    named = ", ".join(metric.name for metric in left_out)
    return Check(
        "metrics_left_out",
        True,
        f"Left out for want of the columns {', '.join(lacking)}: {named}.",
        len(left_out),
    )


def _several_variants(moments: Mapping[str, Moments]) -> Check:
    if len(moments) > 1:
        return Check("one_variant_only", True, f"There are {len(moments)} variants.")
    only = next(iter(moments), "")
    found = f"Every user is in the variant {only!r}" if only else "No user is in exactly one variant"
    return Check("one_variant_only", False, f"{found}: there is nothing to compare.", len(moments))


def _few(moments: Mapping[str, Moments]) -> Check:
    few = [f"{variant} {moment.n:,}" for variant, moment in moments.items() if moment.n < FEW]
    found = (
        f"Fewer than {FEW} users in a variant ({', '.join(few)}): intervals and p-values are rough."
        if few
        else f"Every variant has at least {FEW} users."
    )
    return Check("few_users", not few, found, len(few))


def _rows(intake: Intake) -> tuple[Check, ...]:
    faults = intake.faults
    rule = "counted as days without a date" if intake.keeps_copies else "counted once"
    checks = [
        _counted("missing_keys", faults.keyless, "Rows without a user or a variant, left out"),
        _counted("duplicate_rows", faults.copies, f"Rows that are exact copies of another, {rule}"),
    ]
    if not intake.by_day:
        checks.append(
            _counted("several_rows_a_user", faults.further, "Further rows of a user, added to the first")
        )
    if "date" in intake.layout.found:
        found = "Rows whose date cannot be read, left out of the daily numbers"
        checks.append(_counted("dates", faults.undated, found))
    if faults.remark:
        checks.append(Check("dates_doubtful", False, faults.remark))
    return tuple(checks)


def _users(intake: Intake) -> tuple[Check, ...]:
    faults = intake.faults
    checks = [
        _counted("users_in_two_variants", faults.crossed, "Users in more than one variant, left out")
    ]
    if faults.outside:
        checks.append(
            _counted("users_outside", faults.outside, "Users who are not in the audience, left out")
        )
    for (part, whole), over in faults.over.items():
        found = f"Users with more {part} than {whole}, kept as they are"
        checks.append(_counted(f"{part}_over_{whole}", over, found))
    return tuple(checks)


def _values(intake: Intake) -> tuple[Check, ...]:
    faults = intake.faults
    checks = [
        _by_column(intake, "missing_values", faults.missing, "Values missing or no number, taken as 0"),
        _by_column(intake, "negative_values", faults.negative, "Negative values, kept as they are"),
    ]
    if any(role.startswith(PRE) for role in intake.measured):
        found = "Users with several values for the time before, the largest taken"
        checks.append(_counted("pre_period_values", faults.before, found))
    return tuple(checks)


def _zero_denominators(metrics: Sequence[Metric], moments: Mapping[str, Moments]) -> Check:
    empty = [
        f"{metric.name} in {variant}"
        for metric in metrics
        for variant, moment in moments.items()
        if value(moment, metric) is None
    ]
    return Check(
        "zero_denominators",
        not empty,
        f"Not computable, for nothing to divide by: {', '.join(empty)}."
        if empty
        else "Every ratio has something to divide by.",
        len(empty),
    )


def _by_column(intake: Intake, name: str, counts: Mapping[str, int], found: str) -> Check:
    named = [f"{intake.layout.found[role]} {count:,}" for role, count in counts.items() if count]
    return _counted(name, sum(counts.values()), found, ", ".join(named))


def _counted(name: str, count: int, found: str, where: str = "") -> Check:
    return Check(
        name,
        count == 0,
        f"{found}: {format(count, ',') if count else 'none'}{f' ({where})' if where else ''}.",
        count,
    )
