"""Where the split is off, and where different users make a lift turn around.

These checks locate a fault and never block: the split of all users decides that.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from scipy import special

from lookalike.experiment.closer.segment_values import values_of
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import PRE, Metric
from lookalike.experiment.moments import Moments, aggregate_by
from lookalike.experiment.results import Check, MetricResult
from lookalike.experiment.rows import Rows
from lookalike.experiment.tables import titled
from lookalike.significance import holm
from lookalike.workspace import quoted

OFF_BELOW = 0.01
FEWEST_EXPECTED = 5.0  # users; with fewer the chi-square distribution fits badly (Cochran 1954)
SHOWN = 3
COVERED = 0.95  # of the users must be in values that both variants have


@dataclass(frozen=True, slots=True)
class Group:
    """A group of users and how it is split.

    Attributes:
        where: What a sentence says it is.
        observed: Its users by variant.
        expected: The users that the plan gives each variant.
        p_value: Of Pearson's chi-square test; None with too few users.
    """

    where: str
    observed: Mapping[str, int]
    expected: Mapping[str, float]
    p_value: float | None

    @property
    def most_off(self) -> tuple[str, bool]:
        """The variant that is furthest from its plan, and whether it has too many."""
        gaps = {name: self.observed.get(name, 0) - users for name, users in self.expected.items()}
        name = max(gaps, key=lambda each: gaps[each] ** 2 / self.expected[each])
        return name, gaps[name] > 0


def split_by_segment(
    people: Rows, segments: Collection[str], planned: Mapping[str, float]
) -> tuple[Check, ...]:
    """Test the split against the plan within every value of every segment.

    Args:
        people: One row a user compared.
        segments: The segments' names.
        planned: The share, or any weight, of every variant.

    Returns:
        One check a segment, "split_by_segment_" and its name; Holm over the values of all of them.
    """
    found = {}
    for segment in segments:
        grouping, values = values_of(people, segment)
        counts = _counts(people, grouping)
        found[segment] = [
            _group(f"where {segment} is {value}", counts.get(value, {}), planned) for value in values
        ]
    adjusted = iter(holm([group.p_value for groups in found.values() for group in groups]))
    return tuple(
        _check(
            f"split_by_segment_{segment}",
            groups,
            [next(adjusted) for _ in groups],
            f"value of {segment}",
        )
        for segment, groups in found.items()
    )


def split_by_before(people: Rows, before_column: str, planned: Mapping[str, float]) -> tuple[Check, ...]:
    """Test the split among users who were about equally active before the test.

    Users without activity are a group, the others fall into quarters; ties stay together.

    Args:
        people: One row a user compared.
        before_column: The activity, such as "pre_impressions".
        planned: The share, or any weight, of every variant.

    Returns:
        One check, "split_by_before"; Holm over the groups.
    """
    column, table = quoted(before_column), quoted(people.name)
    (cuts,) = people.row(
        f"SELECT quantile_disc({column}, [0.25, 0.5, 0.75]) FILTER (WHERE {column} > 0) FROM {table}"
    )
    bounds = [0.0, *(cuts or ())]
    cases = " ".join(f"WHEN {column} <= {bound!r} THEN {k}" for k, bound in enumerate(bounds))
    grouping = f"CASE {cases} ELSE {len(bounds)} END"
    extent = {
        place: (low, high)
        for place, low, high in people.rows(
            f"SELECT {grouping}, min({column}), max({column}) FROM {table} GROUP BY 1 ORDER BY 1"
        )
    }
    counts, what = _counts(people, grouping), before_column.removeprefix(PRE).replace("_", " ")
    groups = [
        _group(f"among users with {_from_to(*extent[place])} {what} before", counts[place], planned)
        for place in extent
    ]
    adjusted = holm([group.p_value for group in groups])
    return (_check("split_by_before", groups, adjusted, f"level of {what} before the test"),)


def mix(
    people: Rows, segments: Collection[str], metrics: Sequence[Metric], control: str
) -> tuple[Check, ...]:
    """Look for lifts that turn around once both variants have the same mix of users (Simpson 1951).

    Each lift is set beside the one of both variants standardised to the users of the two together,
    value by value of a segment. Both must be beyond noise and point in opposite ways: the larger
    of their p-values, adjusted by Holm over all that was looked at, below 0.01.

    Args:
        people: One row a user compared.
        segments: The segments' names.
        metrics: The metrics that matter.
        control: The control's name.

    Returns:
        One check a segment, "mix_of_segment_" and its name.
    """
    turned: list[tuple[str, str, MetricResult, MetricResult]] = []
    for segment in segments:
        grouping, _ = values_of(people, segment)
        strata = tuple(aggregate_by(people, metrics, grouping).values())
        for treatment in sorted({name for arms in strata for name in arms} - {control}):
            found = _standardised(strata, control, treatment)
            if found is not None:
                arms, same_mix = found
                turned += [
                    (segment, treatment, compare(metric, *arms), compare(metric, *same_mix))
                    for metric in metrics
                ]
    adjusted = holm([_opposite(plain, alike) for _, _, plain, alike in turned])
    said: dict[str, list[str]] = {segment: [] for segment in segments}
    for (segment, treatment, plain, alike), p_value in zip(turned, adjusted, strict=True):
        if p_value is not None and p_value < OFF_BELOW:
            said[segment].append(
                f"with {treatment}, {plain.label} is {_moved(plain)} overall, but {_moved(alike)} at "
                f"the same mix of {segment}"
            )
    return tuple(_mixed(segment, sentences) for segment, sentences in said.items())


def _mixed(segment: str, found: Sequence[str]) -> Check:
    name = f"mix_of_segment_{segment}"
    if not found:
        fine = f"No lift turns around when the variants are given the same mix of {segment}."
        return Check(name, True, fine)
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    said = f"{titled('; '.join(found[:SHOWN]))}{more}: the variants hold different users."
    return Check(name, False, said, len(found))


def _opposite(plain: MetricResult, alike: MetricResult) -> float | None:
    """Return the p-value of both lifts being there, 1 where they point the same way."""
    if plain.p_value is None or alike.p_value is None:
        return None
    if (plain.abs_lift or 0.0) * (alike.abs_lift or 0.0) >= 0:
        return 1.0
    return max(plain.p_value, alike.p_value)


def _moved(result: MetricResult) -> str:
    lift = result.abs_lift or 0.0
    size = f"{abs(lift):.3g}" if result.rel_lift is None else f"{100 * abs(result.rel_lift):.1f} %"
    return f"{size} {'higher' if lift > 0 else 'lower'}"


def _standardised(
    strata: Collection[Mapping[str, Moments]], control: str, treatment: str
) -> tuple[tuple[Moments, Moments], tuple[Moments, Moments]] | None:
    """Return the two arms as they are, and with the mix of both together.

    None where fewer than two values, or less than 95 % of the users, can be compared.
    """
    sides = [[arms[name] for arms in strata if name in arms] for name in (control, treatment)]
    names = {control, treatment}
    common = [arms for arms in strata if names <= arms.keys() and min(arms[n].n for n in names) >= 2]
    users = sum(arms[name].n for arms in common for name in names)
    if len(common) < 2 or users < COVERED * sum(arm.n for side in sides for arm in side):
        return None
    weights = [sum(arms[name].n for name in names) / users for arms in common]
    plain = [functools.reduce(operator.add, side) for side in sides]
    alike = [_weighted([arms[name] for arms in common], weights) for name in (control, treatment)]
    return (plain[0], plain[1]), (alike[0], alike[1])


def _weighted(arms: Sequence[Moments], weights: Sequence[float]) -> Moments:
    """Return moments whose mean is weighted, and whose variance over n is that mean's squared error."""
    n = sum(arm.n for arm in arms)
    mean = {x: sum(w * arm.mean[x] for w, arm in zip(weights, arms, strict=True)) for x in arms[0].mean}
    cov = {
        pair: n * sum(w**2 * arm.cov[pair] / arm.n for w, arm in zip(weights, arms, strict=True))
        for pair in arms[0].cov
    }
    return Moments(n, mean, cov)


def _counts(people: Rows, grouping: str) -> dict[object, dict[str, int]]:
    counts: dict[object, dict[str, int]] = {}
    for group, variant, users in people.rows(
        f"SELECT {grouping}, variant, count(*) FROM {quoted(people.name)} GROUP BY 1, 2"
    ):
        counts.setdefault(group, {})[variant] = users
    return counts


def _group(where: str, observed: Mapping[str, int], planned: Mapping[str, float]) -> Group:
    users, total = sum(observed.get(variant, 0) for variant in planned), sum(planned.values())
    expected = {variant: users * share / total for variant, share in planned.items()}
    if len(planned) < 2 or min(expected.values()) < FEWEST_EXPECTED:
        return Group(where, observed, expected, None)
    chi2 = sum((observed.get(name, 0) - wanted) ** 2 / wanted for name, wanted in expected.items())
    return Group(where, observed, expected, float(special.chdtrc(len(planned) - 1, chi2)))


def _check(name: str, groups: Sequence[Group], adjusted: Sequence[float | None], each: str) -> Check:
    tested = [(group, p) for group, p in zip(groups, adjusted, strict=True) if p is not None]
    off = sorted(((g, p) for g, p in tested if p < OFF_BELOW), key=lambda item: item[1])
    if not off:
        return Check(name, True, f"No {each} has a split further from the plan than chance allows.")
    if 1 < len(off) == len(tested) and len({group.most_off for group, _ in off}) == 1:
        variant, many = off[0][0].most_off
        said = f"The split is off at every {each}: {variant} has too {'many' if many else 'few'} users."
        return Check(name, False, said, len(off))
    parts = [f"{group.where}: {_gap(group)} (p {_p(p)})" for group, p in off[:SHOWN]]
    more = f"; and at {len(off) - SHOWN} more" if len(off) > SHOWN else ""
    return Check(name, False, f"The split is off {'; '.join(parts)}{more}.", len(off))


def _gap(group: Group) -> str:
    variant, _ = group.most_off
    wanted = group.expected[variant]
    return f"{variant} {group.observed.get(variant, 0):,} where {wanted:,.0f} were planned"


def _p(number: float) -> str:
    return "< 0.001" if number < 0.001 else f"= {number:.3f}"


def _from_to(low: float, high: float) -> str:
    if high <= 0:
        return "no"
    return f"{low:,.4g}" if low == high else f"{low:,.4g} to {high:,.4g}"
