"""A comparison in words: who wins where, by how much, and where one cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from lookalike.methods import METHODS
from lookalike.significance import SURE
from lookalike.summaries import BASELINE, FEW_LISTS

Row = Mapping[str, Any]
ALL = "All lists"


def sentences(summary: Sequence[Row]) -> list[str]:
    """Say what the lines of a summary come to; "clearly" is after Holm over all its comparisons."""
    buckets = {row["bucket"]: row["lists"] for row in summary}
    overall = [row for row in summary if row["bucket"] == "all"]
    best = _best(overall)
    lists = "the one list" if best["lists"] == 1 else f"all {best['lists']} lists"
    found = f"{100 * best['recall']:.1f} %{_limits(best['low'], best['high'], 100, 1, ' %')}"
    said = [f"Over {lists}, {_name(best)} finds most: {found} of the held-out seeds."]
    if best["lists"] >= FEW_LISTS:
        said += [_lead(best)] if best["vs_best"] is not None else []
        # how the best stands to the baseline is said already where that is the next best
        said += _against_baseline(
            [row for row in overall if row is not best or row["best_other"] != BASELINE]
        )
        for bucket, count in buckets.items():
            if bucket != "all" and FEW_LISTS <= count < best["lists"]:
                winner = _best([row for row in summary if row["bucket"] == bucket])
                line = f"{bucket} ({count} lists): {_name(winner)} finds most. {_lead(winner)}"
                said.append(line.rstrip())
    few = [bucket if bucket != "all" else "all lists together" for bucket in _few(buckets)]
    if few:
        said.append(f"Too few lists to judge (under {FEW_LISTS}): {', '.join(few)}.")
    return said


def table(summary: Sequence[Row]) -> pd.DataFrame:
    """Lay a summary out for people: labels, percentages, and what was not computable as "–"."""
    return pd.DataFrame([_for_people(row) for row in summary])


def _best(rows: Sequence[Row]) -> Row:
    contenders = [row for row in rows if not METHODS[row["method"]].reference]
    return max(contenders or rows, key=lambda row: row["recall"])


def _few(buckets: Mapping[str, int]) -> list[str]:
    return [bucket for bucket, lists in buckets.items() if lists < FEW_LISTS]


def _name(row: Row) -> str:
    return METHODS[row["method"]].label.lower()


def _clear(p_holm: float | None, low: float | None, high: float | None) -> bool:
    if p_holm is not None:
        return bool(p_holm < SURE)
    # of before p-values were kept
    return low is not None and high is not None and not low <= 1 <= high


def _lead(row: Row) -> str:
    """Say how the best of a bucket stands to the next best."""
    if row["vs_best"] is None:
        return ""
    other = METHODS[row["best_other"]].label.lower()
    limits = _limits(row["vs_best_low"], row["vs_best_high"], 1, 2)
    times = f"{row['vs_best']:.2f} times as many{limits}"
    if _clear(row["p_vs_best_holm"], row["vs_best_low"], row["vs_best_high"]):
        return f"It is clearly ahead of {other}, the next best: {times}."
    return f"Too close to call against {other}, the next best: {times}."


def _against_baseline(overall: Sequence[Row]) -> list[str]:
    base = METHODS[BASELINE].label.lower()
    rows = [
        row
        for row in overall
        if row["lift_low"] is not None
        and row["method"] != BASELINE
        and not METHODS[row["method"]].reference
    ]
    clear = [row for row in rows if _clear(row["p_holm"], row["lift_low"], row["lift_high"])]
    groups: dict[str, Callable[[Row], bool]] = {
        f"Clearly more than {base}": lambda row: row in clear and row["lift_vs_baseline"] > 1,
        f"Clearly fewer than {base}": lambda row: row in clear and row["lift_vs_baseline"] <= 1,
        f"No clear difference from {base}": lambda row: row not in clear,
    }
    said = []
    for opening, belongs in groups.items():
        named = [
            f"{_name(row)}, {row['lift_vs_baseline']:.2f} times as many"
            f"{_limits(row['lift_low'], row['lift_high'], 1, 2)}"
            for row in rows
            if belongs(row)
        ]
        if named:
            said.append(f"{opening}: {'; '.join(named)}.")
    return said


def _limits(low: float | None, high: float | None, scale: float, digits: int, unit: str = "") -> str:
    if low is None or high is None:
        return ""
    return f" ({scale * low:.{digits}f}–{scale * high:.{digits}f}{unit})"


def _for_people(row: Row) -> dict[str, Any]:
    lift, versus = row["lift_vs_baseline"], row["vs_best"]
    return {
        "Bucket": ALL if row["bucket"] == "all" else row["bucket"],
        "Method": METHODS[row["method"]].label,
        "Lists": row["lists"],
        "Recall, %": f"{100 * row['recall']:.1f}" + _limits(row["low"], row["high"], 100, 1),
        "Against logistic": "–"
        if lift is None or row["method"] == BASELINE
        else f"{lift:.2f}" + _limits(row["lift_low"], row["lift_high"], 1, 2),
        "p, adjusted": _p(row["p_holm"]),
        "Best other": "–" if row["best_other"] is None else METHODS[row["best_other"]].label,
        "Against best other": "–"
        if versus is None
        else f"{versus:.2f}" + _limits(row["vs_best_low"], row["vs_best_high"], 1, 2),
        "p, adjusted (best other)": _p(row["p_vs_best_holm"]),
        "Seed against random precision, %": "–"
        if row["precision"] is None
        else f"{100 * row['precision']:.1f}",
        "AUC": "–" if row["auc"] is None else f"{row['auc']:.3f}",
        "Seconds": round(row["seconds"], 1),
    }


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
