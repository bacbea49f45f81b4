"""The use case "expand": a saved seed list in, evidence and a ranked audience out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from lookalike import audience, charts, embeddings, runs, seeds, weighting
from lookalike.audience import Ranking
from lookalike.errors import BadInput
from lookalike.evaluation import GRID, LEAST, Ranks, backtest
from lookalike.importing import snapshots
from lookalike.methods import DEFAULT, METHODS, chosen, score_all
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace

MOST_POSITIVES = 200_000  # more add nothing but time (Pinterest 2021)
BESIDE = ("logistic", "centroid", "activity")  # always drawn beside the chosen method


@dataclass(frozen=True, slots=True)
class Spec:
    """What to expand and how; with the workspace's data it fixes the audience.

    Attributes:
        seed_list: Name of a saved list.
        weight: Keys of weighting metrics, averaged; empty for equal weights.
        method: A name from the table of methods.
        leave_out: Items and features that no method may see, "item:<item_id>" or a feature's name.
        snapshot: Embeddings to use; None for the newest.
        splits: At most so many folds of the back-test.
        random_state: Fixes everything that is left to chance.
    """

    seed_list: str
    weight: tuple[str, ...] = ()
    method: str = DEFAULT
    leave_out: tuple[str, ...] = ()
    snapshot: int | None = None
    splits: int | None = None
    random_state: int = 0

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Spec:
        """Read what `runs` keeps."""
        lists = {name: tuple(spec[name]) for name in ("weight", "leave_out")}
        return cls(**{**spec, **lists})


@dataclass(frozen=True, eq=False, slots=True)
class Expansion:
    """A finished run: its evidence, and its audience at any size.

    Attributes:
        workspace: Where it lives.
        run: Its entry in `runs`.
        spec: What was asked.
        ranking: Every candidate, best first.
        curves: Recall and precision by method and k: columns method, k, recall, low, high,
            precision.
    """

    workspace: Workspace
    run: runs.Run
    spec: Spec
    ranking: Ranking
    curves: pd.DataFrame

    def __repr__(self) -> str:
        return f"Expansion({self.run.id!r}, {self.spec.seed_list!r}): {self.sentence()}"

    @property
    def evidence(self) -> dict[str, Any]:
        """The chosen method's numbers, as the report has them."""
        own = self.curves[self.curves.method == self.spec.method]
        scalars = self.run.metrics["methods"][self.spec.method]
        return {
            "k": own.k.tolist(),
            "recall": own.recall.tolist(),
            "low": own.low.tolist(),
            "high": own.high.tolist(),
            "precision": own.precision.tolist(),
            "auc": scalars["auc"],
            "p_at_5": scalars["p_at_5"],
            "r_at_5": scalars["r_at_5"],
        }

    def at(self, k: float) -> dict[str, float]:
        """Return recall, low, high and precision of the chosen method at the nearest k."""
        own = self.curves[self.curves.method == self.spec.method]
        nearest = own.iloc[(own.k - k).abs().argmin()]
        return {name: float(nearest[name]) for name in ("k", "recall", "low", "high", "precision")}

    def sentence(self, k: float = 0.05) -> str:
        """Say in one sentence how good the expansion is at a share `k` of the users."""
        there = self.at(k)
        return (
            f"At {100 * there['k']:g} % of users this finds {100 * there['recall']:.0f} % of held-out "
            f"seeds ({100 * there['low']:.0f}–{100 * there['high']:.0f}), "
            f"{there['recall'] / there['k']:.1f} times random."
        )

    def winner(self) -> tuple[str, dict[str, float]] | None:
        """Return the baseline that found more than the chosen method, if one did, and by how much.

        The numbers are recall, averaged over the headline ks: the baseline's less the chosen
        one's, with a 95 % interval over the held-out seeds.
        """
        ahead = {
            name: facts["versus"]
            for name, facts in self.run.metrics["methods"].items()
            if name != self.spec.method and facts["versus"]["difference"] > 0
        }
        if not ahead:
            return None
        name = max(ahead, key=lambda method: ahead[method]["difference"])
        return name, ahead[name]

    def winner_sentence(self, ahead: tuple[str, dict[str, float]]) -> str:
        """Say which baseline did better on this list, and whether by more than chance."""
        name, gap = ahead
        found, own = (
            100 * self.run.metrics["methods"][method]["headline"] for method in (name, self.spec.method)
        )
        sure = "" if gap["low"] > 0 else " The difference is within chance."
        return (
            f"{METHODS[name].label} finds more on this list: {found:.1f} % of held-out seeds against "
            f"{own:.1f} %, averaged over 1, 2, 5 and 10 % of users.{sure}"
        )

    def audience(self, size: float) -> Audience:
        """Cut the audience at a share of the eligible users (up to 1) or at a number of users.

        Raises:
            BadInput: More users than there are.
        """
        return Audience(self, self.ranking.count(size))

    def to_frame(self) -> pd.DataFrame:
        """Return the evidence of all methods as a table."""
        return self.curves.copy()

    def figure(self) -> go.Figure:
        """Draw recall against audience size, the baselines beside."""
        labels = {name: METHODS[name].label for name in self.curves.method.unique()}
        return charts.recall_curves(self.curves, self.spec.method, labels)


@dataclass(frozen=True, eq=False, slots=True)
class Audience:
    """The first `rows` users of an expansion."""

    expansion: Expansion
    rows: int

    def __repr__(self) -> str:
        return f"Audience({self.rows:,} users of {self.expansion.spec.seed_list!r})"

    @property
    def threshold(self) -> float:
        """The lowest score in the audience."""
        return float(self.expansion.ranking.candidates["score"][self.rows - 1])

    def to_csv(self, path: str | Path) -> str:
        """Write `user_id, score, rank, percentile`, whole or not at all; return the SHA-256."""
        run, ranking = self.expansion.run, self.expansion.ranking
        workspace, name = self.expansion.workspace, self.expansion.spec.seed_list
        digest = audience.write_csv(workspace, ranking, self.rows, Path(path))
        audience.record(workspace, run.id, name, ranking, self.rows, digest)
        return digest


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec, checked as far as can be done at once, and return its id.

    Raises:
        NotFound: No such list, method or snapshot.
        BadInput: Too few seeds, or an unknown weighting metric.
    """
    chosen([spec.method])
    seed_list = seeds.load(workspace, spec.seed_list)
    weighting.weights_for(workspace, seed_list, spec.weight)
    snapshot = snapshots.get(workspace, spec.snapshot)
    check_size(len(seed_list.rows), seed_list.report.rows)
    return runs.create(workspace, "expand", spec.seed_list, asdict(replace(spec, snapshot=snapshot.id)))


def check_size(matched: int, rows: int) -> None:
    """Refuse a list under three matched seeds.

    Raises:
        BadInput: With what was found.
    """
    if matched < LEAST:
        raise BadInput(
            f"Only {matched} of {rows:,} ids are users of this workspace; at least {LEAST} are needed.",
            "Check that the ids are written as in the workspace.",
        )


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> Expansion:
    """Do what a run asks: train on all seeds, score everybody, back-test, store.

    Raises:
        LookalikeError: It cannot be done; the run is marked as failed.
        Cancelled: The watcher asked to stop; the run is marked as cancelled.
    """
    spec = Spec.from_json(runs.get(workspace, run).spec)
    seconds: dict[str, float] = {}
    losses: list[float] = []
    with runs.under_way(workspace, run):
        began = time.perf_counter()
        progress.at(0.0, "Reading the list and the embeddings")
        pool = _pool(workspace, spec, progress.span(0.0, 0.2))
        seed_list = seeds.load(workspace, spec.seed_list)
        positives, weights, weighed = _positives(workspace, pool, seed_list, spec)
        seconds["prepare"] = time.perf_counter() - began

        began = time.perf_counter()
        method = METHODS[spec.method]
        rng = np.random.default_rng([spec.random_state, *spec.method.encode()])
        watched = _with_losses(progress.span(0.2, 0.4), losses)
        scorer = method.fit(pool, positives, weights, rng, watched)
        seconds["train"] = time.perf_counter() - began

        began = time.perf_counter()
        scores = score_all(pool, [scorer], progress.span(0.4, 0.42))[:, 0]
        ranking = audience.rank(pool, scores, positives)
        if not len(ranking):
            raise BadInput("Every eligible user is on the seed list.", "Upload a smaller list.")
        seconds["score"] = time.perf_counter() - began

        began = time.perf_counter()
        beside = [name for name in BESIDE if name != spec.method and _can_run(name, pool)]
        found = backtest(
            pool,
            positives,
            weights,
            chosen([spec.method, *beside]),
            splits=spec.splits,
            random_state=spec.random_state,
            progress=progress.span(0.42, 0.98),
        )
        seconds["evidence"] = time.perf_counter() - began
        progress.at(0.98, "Storing the results")
        audience.save_ranking(workspace, run, ranking)
        runs.keep_epochs(workspace, run, losses)
        curves = pd.concat([_curve(spec.seed_list, name, ranks) for name, ranks in found.items()])
        runs.keep_curves(workspace, run, curves)
        metrics = {
            "eligible": len(pool.eligible),
            "candidates": len(ranking),
            "seeds": {
                **seed_list.report.counts(),
                "used": len(positives),
                "outside_pool": int(len(positives) - np.isin(positives, pool.eligible).sum()),
            },
            "weight": weighed,
            "snapshot": pool.vectors.snapshot.id,
            "held_out": len(found[spec.method].rank),
            "folds": len(found[spec.method].candidates),
            "methods": {
                name: _scalars(ranks, found[spec.method], spec.random_state)
                for name, ranks in found.items()
            },
            "seconds": seconds,
        }
        runs.finish(workspace, run, metrics)
    return load(workspace, run)


def load(workspace: Workspace, run: str) -> Expansion:
    """Return a finished expansion.

    Raises:
        NotFound: There is no such run.
        BadInput: It is not a finished expansion, or its scores are gone.
    """
    entry = runs.get(workspace, run)
    if entry.kind != "expand" or entry.status != "done":
        raise BadInput(f"The run {run!r} is not a finished expansion: {entry.kind}, {entry.status}.")
    ranking = audience.load_ranking(workspace, run, entry.metrics["eligible"])
    curves = runs.curves(workspace, run).drop(columns="seed_list")
    return Expansion(workspace, entry, Spec.from_json(entry.spec), ranking, curves)


def _pool(workspace: Workspace, spec: Spec, progress: Progress) -> Pool:
    """Open the pool; items to leave out need embeddings that were learned without them."""
    snapshot = snapshots.get(workspace, spec.snapshot)
    items = [name.removeprefix("item:") for name in spec.leave_out if name.startswith("item:")]
    if items and snapshot.kind == "learned" and not set(items) <= set(snapshot.how["leave_out"]):
        without = embeddings.learned_without(workspace, items)
        number = (
            without.id if without else embeddings.learn(workspace, leave_out=items, progress=progress)
        )
        return open_pool(workspace, number, spec.leave_out)
    return open_pool(workspace, snapshot.id, spec.leave_out)


def _positives(
    workspace: Workspace, pool: Pool, seed_list: SeedList, spec: Spec
) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[str, Any]]:
    """Return the seeds' positions and weights, and what to tell of the weighting."""
    weighed = weighting.weights_for(workspace, seed_list, spec.weight)
    has_vector = np.isin(seed_list.rows, pool.vectors.rows)
    positives = pool.vectors.positions(seed_list.rows)
    weights = weighed.weights[has_vector]
    if len(positives) > MOST_POSITIVES:
        rng = np.random.default_rng(spec.random_state)
        kept = np.sort(rng.choice(len(positives), MOST_POSITIVES, replace=False))
        positives, weights = positives[kept], weights[kept]
    if len(positives) < LEAST:
        raise BadInput(
            f"Only {len(positives)} of the {len(seed_list.rows):,} matched seeds have an embedding; "
            f"at least {LEAST} are needed.",
            "Import interactions of these users and learn the embeddings again.",
        )
    weights = weights / weights.mean()
    told = {
        "label": weighed.label,
        "missing": weighed.missing,
        "negative": weighed.negative,
        "effective_size": float(weights.sum() ** 2 / (weights**2).sum()),
    }
    return positives, weights, told


def _can_run(method: str, pool: Pool) -> bool:
    """Say whether what a baseline looks at exists in this workspace."""
    if method == "logistic":
        return pool.sparse.shape[1] > 0
    return method != "activity" or bool(pool.activity.any())


def _curve(seed_list: str, method: str, ranks: Ranks) -> pd.DataFrame:
    low, high = ranks.interval(GRID)
    return pd.DataFrame(
        {
            "seed_list": seed_list,
            "method": method,
            "k": GRID,
            "recall": [ranks.recall(k) for k in GRID],
            "low": low,
            "high": high,
            "precision": [ranks.precision(k) for k in GRID],
        }
    )


def _scalars(ranks: Ranks, own: Ranks, random_state: int) -> dict[str, Any]:
    return {
        "headline": ranks.headline(),
        "auc": ranks.auc(),
        "p_at_5": ranks.precision_in_top(0.05),
        "r_at_5": ranks.recall(0.05),
        "seconds": ranks.seconds,
        "versus": ranks.difference(own, random_state=random_state),
    }


def _with_losses(progress: Progress, losses: list[float]) -> Progress:
    def told(update: Any) -> None:
        if "loss" in update.facts:
            losses.append(update.facts["loss"])
        progress.at(update.fraction, update.message, **update.facts)

    return Progress(told)
