"""What a comparison is: its spec, and its numbers by bucket, whole or so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lookalike import findings, runs, tested
from lookalike.buckets import SPANNING, Buckets, bucket_labels, bucket_of, edges_of
from lookalike.charts import comparison as comparison_charts
from lookalike.errors import BadInput
from lookalike.evaluation import GRID, Ranks
from lookalike.methods import DEFAULT, METHODS
from lookalike.summaries import BASELINE, FEW_LISTS, intervals, points_of, summarised
from lookalike.tested import Tested
from lookalike.workspace import Workspace

USUAL = ("auto", "logistic", "lsh", "centroid", "activity", "random")
SHOWN = 4  # methods that charts start with, beside the grey lines
# why a method was left out: for most, and for those that begin with past campaigns
WHY = (
    "the workspace has nothing for it to look at.",
    "it was not learned from past campaigns yet: python -m lookalike pretrain --network {name}.",
)
# keys that lines of a summary from before they were counted lack
LATER = (
    *("p_value", "p_holm", "best_other", "vs_best", "vs_best_low", "vs_best_high", "p_vs_best"),
    *("p_vs_best_holm", "fit_seconds", "score_seconds"),
)


@dataclass(frozen=True, slots=True)
class Spec:
    """What to compare.

    Attributes:
        lists: Names of saved lists.
        methods: Names from the table of methods.
        splits: Folds for each list, where these are left to chance.
        snapshot: Embeddings to use; None for the newest.
        past: The snapshot whose past lists the default method learns from; None for none.
        general: The general model that some methods begin with; None for none.
        random_state: Fixes folds and fits.
        split: "random", or "time": the latest seeds are held out, in one round.
        buckets: "lists" (edges that span them), "published", or edges.
    """

    lists: tuple[str, ...]
    methods: tuple[str, ...]
    splits: int = 3
    snapshot: int | None = None
    past: int | None = None
    random_state: int = 0
    split: str = "random"
    buckets: Buckets = SPANNING
    general: int | None = None

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Spec:
        """Read what `runs` keeps."""
        many = {name: tuple(value) for name, value in spec.items() if isinstance(value, list)}
        return cls(**{**spec, **many})


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """A comparison, finished or as far as it got.

    Attributes:
        run: Its entry in `runs`.
        spec: What was asked.
        metrics: What came of the finished lists: lists, edges, points, summary, stages, …
        curves: Recall and precision: columns seed_list, method, k, recall, precision.
    """

    run: runs.Run
    spec: Spec
    metrics: Mapping[str, Any]
    curves: pd.DataFrame

    def __repr__(self) -> str:
        lists, methods = len(self.metrics["lists"]), len(self.spec.methods)
        return f"Comparison({self.run.id!r}): {lists} lists x {methods} methods"

    @property
    def summary(self) -> list[dict[str, Any]]:
        """One line a bucket and method; "all" is the bucket over all lists."""
        return [dict.fromkeys(LATER) | row for row in self.metrics["summary"]]

    @property
    def skipped(self) -> list[str]:
        """Why lists or methods were left out, a sentence each."""
        return list(self.metrics["skipped"])

    @property
    def leaking(self) -> list[str]:
        """Which lists nearly are an item or a feature that stayed in, a sentence each."""
        return list(self.metrics["leaking"])

    @property
    def methods(self) -> list[str]:
        """The methods that were tested: the most telling first, the lines to beat last."""
        overall = {row["method"]: row["recall"] for row in self.summary if row["bucket"] == "all"}
        ordered = sorted(overall, key=lambda name: (METHODS[name].reference, -overall[name]))
        first = [*ordered[:1], *(name for name in (DEFAULT, BASELINE) if name in overall)]
        return list(dict.fromkeys([*first, *ordered]))

    @property
    def telling(self) -> list[str]:
        """The methods that charts start with: the best, the default, the baseline, the next best."""
        return [name for name in self.methods if not METHODS[name].reference][:SHOWN]

    def points(self) -> list[dict[str, Any]]:
        """Return one line a list, method, fold and headline k."""
        return list(self.metrics["points"])

    def to_frame(self) -> pd.DataFrame:
        """Return the summary as a table."""
        return pd.DataFrame(self.summary)

    def table(self) -> pd.DataFrame:
        """Return the summary for people: labels, percentages, and what was not computable as "–"."""
        return findings.table(self.summary)

    def times(self) -> pd.DataFrame:
        """Return the seconds of each stage and method: columns stage, method, seconds."""
        stages = self.metrics.get("stages", {"prepare": 0.0})
        rows = [("prepare", "", stages["prepare"])]
        for row in self.summary:
            if row["bucket"] == "all":
                rows.append(("fit", row["method"], row["fit_seconds"] or 0.0))
                rows.append(("score", row["method"], row["score_seconds"] or 0.0))
        return pd.DataFrame(rows, columns=["stage", "method", "seconds"])

    def findings(self) -> list[str]:
        """Say in a few sentences who wins where, by how much, and where one cannot tell."""
        return findings.sentences(self.summary)

    def bucket_curves(self) -> pd.DataFrame:
        """Return means over the lists of each bucket and over all, with intervals over lists.

        Columns bucket, method, k, lists, and recall and precision with _low and _high.
        """
        sizes: dict[str, int] = self.metrics["lists"]
        edges: list[int] = self.metrics["edges"]
        bucket = self.curves.seed_list.map({name: bucket_of(n, edges) for name, n in sizes.items()})
        each, whole = (self.curves.assign(bucket=name) for name in (bucket, findings.ALL))
        return intervals(pd.concat([each, whole]), ["recall", "precision"])

    def figure(self) -> go.Figure:
        """Draw small multiples of recall by bucket, one line a method."""
        return comparison_charts.by_bucket(*self._drawn(self.methods), FEW_LISTS)

    def panels(
        self, measure: str = "recall", shown: Sequence[str] | None = None
    ) -> dict[str, go.Figure]:
        """Draw each bucket, and all lists together, as a figure of its own, by title.

        Args:
            measure: "recall" or "precision".
            shown: Methods to draw beside the grey lines; None for the most telling ones.
        """
        wanted = self.telling if shown is None else shown
        names = [name for name in self.methods if name in wanted or METHODS[name].reference]
        return comparison_charts.panels(*self._drawn(names), FEW_LISTS, measure)

    def overall(self) -> tuple[str, go.Figure]:
        """Draw the recall over all lists as `panels` does, with its title, but quicker."""
        names = [name for name in self.methods if name in self.telling or METHODS[name].reference]
        curves = intervals(self.curves.assign(bucket=findings.ALL), ["recall"])
        return next(iter(comparison_charts.panels(curves, *self._styled(names), FEW_LISTS).items()))

    def forest(self, shown: Sequence[str] | None = None) -> go.Figure | None:
        """Draw each method's ratio to the baseline by bucket; None where there is no baseline."""
        wanted = self.telling if shown is None else shown
        rows = [
            row
            for row in self.summary
            if row["lift_vs_baseline"] is not None
            and row["method"] != BASELINE
            and row["method"] in wanted
        ]
        styles = comparison_charts.styles(self.methods, self._references())
        labels = {name: METHODS[name].label for name in self.methods}
        base = METHODS[BASELINE].label.lower()
        return comparison_charts.forest(rows, labels, styles, base, FEW_LISTS) if rows else None

    def _references(self) -> list[str]:
        return [name for name in self.methods if METHODS[name].reference]

    def _drawn(
        self, names: Sequence[str]
    ) -> tuple[pd.DataFrame, list[str], dict[str, str], Mapping[str, comparison_charts.Style]]:
        return self.bucket_curves(), *self._styled(names)

    def _styled(
        self, names: Sequence[str]
    ) -> tuple[list[str], dict[str, str], Mapping[str, comparison_charts.Style]]:
        return (
            [*bucket_labels(self.metrics["edges"]), findings.ALL],
            {name: METHODS[name].label for name in names},
            comparison_charts.styles(self.methods, self._references()),
        )


def load(workspace: Workspace, run: str) -> Comparison:
    """Return a finished comparison.

    Raises:
        NotFound: There is no such run.
        BadInput: It is not a finished comparison.
    """
    entry = runs.get(workspace, run)
    if entry.kind != "compare" or entry.status != "done":
        raise BadInput(f"The run {run!r} is not a finished comparison: {entry.kind}, {entry.status}.")
    through = tested.kept(workspace, run)
    curves = _curves(through) if through else runs.curves(workspace, run)
    return Comparison(entry, Spec.from_json(entry.spec), entry.metrics, curves)


def so_far(workspace: Workspace, run: str, *, curves_only: bool = False) -> Comparison | None:
    """Return what a comparison of any status has found out by now; None before its first list.

    Args:
        workspace: Where it is.
        run: Its id.
        curves_only: Leave out intervals, p-values and points of the summary: enough to draw the
            curves, and quick enough to be asked for after every list.

    Raises:
        NotFound: There is no such run.
    """
    entry = runs.get(workspace, run)
    spec = Spec.from_json(entry.spec)
    through = tested.kept(workspace, run)
    metrics = judged(spec, through, curves_only=curves_only)
    return Comparison(entry, spec, metrics, _curves(through)) if metrics["lists"] else None


def judged(spec: Spec, through: Mapping[str, Tested], *, curves_only: bool = False) -> dict[str, Any]:
    """Sum up the lists that a comparison is through with, in the spec's order.

    The same lists give the same numbers, seconds aside, whether the work was interrupted or not.
    """
    lists = [through[name] for name in spec.lists if name in through]
    found = {one.seed_list: one.ranks for one in lists if one.ranks}
    sizes = {one.seed_list: one.seeds for one in lists if one.ranks}
    # what could be used all along: the workspace may have changed before the work went on
    methods = [name for name in spec.methods if all(name in ranks for ranks in found.values())]
    left = [name for name in spec.methods if name not in methods]
    skipped = [f"{METHODS[name].label}: {WHY[METHODS[name].general].format(name=name)}" for name in left]
    skipped += [f"{one.seed_list}: {one.skipped}" for one in lists if one.skipped]
    edges = edges_of(spec.buckets, list(sizes.values())) if sizes else []
    references = [name for name in methods if METHODS[name].reference]
    if curves_only:
        summary = [_overall(method, found) for method in methods] if sizes else []
    else:
        summary = summarised(found, sizes, edges, methods, references) if sizes else []
    preparing = sum(one.preparing for one in lists)
    return {
        "lists": sizes,
        "edges": edges,
        "skipped": skipped,
        "leaking": [f"{one.seed_list}: {sentence}" for one in lists for sentence in one.leaking],
        "points": [] if curves_only else points_of(found, sizes, edges),
        "summary": summary,
        "stages": {"prepare": preparing},
        "seconds": preparing + sum(row["seconds"] for row in summary if row["bucket"] == "all"),
    }


def _overall(method: str, found: Mapping[str, Mapping[str, Ranks]]) -> dict[str, Any]:
    recalls = [ranks[method].headline() for ranks in found.values()]
    seconds = sum(ranks[method].seconds for ranks in found.values())
    return {"bucket": "all", "method": method, "recall": float(np.mean(recalls)), "seconds": seconds}


def _curves(through: Mapping[str, Tested]) -> pd.DataFrame:
    frames = []
    for one in through.values():
        for method, ranks in one.ranks.items():
            recall, precision = ranks.curve(GRID)
            frame = pd.DataFrame({"k": GRID, "recall": recall, "precision": precision})
            frames.append(frame.assign(seed_list=one.seed_list, method=method))
    return pd.concat(frames, ignore_index=True)
