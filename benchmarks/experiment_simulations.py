"""Does the readout keep its word? Simulated A/A and A/B tests, a table for RESULTS.md.

    python -m benchmarks.experiment_simulations [--runs 1000] [--users 2000]

Users differ in their click rate and in their activity, so impressions of one user resemble each
other; every table row is a share of simulated experiments, with its sampling error.
"""

from __future__ import annotations

import argparse
import dataclasses
import math

import numpy as np

from benchmarks.results import record
from lookalike.experiment.inference import compare, corrected
from lookalike.experiment.metrics import STANDARD
from lookalike.experiment.moments import Moments
from lookalike.experiment.sequential import half_width

CTR = next(metric for metric in STANDARD if metric.name == "ctr")
LOOKS = 14


def users(rng: np.random.Generator, count: int, lift: float = 0.0) -> dict[str, np.ndarray]:
    """Impressions and clicks now and before, of users with a taste and an activity of their own."""
    taste, activity = rng.beta(0.5, 5, count), rng.gamma(1.0, 20, count)
    arm = {}
    for prefix, raised in (("pre_", taste), ("", np.minimum(taste * (1 + lift), 1))):
        arm[prefix + "impressions"] = rng.poisson(activity) + 1
        arm[prefix + "clicks"] = rng.binomial(arm[prefix + "impressions"], raised)
    return arm


def moments(arm: dict[str, np.ndarray]) -> Moments:
    metric, before = CTR, CTR.before
    known = [metric.numerator, metric.denominator, before.numerator, before.denominator]
    table = np.array([arm[variable.column] for variable in known], float)
    cov = np.cov(table)
    pairs = {(x, y): float(cov[i, j]) for i, x in enumerate(known) for j, y in enumerate(known)}
    return Moments(table.shape[1], dict(zip(known, table.mean(axis=1).tolist(), strict=True)), pairs)


def row(name: str, wanted: str, hits: np.ndarray) -> str:
    share = hits.mean()
    error = 1.96 * math.sqrt(share * (1 - share) / len(hits))
    return f"| {name} | {wanted} | {100 * share:.1f} % ± {100 * error:.1f} |"


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


def many_looks(rng: np.random.Generator, runs: int, count: int) -> list[str]:
    """A/A, looked at after every fourteenth part of the users."""
    fixed, always = np.zeros(runs, bool), np.zeros(runs, bool)
    for run in range(runs):
        arms = [users(rng, count) for _ in range(2)]
        for look in range(1, LOOKS + 1):
            seen = count * look // LOOKS
            c, t = (moments({name: x[:seen] for name, x in arm.items()}) for arm in arms)
            result = compare(CTR, c, t)
            fixed[run] |= result.p_value < 0.05
            always[run] |= not result.always_valid_abs_ci[0] <= 0 <= result.always_valid_abs_ci[1]
    return [
        row(f"A/A, {LOOKS} looks: a fixed interval leaves out 0", "5 %", fixed),
        row(f"A/A, {LOOKS} looks: an always-valid interval leaves out 0", "below 5 %", always),
    ]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--users", type=int, default=2000, help="users in each variant")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    lines = [
        f"{given.runs:,} simulated experiments of {given.users:,} users a variant, click rate.",
        "",
        "| what | wanted | found |",
        "|---|---|---|",
    ]
    for lift in (0.0, 0.1):
        lines += one_look(rng, given.runs, given.users, lift)
    lines += many_looks(rng, given.runs, given.users)
    lines += many_metrics(rng, max(given.runs // 2, 1), given.users // 2)
    bound = half_width(1 / given.users, given.users) * math.sqrt(given.users) / 1.96
    after = f"After {given.users:,} users an always-valid interval is {bound:.2f} times a fixed one."
    command = (
        f"python -m benchmarks.experiment_simulations --runs {given.runs} --users {given.users} "
        f"--seed {given.seed}"
    )
    record("Experiment statistics, simulated", command, [*lines, "", after])


if __name__ == "__main__":
    main()
