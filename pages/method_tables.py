"""What is known of methods, as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lookalike.explaining import Guide
from lookalike.methods import METHODS
from lookalike.summaries import BASELINE
from lookalike.track_record import Record


def every(guide: Guide) -> pd.DataFrame:
    """Lay out the methods that were tried or trained, those that were best most often first."""
    known = [one for one in guide.methods if one.record.lists or one.cost]
    first = sorted(known, key=lambda one: (-one.record.best, not one.record.lists))
    tried = [one.record if one.record.lists else None for one in first]
    return pd.DataFrame(
        {
            "Method": [one.label for one in first],
            "Best on": pd.array([found and found.best for found in tried], "Int64"),
            "Of lists": pd.array([found and found.lists for found in tried], "Int64"),
            "Mostly": [one.record.mostly or None for one in first],
            "To train": [one.cost.usual if one.cost else None for one in first],
        }
    )


def by_size(found: Record, method: str) -> pd.DataFrame:
    """Lay out a record by list size, the baseline beside it where it was always tried too."""
    beside = method != BASELINE and any(row.base is not None for row in found.rows)
    rows = [
        {
            "List size": row.bucket,
            "Lists": row.lists,
            "Best on": row.best,
            "Seeds found, %": _percent(row.recall),
            "Best other, %": _percent(row.rival),
            **({f"{METHODS[BASELINE].label}, %": _percent(row.base)} if beside else {}),
        }
        for row in found.rows
    ]
    return pd.DataFrame(rows)


def views(found: Sequence[tuple[str, Record]]) -> pd.DataFrame:
    """Lay out how the views of the default method did on past lists."""
    rows = [
        {
            "View": label[0].upper() + label[1:],
            "Best on": one.best,
            "Of tries": one.lists,
            "Mostly": one.mostly or None,
        }
        for label, one in found
    ]
    return pd.DataFrame(rows)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
