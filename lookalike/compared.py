"""What a comparison is: its spec, its numbers by bucket, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lookalike import runs
from lookalike.buckets import BASELINE, bucket_labels, bucket_of, over_lists
from lookalike.errors import BadInput
from lookalike.methods import METHODS
from lookalike.recall_charts import recall_by_bucket, recall_panels
from lookalike.workspace import Workspace

USUAL = ("mlp", "logistic", "centroid", "activity", "random")
FEW_LISTS = 10  # a bucket with fewer is shown and marked "too few to judge"


@dataclass(frozen=True, slots=True)
class Spec:
    """What to compare.

    Attributes:
        lists: Names of saved lists.
        methods: Names from the table of methods.
        splits: Folds for each list.
        snapshot: Embeddings to use; None for the newest.
        random_state: Fixes folds and fits.
    """

    lists: tuple[str, ...]
    methods: tuple[str, ...]
    splits: int = 3
    snapshot: int | None = None
    random_state: int = 0

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Spec:
        """Read what `runs` keeps."""
        return cls(**{**spec, "lists": tuple(spec["lists"]), "methods": tuple(spec["methods"])})


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """A finished comparison.

    Attributes:
        run: Its entry in `runs`.
        spec: What was asked.
        curves: Recall and precision: columns seed_list, method, k, recall, precision.
    """

    run: runs.Run
    spec: Spec
    curves: pd.DataFrame

    def __repr__(self) -> str:
        lists, methods = len(self.run.metrics["lists"]), len(self.spec.methods)
        return f"Comparison({self.run.id!r}): {lists} lists x {methods} methods"

    @property
    def summary(self) -> list[dict[str, Any]]:
        """One line a bucket and method; "all" is the bucket over all lists."""
        return list(self.run.metrics["summary"])

    @property
    def skipped(self) -> list[str]:
        """Why lists or methods were left out, a sentence each."""
        return list(self.run.metrics["skipped"])

    @property
    def leaking(self) -> list[str]:
        """Which lists nearly are an item or a feature that stayed in, a sentence each."""
        return list(self.run.metrics["leaking"])

    def points(self) -> list[dict[str, Any]]:
        """Return one line a list, method, fold and headline k."""
        return list(self.run.metrics["points"])

    def to_frame(self) -> pd.DataFrame:
        """Return the summary as a table."""
        return pd.DataFrame(self.summary)

    def table(self) -> pd.DataFrame:
        """Return the summary for people: labels, percentages, and what was not computable as "–"."""
        return pd.DataFrame([_for_people(row) for row in self.summary])

    def findings(self) -> list[str]:
        """Say in a few sentences who wins overall, by how much, and where one cannot tell."""
        overall = [row for row in self.summary if row["bucket"] == "all"]
        best = max(overall, key=lambda row: row["recall"])
        name, recall = METHODS[best["method"]].label.lower(), 100 * best["recall"]
        said = [f"Over all lists, {name} finds most: {recall:.1f} % of held-out seeds."]
        judged = [
            row
            for row in overall
            if row["lift_low"] is not None
            and row["lists"] >= FEW_LISTS
            and row["method"] != BASELINE
            and not METHODS[row["method"]].reference
        ]
        said.extend(_against_baseline(row) for row in judged)
        few = [row["bucket"] for row in self.summary if row["lists"] < FEW_LISTS]
        if few:
            named = ", ".join(dict.fromkeys(few))
            said.append(f"Too few lists to judge (under {FEW_LISTS}): {named}.")
        return said

    def bucket_curves(self) -> pd.DataFrame:
        """Return mean recall over the lists of each bucket and over all, with intervals over lists.

        Columns bucket, method, k, recall, low, high, lists.
        """
        sizes: dict[str, int] = self.run.metrics["lists"]
        edges: list[int] = self.run.metrics["edges"]
        bucket = self.curves.seed_list.map({name: bucket_of(n, edges) for name, n in sizes.items()})
        parts = [self.curves.assign(bucket=bucket), self.curves.assign(bucket="All lists")]
        frames = []
        for (label, method), group in pd.concat(parts).groupby(["bucket", "method"], sort=False):
            wide = group.pivot_table(index="seed_list", columns="k", values="recall")
            frame = pd.DataFrame({"bucket": label, "method": method, "k": wide.columns})
            frame["recall"] = wide.mean().to_numpy()
            limits = over_lists(wide.to_numpy())
            frame["low"], frame["high"] = limits or (np.nan, np.nan)
            frames.append(frame.assign(lists=len(wide)))
        return pd.concat(frames, ignore_index=True)

    def figure(self) -> go.Figure:
        """Draw small multiples of recall by bucket, one line a method."""
        return recall_by_bucket(*self._drawn(), FEW_LISTS)

    def panels(self) -> dict[str, go.Figure]:
        """Draw each bucket, and all lists together, as a figure of its own, by title."""
        return recall_panels(*self._drawn(), FEW_LISTS)

    def _drawn(self) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
        tested = dict.fromkeys(row["method"] for row in self.summary)
        labels = {name: METHODS[name].label for name in tested}
        return self.bucket_curves(), [*bucket_labels(self.run.metrics["edges"]), "All lists"], labels


def load(workspace: Workspace, run: str) -> Comparison:
    """Return a finished comparison.

    Raises:
        NotFound: There is no such run.
        BadInput: It is not a finished comparison.
    """
    entry = runs.get(workspace, run)
    if entry.kind != "compare" or entry.status != "done":
        raise BadInput(f"The run {run!r} is not a finished comparison: {entry.kind}, {entry.status}.")
    return Comparison(entry, Spec.from_json(entry.spec), runs.curves(workspace, run))


def _against_baseline(row: Mapping[str, Any]) -> str:
    share = 100 * (row["lift_vs_baseline"] - 1)
    low, high = 100 * (row["lift_low"] - 1), 100 * (row["lift_high"] - 1)
    name, base = METHODS[row["method"]].label, METHODS[BASELINE].label.lower()
    if row["lift_low"] <= 1 <= row["lift_high"]:
        return f"{name} against {base}: no clear difference ({low:+.1f} to {high:+.1f} %)."
    better = "more" if share > 0 else "fewer"
    return (
        f"{name} finds {abs(share):.1f} % {better} of them than {base}, in relation "
        f"({low:+.1f} to {high:+.1f} %)."
    )


def _for_people(row: Mapping[str, Any]) -> dict[str, Any]:
    def interval(low: float | None, high: float | None, scale: float, digits: int) -> str:
        if low is None or high is None:
            return ""
        return f" ({scale * low:.{digits}f}–{scale * high:.{digits}f})"

    lift = row["lift_vs_baseline"]
    return {
        "Bucket": "All lists" if row["bucket"] == "all" else row["bucket"],
        "Method": METHODS[row["method"]].label,
        "Lists": row["lists"],
        "Recall, %": f"{100 * row['recall']:.1f}" + interval(row["low"], row["high"], 100, 1),
        "Against logistic": "–"
        if lift is None or row["method"] == BASELINE
        else f"{lift:.2f}" + interval(row["lift_low"], row["lift_high"], 1, 2),
        "Seed against random precision, %": _share(row["precision"]),
        "AUC": "–" if row["auc"] is None else f"{row['auc']:.3f}",
        "Seconds": round(row["seconds"], 1),
    }


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
