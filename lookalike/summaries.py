"""A comparison in numbers: averages over the lists of each bucket, and who differs from whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lookalike.buckets import bucket_labels, bucket_of
from lookalike.evaluation import KS, Ranks
from lookalike.significance import DRAWS, holm, over_lists, p_values, ratio

BASELINE = "logistic"
FEW_LISTS = 10  # a bucket with fewer is shown and marked "too few to judge"

Found = Mapping[str, Mapping[str, Ranks]]  # by list, by method


def summarised(
    found: Found,
    sizes: Mapping[str, int],
    edges: Sequence[int],
    methods: Sequence[str],
    references: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Average over the lists of each bucket, and over all; compare methods list by list.

    Each method is compared with the baseline and with the best other method of its bucket, by the
    ratio of mean headline recalls over the same lists and folds. Intervals are a bootstrap over
    lists, and None where a bucket has a single list. p-values are adjusted by Holm over all the
    comparisons returned; a bucket with too few lists to judge has none.

    Args:
        found: The ranks of each list and method.
        sizes: Seeds of each list.
        edges: Of the buckets.
        methods: In the order of the lines.
        references: Methods that are never the best other one.
    """
    groups: dict[str, list[str]] = {label: [] for label in bucket_labels(edges)} | {"all": list(found)}
    for name in found:
        groups[bucket_of(sizes[name], edges)].append(name)
    rows: list[dict[str, Any]] = []
    for bucket, names in groups.items():
        if names:
            rows += _bucket(bucket, [found[name] for name in names], methods, references)
    adjusted = holm([row[key] for row in rows for key in ("p_value", "p_vs_best")])
    for place, row in enumerate(rows):
        row["p_holm"], row["p_vs_best_holm"] = adjusted[2 * place : 2 * place + 2]
    return rows


def _bucket(
    bucket: str,
    found: Sequence[Mapping[str, Ranks]],
    methods: Sequence[str],
    references: Collection[str],
) -> list[dict[str, Any]]:
    heads = np.array([[one[method].headline() for method in methods] for one in found])
    place = {method: number for number, method in enumerate(methods)}
    against: list[str | None] = [
        BASELINE if BASELINE in place and method != BASELINE else None for method in methods
    ]
    ordered = sorted(methods, key=lambda method: -heads[:, place[method]].mean())
    rivals = [method for method in ordered if method not in references]
    best = [next((rival for rival in rivals if rival != method), None) for method in methods]
    p_base = _p_values(heads, place, against)
    p_best = _p_values(heads, place, best)
    rows = []
    for number, method in enumerate(methods):
        ranks = [one[method] for one in found]
        mine = heads[:, number]
        limits = over_lists(mine)
        base, rival = place.get(BASELINE), best[number]
        lift = (None,) * 3 if base is None else ratio(mine, heads[:, base], DRAWS)
        versus = (None,) * 3 if rival is None else ratio(mine, heads[:, place[rival]], DRAWS)
        seconds, scoring = (sum(getattr(one, name) for one in ranks) for name in ("seconds", "scoring"))
        rows.append(
            {
                "bucket": bucket,
                "method": method,
                "lists": len(found),
                "recall": float(mine.mean()),
                "low": float(limits[0]) if limits else None,
                "high": float(limits[1]) if limits else None,
                "precision": _mean([one.precision(k) for one in ranks for k in KS]),
                "auc": _mean([one.auc() for one in ranks]),
                "p_at_5": _mean([one.precision_in_top(0.05) for one in ranks]),
                "r_at_5": _mean([one.recall(0.05) for one in ranks]),
                **dict(zip(("lift_vs_baseline", "lift_low", "lift_high"), lift, strict=True)),
                "p_value": p_base[number],
                "best_other": rival,
                **dict(zip(("vs_best", "vs_best_low", "vs_best_high"), versus, strict=True)),
                "p_vs_best": p_best[number],
                "seconds": seconds,
                "fit_seconds": seconds - scoring,
                "score_seconds": scoring,
            }
        )
    return rows


def _p_values(
    heads: NDArray[np.float64], place: Mapping[str, int], others: Sequence[str | None]
) -> list[float | None]:
    """p-values of each column of `heads` against another one; None where there is no other."""
    tested = [number for number, other in enumerate(others) if other is not None]
    if len(heads) < FEW_LISTS or not tested:
        return [None] * len(others)
    gaps = heads[:, tested] - heads[:, [place[other] for other in others if other is not None]]
    by_place = dict(zip(tested, p_values(gaps).tolist(), strict=True))
    return [by_place.get(number) for number in range(len(others))]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def points_of(found: Found, sizes: Mapping[str, int], edges: Sequence[int]) -> list[dict[str, Any]]:
    """Return one line a list, method, fold and headline k."""
    return [
        {
            "seed_list": name,
            "n_seeds": sizes[name],
            "bucket": bucket_of(sizes[name], edges),
            "method": method,
            "split": fold,
            "k": k,
            "recall": part.recall(k),
            "precision": part.precision(k),
        }
        for name, methods in found.items()
        for method, ranks in methods.items()
        for fold, part in enumerate(ranks.by_fold())
        for k in KS
    ]


def intervals(curves: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Return means and intervals over the lists of each bucket and method, in their order.

    Args:
        curves: Columns seed_list, bucket, method, k and the measures.
        measures: What to average.
    """
    frames = []
    for (label, method), group in curves.groupby(["bucket", "method"], sort=False):
        frame = pd.DataFrame({"bucket": label, "method": method, "k": sorted(group.k.unique())})
        for measure in measures:
            wide = group.pivot_table(index="seed_list", columns="k", values=measure, dropna=False)
            limits = over_lists(wide.fillna(wide.mean()).to_numpy())
            frame[measure] = wide.mean().to_numpy()
            frame[f"{measure}_low"], frame[f"{measure}_high"] = limits or (np.nan, np.nan)
        frames.append(frame.assign(lists=group.seed_list.nunique()))
    return pd.concat(frames, ignore_index=True)
