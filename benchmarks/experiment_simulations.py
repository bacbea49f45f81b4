"""Does the readout keep its word? Simulated A/A and A/B tests, tables for RESULTS.md.

    python -m benchmarks.experiment_simulations [--runs 1000] [--users 2000]
    python -m benchmarks.experiment_simulations --coverage 500

Users differ in their click rate and in their activity, so impressions of one user resemble each
other; every number is a share of simulated experiments, with its exact binomial interval.
With `--coverage` the large sample experiment is drawn again so many times, and the intervals of its
true effects are counted that hold them.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
from scipy.stats import binomtest

from benchmarks.results import record
from lookalike.experiment.inference import compare, corrected
from lookalike.experiment.metrics import STANDARD, Metric
from lookalike.experiment.moments import Moments, aggregate
from lookalike.experiment.rows import table_rows
from lookalike.experiment.sequential import half_width
from lookalike.sample.experiments import EFFECTS, MEASURED, VARIANTS, draw
from lookalike.sample.files import LARGE

BY_NAME = {metric.name: metric for metric in STANDARD}
CTR = BY_NAME["ctr"]
RATES = tuple(BY_NAME[name] for name in ("ctr", "hdr", "gcr", "ecpm"))
LOOKS = 14
NULL = dict.fromkeys(EFFECTS, 0.0)
WANTED = (0.93, 0.97)
Arm = dict[str, np.ndarray]


def users(rng: np.random.Generator, count: int, lift: float = 0.0) -> Arm:
    """Impressions and clicks now and before, of users with a taste and an activity of their own."""
    taste, activity = rng.beta(0.5, 5, count), rng.gamma(1.0, 20, count)
    arm = {}
    for prefix, raised in (("pre_", taste), ("", np.minimum(taste * (1 + lift), 1))):
        arm[prefix + "impressions"] = rng.poisson(activity) + 1
        arm[prefix + "clicks"] = rng.binomial(arm[prefix + "impressions"], raised)
    return arm


def days(rng: np.random.Generator, count: int) -> Arm:
    """Impressions and clicks of such users up to every day, shape (LOOKS, users) each."""
    taste, activity = rng.beta(0.5, 5, count), rng.gamma(1.0, 20, count)
    impressions = rng.poisson(np.broadcast_to(activity / LOOKS, (LOOKS, count)))
    clicks = rng.binomial(impressions, taste)
    return {"impressions": impressions.cumsum(axis=0), "clicks": clicks.cumsum(axis=0)}


def moments(arm: Arm, metric: Metric = CTR) -> Moments:
    """The moments of a metric, and of its time before where it is there, straight from arrays."""
    wanted = (metric.numerator, metric.denominator, metric.before.numerator, metric.before.denominator)
    known = [variable for variable in wanted if variable is not None and variable.column in arm]
    table = np.array([arm[variable.column] for variable in known], float)
    cov = np.cov(table)
    pairs = {(x, y): float(cov[i, j]) for i, x in enumerate(known) for j, y in enumerate(known)}
    return Moments(table.shape[1], dict(zip(known, table.mean(axis=1).tolist(), strict=True)), pairs)


def share(hits: np.ndarray) -> str:
    """A share of experiments with its exact 95 % interval (Clopper & Pearson 1934)."""
    bounds = binomtest(int(hits.sum()), len(hits)).proportion_ci(0.95, "exact")
    return f"{100 * hits.mean():.1f} % [{100 * bounds.low:.1f}, {100 * bounds.high:.1f}]"


def row(name: str, wanted: str, hits: np.ndarray) -> str:
    return f"| {name} | {wanted} | {share(hits)} |"


def one_look(rng: np.random.Generator, runs: int, count: int, lift: float) -> list[str]:
    found = []
    for _ in range(runs):
        c, t = moments(users(rng, count)), moments(users(rng, count, lift))
        result = compare(CTR, c, t, cuped=True)
        found.append(
            (
                result.p_value < 0.05,
                result.naive_p_value < 0.05,
                result.cuped.p_value < 0.05,
                result.rel_ci[0] <= lift <= result.rel_ci[1],
                result.cuped.rel_ci[0] <= lift <= result.cuped.rel_ci[1],
                result.always_valid_rel_ci[0] <= lift <= result.always_valid_rel_ci[1],
                result.mde80,
                result.cuped.variance_reduction,
            )
        )
    table = np.array(found, float)
    kind, wanted = (f"A/B {lift:+.0%}", "power") if lift else ("A/A", "5 %")
    return [
        row(f"{kind}: delta method says different", wanted, table[:, 0]),
        row(f"{kind}: clicks taken as independent say different", wanted, table[:, 1]),
        row(f"{kind}: CUPED says different", wanted, table[:, 2]),
        row(f"{kind}: relative interval holds the truth", "95 %", table[:, 3]),
        row(f"{kind}: CUPED's relative interval holds the truth", "95 %", table[:, 4]),
        row(f"{kind}: always-valid interval holds the truth", "above 95 %", table[:, 5]),
        f"| {kind}: mean of mde80 | | {100 * table[:, 6].mean():.1f} % |",
        f"| {kind}: mean of CUPED's variance reduction | | {100 * table[:, 7].mean():.1f} % |",
    ]


def every_rate(rng: np.random.Generator, runs: int, count: int) -> list[str]:
    """A/A of the sample experiment's users: each rate, the right test beside the naive one."""
    right, naive = (np.full((runs, len(RATES)), np.nan) for _ in range(2))
    for run in range(runs):
        drawn = draw(rng, 2 * count, NULL)
        arms = [
            {name: drawn[name][drawn["treated"] == side] for name in MEASURED} for side in (False, True)
        ]
        for place, metric in enumerate(RATES):
            result = compare(metric, *(moments(arm, metric) for arm in arms))
            right[run, place] = result.p_value < 0.05
            if result.naive_p_value is not None:
                naive[run, place] = result.naive_p_value < 0.05
    lines = [
        "",
        f"A/A of {2 * count:,} users like those of the sample data: p below .05 in so many.",
        "",
        "| metric | delta method | events taken as independent |",
        "|---|---|---|",
    ]
    for place, metric in enumerate(RATES):
        beside = "no proportion" if np.isnan(naive[:, place]).any() else share(naive[:, place])
        lines.append(f"| {metric.label} | {share(right[:, place])} | {beside} |")
    return lines


def many_looks(rng: np.random.Generator, runs: int, count: int) -> list[str]:
    """A/A, looked at every day: three ways in which a test may grow."""
    kinds = {
        "users arrive, each with all their events": (False, True),
        "all users from the start, their totals grow": (True, False),
        "users arrive and their totals grow": (True, True),
    }
    fixed, always = (np.zeros((runs, len(kinds)), bool) for _ in range(2))
    for run in range(runs):
        arms = [days(rng, count) for _ in range(2)]
        for place, (grows, arrives) in enumerate(kinds.values()):
            for look in range(LOOKS):
                seen = count * (look + 1) // LOOKS if arrives else count
                c, t = (moments(_until(arm, look, seen, grows, arrives)) for arm in arms)
                result = compare(CTR, c, t)
                fixed[run, place] |= result.p_value < 0.05
                always[run, place] |= not _holds(result.always_valid_abs_ci)
    return [
        "",
        f"A/A looked at on each of {LOOKS} days: some interval leaves out 0 in so many.",
        "",
        "| how the test grows | fixed interval (5 % of single looks) | always-valid interval |",
        "|---|---|---|",
        *(
            f"| {kind} | {share(fixed[:, place])} | {share(always[:, place])} |"
            for place, kind in enumerate(kinds)
        ),
    ]


def _until(arm: Arm, look: int, seen: int, grows: bool, arrives: bool) -> Arm:
    if not grows:
        return {name: x[-1, :seen] for name, x in arm.items()}
    if not arrives:
        return {name: x[look] for name, x in arm.items()}
    # who arrives on day d has had look - d + 1 days of their own
    count = next(iter(arm.values())).shape[1]
    arrived = np.arange(seen) * LOOKS // count
    return {name: x[look - arrived, np.arange(seen)] for name, x in arm.items()}


def _holds(interval: tuple[float, float] | None, truth: float = 0.0) -> bool:
    return interval is not None and interval[0] <= truth <= interval[1]


def many_metrics(rng: np.random.Generator, runs: int, count: int) -> list[str]:
    """A/A of eight independent metrics: the chance that any of them looks different."""
    raw, holm, bh = (np.zeros(runs, bool) for _ in range(3))
    for run in range(runs):
        results = corrected(
            [
                dataclasses.replace(
                    compare(CTR, moments(users(rng, count)), moments(users(rng, count))), metric=f"m{n}"
                )
                for n in range(8)
            ]
        )
        raw[run] = min(result.p_value for result in results) < 0.05
        holm[run] = min(result.p_holm for result in results) < 0.05
        bh[run] = min(result.p_bh for result in results) < 0.05
    return [
        row("A/A, 8 metrics: some p-value below .05", "34 %", raw),
        row("A/A, 8 metrics: some Holm p-value below .05", "5 %", holm),
        row("A/A, 8 metrics: some Benjamini-Hochberg p-value below .05", "5 %", bh),
    ]


def coverage(seed: int, runs: int) -> list[str]:
    """The sample experiment again and again: how often its intervals hold its true effects."""
    metrics = [BY_NAME[name] for name in EFFECTS]
    plain, adjusted = (np.zeros((runs, len(metrics)), bool) for _ in range(2))
    lifts, widths = (np.zeros((runs, len(metrics), 2)) for _ in range(2))
    with duckdb.connect(":memory:", config={"threads": 1}) as cursor:
        for run in range(runs):
            arms = _sample_moments(cursor, np.random.default_rng([seed, run]), metrics)
            for place, metric in enumerate(metrics):
                result = compare(metric, *(arms[variant] for variant in VARIANTS), cuped=True)
                both = (result, result.cuped)
                truth = EFFECTS[metric.name]
                plain[run, place], adjusted[run, place] = (_holds(one.rel_ci, truth) for one in both)
                lifts[run, place] = [one.rel_lift for one in both]
                widths[run, place] = [one.rel_ci[1] - one.rel_ci[0] for one in both]
            print(f"{run + 1} of {runs}", end="\r", flush=True)
    told = (
        f"{runs} draws of the sample experiment, {LARGE:,} users each; 95 % intervals of the relative "
        f"lift. Wanted: {100 * WANTED[0]:.0f} to {100 * WANTED[1]:.0f} %."
    )
    lines = [
        told,
        "",
        "| metric | true lift | mean lift | plain holds it | CUPED holds it | width | width, CUPED |",
        "|---|---|---|---|---|---|---|",
    ]
    for place, metric in enumerate(metrics):
        mean, wide = lifts[:, place].mean(axis=0), widths[:, place].mean(axis=0)
        lines.append(
            f"| {metric.label} | {100 * EFFECTS[metric.name]:+.1f} % | {100 * mean[0]:+.2f} % "
            f"| {share(plain[:, place])} | {share(adjusted[:, place])} "
            f"| {100 * wide[0]:.2f} | {100 * wide[1]:.2f} |"
        )
    shares = np.concatenate([plain.mean(axis=0), adjusted.mean(axis=0)])
    inside = int(((shares >= WANTED[0]) & (shares <= WANTED[1])).sum())
    return [*lines, "", f"Within the wanted range: {inside} of {len(shares)}."]


def _sample_moments(
    cursor: duckdb.DuckDBPyConnection, rng: np.random.Generator, metrics: Sequence[Metric]
) -> dict[str, Moments]:
    drawn = draw(rng, LARGE)
    variant = pa.DictionaryArray.from_arrays(drawn["treated"].astype(np.int8), list(VARIANTS))
    table = pa.table({"variant": variant} | {name: drawn[name].astype(float) for name in MEASURED})
    cursor.register("incoming", table)
    cursor.execute("CREATE OR REPLACE TEMP TABLE people AS SELECT * FROM incoming")
    cursor.unregister("incoming")
    return aggregate(table_rows(cursor, "people"), metrics, {metric.name for metric in metrics})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--users", type=int, default=2000, help="users in each variant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--coverage", type=int, help="draw the sample experiment so many times")
    given = parser.parse_args()
    command = "python -m benchmarks.experiment_simulations"
    if given.coverage:
        lines = coverage(given.seed, given.coverage)
        command += f" --coverage {given.coverage} --seed {given.seed}"
        record("Coverage of the sample experiment's intervals", command, lines)
        return
    rng = np.random.default_rng(given.seed)
    lines = [
        f"{given.runs:,} simulated experiments of {given.users:,} users a variant, click rate.",
        "",
        "| what | wanted | found |",
        "|---|---|---|",
    ]
    for lift in (0.0, 0.1):
        lines += one_look(rng, given.runs, given.users, lift)
    lines += many_metrics(rng, max(given.runs // 2, 1), given.users // 2)
    lines += every_rate(rng, given.runs, given.users)
    lines += many_looks(rng, given.runs, given.users)
    bound = half_width(1 / given.users, given.users) * math.sqrt(given.users) / 1.96
    after = f"After {given.users:,} users an always-valid interval is {bound:.2f} times a fixed one."
    command += f" --runs {given.runs} --users {given.users} --seed {given.seed}"
    record("Experiment statistics, simulated", command, [*lines, "", after])


if __name__ == "__main__":
    main()
