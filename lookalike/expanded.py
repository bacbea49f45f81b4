"""What an expansion is: its spec, its evidence, and its audience at any size."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lookalike import audience, runs, weighting
from lookalike.audience import Ranking
from lookalike.errors import BadInput
from lookalike.methods import DEFAULT, METHODS
from lookalike.recall_charts import recall_curves
from lookalike.workspace import PARTIAL, Workspace


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
        """Return recall, low, high and precision of the chosen method at the nearest k, and chance.

        Chance is what a random ranking finds there: a little more than k, since the seeds that
        were trained on are not ranked.
        """
        own = self.curves[self.curves.method == self.spec.method]
        nearest = own.iloc[(own.k - k).abs().argmin()]
        found = {name: float(nearest[name]) for name in ("k", "recall", "low", "high", "precision")}
        return found | {"chance": min(1.0, found["k"] * self.chance)}

    @property
    def chance(self) -> float:
        """Eligible users for each one that was ranked in the back-test, at least 1."""
        return float(self.run.metrics["eligible"] / self.run.metrics["ranked"])

    def sentence(self, k: float = 0.05) -> str:
        """Say in one sentence how good the expansion is at a share `k` of the users."""
        there = self.at(k)
        return (
            f"At {100 * there['k']:g} % of users this finds {100 * there['recall']:.0f} % of held-out "
            f"seeds ({100 * there['low']:.0f}–{100 * there['high']:.0f}), "
            f"{there['recall'] / there['chance']:.1f} times random."
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

    def table(self) -> pd.DataFrame:
        """Return recall by size and method, in percent, with labels, for people."""
        own, labels = self.spec.method, {name: METHODS[name].label for name in self.methods()}
        wide = self.curves.pivot_table(index="k", columns="method", values="recall", sort=False)
        frame = pd.DataFrame({"Size, % of users": 100 * wide.index})
        for name in self.methods():
            frame[f"{labels[name]}, %"] = (100 * wide[name].to_numpy()).round(1)
        limits = self.curves[self.curves.method == own]
        frame.insert(2, "Low, %", (100 * limits.low.to_numpy()).round(1))
        frame.insert(3, "High, %", (100 * limits.high.to_numpy()).round(1))
        return frame

    @property
    def weighted(self) -> bool:
        """Whether the seeds count differently."""
        return bool(set(self.spec.weight) - {weighting.EQUAL})

    def losses(self) -> list[float]:
        """Return the training loss by epoch; empty for methods without one."""
        return runs.losses(self.workspace, self.run.id)

    def methods(self) -> list[str]:
        """Return the methods that were tested, the chosen one first."""
        return list(self.run.metrics["methods"])

    def figure(self, mark: float | None = None) -> go.Figure:
        """Draw recall against audience size, the baselines beside, and mark a size (a share)."""
        labels = {name: METHODS[name].label for name in self.methods()}
        return recall_curves(self.curves, self.spec.method, labels, self.chance, mark)


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

    def csv_bytes(self) -> bytes:
        """Return what `to_csv` writes, for a browser; it is recorded in the same way."""
        workspace = self.expansion.workspace
        # a name that the next start sweeps, should the process be killed meanwhile
        path = workspace.file_in("tmp", f"{secrets.token_hex(8)}.csv{PARTIAL}")
        try:
            self.to_csv(path)
            return path.read_bytes()
        finally:
            path.unlink(missing_ok=True)


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
