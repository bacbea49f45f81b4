"""Readouts of two real experiments, with the numbers that are known of them.

    python -m benchmarks.real_experiments DATA

DATA holds `ab-cookie-cats/cookie_cats.csv` and `ab-udacity-homepage/user_level.csv`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.results import record
from lookalike.experiment import Readout, mean_metric, readout, share_metric

CATS = (
    share_metric("retention_1", "retention_1", "retention after a day"),
    share_metric("retention_7", "retention_7", "retention after a week"),
    mean_metric("rounds", "sum_gamerounds", "rounds played"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    cats = readout(
        given.data / "ab-cookie-cats" / "cookie_cats.csv",
        control="gate_30",
        metrics=CATS,
        primary="retention_7",
        rerandomise=500,
    )
    homepage = readout(given.data / "ab-udacity-homepage" / "user_level.csv")
    lines = [*told("Cookie Cats", cats), "", *told("Udacity's homepage", homepage)]
    record("Real experiments", "python -m benchmarks.real_experiments DATA", lines)


def told(name: str, found: Readout) -> list[str]:
    """Return a readout as lines of Markdown."""
    split = f"Sample ratio: p {found.srm.p_value:.2g}, {found.srm.status}."
    lines = [
        f"**{name}**, {found.users:,} users: {found.verdict} {split}",
        "",
        "| metric | control | treatment | lift | p | extremes capped | top 1 % left out |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in found.comparisons[0].metrics:
        values = [
            f"{value:.6f}" if value is not None else "-" for value in (result.control, result.treatment)
        ]
        lifts = []
        for lift in (result, result.winsorised, result.trimmed):
            ci = lift.rel_ci if lift else None
            lifts.append(f"{lift.rel_lift:+.1%} [{ci[0]:+.1%}, {ci[1]:+.1%}]" if lift and ci else "-")
        p_value = "-" if result.p_value is None else f"{result.p_value:.5f}"
        lines.append(f"| {' | '.join([result.metric, *values, lifts[0], p_value, *lifts[1:]])} |")
    if found.aa is not None:
        rates = ", ".join(
            f"{row.metric} {row.rate:.1%} [{row.rate_ci[0]:.1%}, {row.rate_ci[1]:.1%}]"
            for row in found.aa.metrics
            if row.rate is not None and row.rate_ci
        )
        lines += ["", f"False alarms at 5 % in {found.aa.runs} random splits of these users: {rates}."]
    return lines


if __name__ == "__main__":
    main()
