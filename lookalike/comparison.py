"""The use case "compare": many saved lists x methods -> points, buckets and a summary."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from lookalike import charts, runs, seeds
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.evaluation import GRID, KS, LEAST, RESAMPLES, Ranks, backtest
from lookalike.importing import snapshots
from lookalike.methods import METHODS, chosen
from lookalike.pool import open_pool
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace

BASELINE = "logistic"
USUAL = ("mlp", "logistic", "centroid", "activity", "random")
BUCKETS = 5
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
        """Why lists were left out, a sentence each."""
        return list(self.run.metrics["skipped"])

    def points(self) -> list[dict[str, Any]]:
        """Return one line a list, method, fold and headline k."""
        return list(self.run.metrics["points"])

    def to_frame(self) -> pd.DataFrame:
        """Return the summary as a table."""
        return pd.DataFrame(self.summary)

    def bucket_curves(self) -> pd.DataFrame:
        """Return mean recall over the lists of each bucket, with intervals over lists.

        Columns bucket, method, k, recall, low, high, lists.
        """
        sizes: dict[str, int] = self.run.metrics["lists"]
        edges: list[int] = self.run.metrics["edges"]
        bucket = self.curves.seed_list.map({name: _bucket(n, edges) for name, n in sizes.items()})
        rows = []
        for (label, method, k), group in self.curves.assign(bucket=bucket).groupby(
            ["bucket", "method", "k"], sort=False
        ):
            low, high = _over_lists(group.recall.to_numpy())
            rows.append((label, method, k, group.recall.mean(), low, high, len(group)))
        columns = ["bucket", "method", "k", "recall", "low", "high", "lists"]
        return pd.DataFrame(rows, columns=columns)

    def figure(self) -> go.Figure:
        """Draw small multiples of recall by bucket, one line a method."""
        edges: list[int] = self.run.metrics["edges"]
        labels = {name: METHODS[name].label for name in self.spec.methods}
        return charts.recall_by_bucket(self.bucket_curves(), bucket_labels(edges), labels, FEW_LISTS)


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec and return its id.

    Raises:
        NotFound: An unknown list, method or snapshot.
        BadInput: Nothing to compare.
    """
    if not spec.lists:
        raise BadInput(
            "There is no saved seed list to compare on.",
            "Save some: python -m lookalike seeds add NAME FILE, or load the sample data.",
        )
    if not spec.methods:
        raise BadInput("No method was chosen.", "Choose at least one.")
    chosen(spec.methods)
    snapshots.get(workspace, spec.snapshot)
    known = {saved.name for saved in seeds.saved(workspace)}
    for name in spec.lists:
        if name not in known:
            raise NotFound(f"There is no seed list {name!r}.", did_you_mean(name, known))
    title = spec.lists[0] if len(spec.lists) == 1 else f"{len(spec.lists)} lists"
    return runs.create(workspace, "compare", title, asdict(spec))


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Comparison:
    """Back-test every method on every list and store points, curves and summary.

    A list with too few seeds is skipped and named.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; the run is marked as cancelled.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        progress.at(0.0, "Reading the embeddings")
        pool = open_pool(workspace, spec.snapshot)
        found: dict[str, dict[str, Ranks]] = {}
        sizes: dict[str, int] = {}
        skipped: list[str] = []
        for place, name in enumerate(spec.lists):
            part = progress.span(place / len(spec.lists), (place + 1) / len(spec.lists))
            part.at(0.0, f"List {place + 1} of {len(spec.lists)}: {name}")
            seed_list = seeds.load(workspace, name)
            positives = pool.vectors.positions(seed_list.rows)
            eligible = int(np.isin(positives, pool.eligible).sum())
            if eligible < LEAST:
                skipped.append(f"{name}: only {eligible} of its seeds can be held out.")
                continue
            sizes[name] = len(positives)
            found[name] = backtest(
                pool,
                positives,
                np.ones(len(positives)),
                chosen(spec.methods),
                splits=spec.splits,
                random_state=spec.random_state,
                progress=_named(part, f"List {place + 1} of {len(spec.lists)}: {name}"),
            )
        if not found:
            raise BadInput("No list has enough seeds to hold some out.", " ".join(skipped[:3]))
        edges = bucket_edges(list(sizes.values()))
        runs.keep_curves(workspace, run, _curves(found))
        runs.finish(
            workspace,
            run,
            {
                "lists": sizes,
                "edges": edges,
                "skipped": skipped,
                "points": _points(found, sizes, edges),
                "summary": summarised(found, sizes, edges, spec),
                "seconds": time.perf_counter() - began,
            },
        )
    return load(workspace, run)


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


def bucket_edges(sizes: Sequence[int]) -> list[int]:
    """Return at most six edges on round numbers (1-2-5) that span the lists, evenly in logarithm.

    A list of n seeds is in the bucket with edges[i] <= n < edges[i + 1].
    """
    rounds = [step * 10**power for power in range(9) for step in (1, 2, 5)]
    low = max(edge for edge in rounds if edge <= max(1, min(sizes)))
    high = min(edge for edge in rounds if edge > max(sizes))
    span = rounds[rounds.index(low) : rounds.index(high) + 1]
    if len(span) <= BUCKETS + 1:
        return span
    places = np.linspace(0, len(span) - 1, BUCKETS + 1).round().astype(int)
    return [span[place] for place in places]


def bucket_labels(edges: Sequence[int]) -> list[str]:
    """Name the buckets: "20 to 49 seeds" and so on."""
    return [f"{low:,} to {high - 1:,} seeds" for low, high in itertools.pairwise(edges)]


def summarised(
    found: Mapping[str, Mapping[str, Ranks]],
    sizes: Mapping[str, int],
    edges: Sequence[int],
    spec: Spec,
) -> list[dict[str, Any]]:
    """Average over the lists of each bucket, and over all; compare with the baseline list by list.

    The lift is the ratio of mean headline recalls over the same lists and folds; intervals are a
    bootstrap over lists, and None where a bucket has a single list.
    """
    groups: dict[str, list[str]] = {label: [] for label in bucket_labels(edges)} | {"all": list(found)}
    for name in found:
        groups[_bucket(sizes[name], edges)].append(name)
    rows = []
    for bucket, names in groups.items():
        if not names:
            continue
        heads = {
            method: np.array([found[name][method].headline() for name in names])
            for method in spec.methods
        }
        base = heads.get(BASELINE)
        for method in spec.methods:
            ranks = [found[name][method] for name in names]
            low, high = _over_lists(heads[method])
            lift, lift_low, lift_high = _ratio(heads[method], base)
            rows.append(
                {
                    "bucket": bucket,
                    "method": method,
                    "lists": len(names),
                    "recall": float(heads[method].mean()),
                    "low": low,
                    "high": high,
                    "precision": _mean([one.precision(k) for one in ranks for k in KS]),
                    "auc": _mean([one.auc() for one in ranks]),
                    "p_at_5": _mean([one.precision_in_top(0.05) for one in ranks]),
                    "r_at_5": _mean([one.recall(0.05) for one in ranks]),
                    "lift_vs_baseline": lift,
                    "lift_low": lift_low,
                    "lift_high": lift_high,
                    "seconds": sum(one.seconds for one in ranks),
                }
            )
    return rows


def _bucket(size: int, edges: Sequence[int]) -> str:
    place = int(np.searchsorted(edges, size, side="right")) - 1
    return bucket_labels(edges)[place]


def _resamples(lists: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(lists, size=(RESAMPLES, lists))


def _over_lists(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    if len(values) < 2:
        return None, None
    means = values[_resamples(len(values))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _ratio(
    values: NDArray[np.float64], base: NDArray[np.float64] | None
) -> tuple[float | None, float | None, float | None]:
    if base is None or base.mean() == 0:
        return None, None, None
    ratio = float(values.mean() / base.mean())
    if len(values) < 2:
        return ratio, None, None
    drawn = _resamples(len(values))
    below = base[drawn].mean(axis=1)
    ratios = values[drawn].mean(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return ratio, float(low), float(high)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _points(
    found: Mapping[str, Mapping[str, Ranks]], sizes: Mapping[str, int], edges: Sequence[int]
) -> list[dict[str, Any]]:
    return [
        {
            "seed_list": name,
            "n_seeds": sizes[name],
            "bucket": _bucket(sizes[name], edges),
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


def _curves(found: Mapping[str, Mapping[str, Ranks]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (name, method, k, ranks.recall(k), None, None, ranks.precision(k))
            for name, methods in found.items()
            for method, ranks in methods.items()
            for k in GRID
        ],
        columns=["seed_list", "method", "k", "recall", "low", "high", "precision"],
    ).astype({"low": float, "high": float, "precision": float})


def _named(progress: Progress, message: str) -> Progress:
    return Progress(lambda update: progress.at(update.fraction, message))
