"""Readouts as tables for people: labels, percentages, intervals in brackets, no gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd

from lookalike.experiment.results import Interval, SampleRatio
from lookalike.written import true_minus

NOTHING = "–"
SAME_VARIANCE = 0.02
GUARDRAIL = {"kept": "Kept", "open": "Not ruled out", "broken": "Broken"}
Columns: TypeAlias = dict[str, Callable[[pd.Series], str]]
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


def lifts(frame: pd.DataFrame) -> pd.DataFrame:
    """Lay out a readout's `to_frame()` for reading: one row a metric, all cells text.

    The columns of the adjustment for the time before (CUPED) stand there where it could be made,
    the variant where several were compared.
    """
    columns: Columns = {
        "Variant": lambda row: str(row.treatment_variant),
        "Metric": lambda row: titled(str(row.label)),
        "Control": lambda row: value(row.control, row.rate),
        "Treatment": lambda row: value(row.treatment, row.rate),
        "Lift": lambda row: _lift(row, ""),
        "Lift, adjusted": lambda row: _lift(row, "cuped_"),
        "p": lambda row: p_value(row.p_value),
        "p, adjusted": lambda row: p_value(row.cuped_p_value),
    }
    if not _adjusted(frame):
        del columns["Lift, adjusted"], columns["p, adjusted"]
    return _laid_out(frame, columns)


def cautions(frame: pd.DataFrame) -> pd.DataFrame:
    """Lay out what a careful reader asks for: guardrails, corrected p-values, power and the like."""
    columns: Columns = {
        "Variant": lambda row: str(row.treatment_variant),
        "Metric": lambda row: titled(str(row.label)),
        "Guardrail": lambda row: GUARDRAIL.get(row.guardrail, NOTHING),
        "Holm p": lambda row: p_value(row.p_holm),
        "BH p": lambda row: p_value(row.p_bh),
        "Valid at any time": lambda row: bracketed(_ci(row, "always_valid_rel")),
        "Lift found 4 times in 5": lambda row: (
            NOTHING if pd.isna(row.mde80) else f"{_points(row.mde80):.1f} %"
        ),
        "Variance removed": lambda row: (
            NOTHING
            if pd.isna(row.cuped_variance_reduction)
            else f"{_points(row.cuped_variance_reduction):.0f} %"
        ),
        "Worth more users": lambda row: (
            NOTHING if pd.isna(row.cuped_worth_users) else f"{row.cuped_worth_users:,.0f}"
        ),
    }
    if not _adjusted(frame):
        del columns["Variance removed"], columns["Worth more users"]
    if frame.empty or frame.guardrail.isna().all():
        del columns["Guardrail"]
    return _laid_out(frame, columns)


def extremes(frame: pd.DataFrame) -> pd.DataFrame:
    """Set beside each lift what is left of it when extreme users weigh less, or are resampled."""
    known = frame[frame.winsorised_rel_lift.notna()] if "winsorised_rel_lift" in frame else frame[:0]
    columns: Columns = {
        "Variant": lambda row: str(row.treatment_variant),
        "Metric": lambda row: titled(str(row.label)),
        "Lift": lambda row: _lift(row, ""),
        "Extremes capped": lambda row: _lift(row, "winsorised_"),
        "Without the top 1 %": lambda row: _lift(row, "trimmed_"),
        "Interval by resampling": lambda row: bracketed(_ci(row, "bootstrap_rel")),
    }
    if known.empty or known.bootstrap_rel_ci_low.isna().all():
        del columns["Interval by resampling"]
    return _laid_out(known, columns)


def naive(frame: pd.DataFrame) -> pd.DataFrame:
    """Set beside our p what a tool says that takes events, not users, for independent."""
    # where the users are what is counted, such a tool is right
    known = frame[frame.naive_p_value.notna()] if len(frame) else frame
    known = known[(known.design_effect - 1).abs() >= SAME_VARIANCE] if len(known) else known
    columns: Columns = {
        "Variant": lambda row: str(row.treatment_variant),
        "Metric": lambda row: titled(str(row.label)),
        "p here": lambda row: p_value(row.p_value),
        "p of a naive tool": lambda row: p_value(row.naive_p_value),
        "Variance it misses": lambda row: (
            NOTHING if pd.isna(row.design_effect) else f"× {row.design_effect:.1f}"
        ),
    }
    return _laid_out(known, columns)


def split(srm: SampleRatio) -> pd.DataFrame:
    """Set the users of each variant beside the plan."""
    users = sum(srm.observed.values())
    return pd.DataFrame(
        [
            (variant, f"{count:,}", f"{srm.planned[variant] * users:,.0f}", value(share, rate=True))
            for variant, count in srm.observed.items()
            for share in [count / users if users else None]
        ],
        columns=["Variant", "Users", "Users planned", "Share"],
    )


def csv(frame: pd.DataFrame) -> bytes:
    """Write a readout's `to_frame()` as CSV whose text no spreadsheet takes for a formula."""
    text = frame.select_dtypes(["object", "string"]).columns
    safe = frame.assign(**{name: frame[name].map(_no_formula) for name in text})
    return safe.to_csv(index=False).encode("utf-8")


def _no_formula(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def titled(label: str) -> str:
    """Begin a label with a capital, unless it is one like eCPM or the name of a column."""
    return label if label[1:2].isupper() or "_" in label else label[:1].upper() + label[1:]


def p_value(number: float | None) -> str:
    """Write a p-value with three decimals, with four below 0.01."""
    if number is None or pd.isna(number):
        return NOTHING
    return "< 0.001" if number < 0.001 else f"{number:.{4 if number < 0.01 else 3}f}"


def relative(lift: float | None, ci: Interval | None) -> str:
    """Write a relative lift in percent with its interval in brackets."""
    if lift is None:
        return NOTHING
    bounds = "" if ci is None else f" {bracketed(ci)}"
    return true_minus(f"{_points(lift):+.1f} %") + bounds


def value(number: float | None, rate: bool) -> str:
    """Write a share with one decimal (two below 1 %), anything else with three digits."""
    if number is None or pd.isna(number):
        return NOTHING
    if rate:
        return true_minus(f"{100 * number:.{2 if abs(number) < 0.01 else 1}f} %")
    return true_minus(f"{number:,.0f}" if abs(number) >= 99.95 else f"{number:#.3g}")


def bracketed(ci: Interval | None) -> str:
    """Write an interval of shares or relative lifts in percent."""
    return NOTHING if ci is None else true_minus(f"[{_points(ci[0]):.1f}, {_points(ci[1]):.1f}]")


def percent(share: float) -> str:
    """Write a share in percent, with one decimal."""
    return f"{100 * share:.1f} %"


def _ci(row: pd.Series, name: str) -> Interval | None:
    low, high = row[f"{name}_ci_low"], row[f"{name}_ci_high"]
    return None if pd.isna(low) or pd.isna(high) else (low, high)


def _adjusted(frame: pd.DataFrame) -> bool:
    return "cuped_rel_lift" in frame and not bool(frame.cuped_p_value.isna().all())


def _laid_out(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    if frame.empty or frame.treatment_variant.nunique() < 2:
        columns.pop("Variant", None)
    rows = [[write(row) for write in columns.values()] for _, row in frame.iterrows()]
    return pd.DataFrame(rows, columns=list(columns))


def _lift(row: pd.Series, prefix: str) -> str:
    lift = row[f"{prefix}rel_lift"]
    if pd.isna(lift):
        return NOTHING if prefix or row.computable else "Not computable"
    return relative(lift, _ci(row, f"{prefix}rel"))


def _points(share: float) -> float:
    """Return a share in percent, rounded, and never "-0.0"."""
    return round(100 * share, 1) + 0.0
