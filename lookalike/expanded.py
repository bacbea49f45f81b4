"""What an expansion is: its evidence, and its audience at any size."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lookalike import audience, runs, seeds, weighting
from lookalike.charts.recall import recall_curves
from lookalike.charts.share import share_curve
from lookalike.chosen import Audience
from lookalike.cutting import Cut, select
from lookalike.errors import BadInput, NotFound
from lookalike.expansion_spec import Spec
from lookalike.expected_share import LEVEL, BackTest, in_words, interpolated, too_many, with_shares
from lookalike.methods import METHODS
from lookalike.methods.words import begun_sentence, carried_sentence
from lookalike.ranking import Ranking, load_ranking
from lookalike.seeds import SeedList
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace

SHARES = {
    "Expected look-alikes, %": "share",
    "At least, %": "share_low",
    "At most, %": "share_high",
}


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
        assumed: How many look-alikes there are among the other eligible users; None for as many
            as the list has seeds. See `assuming`.
    """

    workspace: Workspace
    run: runs.Run
    spec: Spec
    ranking: Ranking
    curves: pd.DataFrame
    assumed: int | None = None

    def __repr__(self) -> str:
        return f"Expansion({self.run.id!r}, {self.spec.seed_list!r}): {self.sentence()}"

    @property
    def look_alikes(self) -> int:
        """How many look-alikes are assumed to be among the users that an audience can hold."""
        return self.assumed or min(int(self.run.metrics["seeds"]["matched"]), len(self.ranking))

    def assuming(self, look_alikes: int) -> Expansion:
        """Return the same run with its expected shares under another number of look-alikes.

        Raises:
            BadInput: None, or more than there are users besides the seeds.
        """
        if not 1 <= look_alikes <= len(self.ranking):
            raise BadInput(
                f"{look_alikes:,} look-alikes cannot be assumed: there are {len(self.ranking):,} "
                "eligible users besides the seeds.",
                f"Give a number from 1 to {len(self.ranking):,}.",
            )
        return replace(self, assumed=look_alikes)

    def assumption(self) -> str:
        """Say in words what the expected shares rest on."""
        if self.assumed is None:
            return f"if there are as many look-alikes as seeds: {self.look_alikes:,}"
        return f"if there are {self.look_alikes:,} look-alikes among the other users"

    @property
    def evidence(self) -> dict[str, Any]:
        """The chosen method's numbers, as the report has them."""
        own = self._with_shares(self.curves[self.curves.method == self.spec.method])
        scalars = self.run.metrics["methods"][self.spec.method]
        columns = ["k", "recall", "low", "high", "precision", "people", *SHARES.values()]
        return {
            **{name: own[name].tolist() for name in columns},
            "share_level": LEVEL,
            "look_alikes": self.look_alikes,
            "auc": scalars["auc"],
            "p_at_5": scalars["p_at_5"],
            "r_at_5": scalars["r_at_5"],
        }

    def at(self, size: float) -> dict[str, float]:
        """Return the chosen method's numbers at a share of the eligible users or number of users.

        They are k (the size as a share), recall, low, high, precision, people, share, share_low,
        share_high and chance: what a random ranking finds there, a little more than k, since the
        seeds that were trained on are not ranked. Between the sizes that were tested, they are
        interpolated.

        Raises:
            BadInput: More users than there are.
        """
        people = self.ranking.count(size)
        k = size if isinstance(size, float) and size <= 1 else people / self.ranking.eligible
        own = self.curves[self.curves.method == self.spec.method]
        there = self._with_shares(interpolated(own, k))
        numbers = {str(name): float(there[name].iloc[0]) for name in there if name != "method"}
        return numbers | {"chance": min(1.0, k * self.chance)}

    def _with_shares(self, points: pd.DataFrame) -> pd.DataFrame:
        metrics = self.run.metrics
        tested = BackTest(*(metrics[name] for name in ("eligible", "ranked", "held_out", "folds")))
        people = np.array([self.ranking.count(float(k)) for k in points.k], np.float64)
        return with_shares(points, people, self.curves, tested, self.look_alikes)

    @property
    def chance(self) -> float:
        """Eligible users for each one that was ranked in the back-test, at least 1."""
        return float(self.run.metrics["eligible"] / self.run.metrics["ranked"])

    def sentence(self, size: float = 0.05) -> str:
        """Say in one sentence how good the expansion is at a size, as `at` takes it."""
        there = self.at(size)
        return (
            f"At {100 * there['k']:.3g} % of users this finds {100 * there['recall']:.0f} % of held-out "
            f"seeds ({100 * there['low']:.0f}–{100 * there['high']:.0f}), "
            f"{there['recall'] / there['chance']:.1f} times random."
        )

    def share_sentence(self, size: float = 0.05) -> str:
        """Say how many of an audience are expected to be look-alikes, and under what assumption."""
        there = self.at(size)
        own = self.curves[(self.curves.method == self.spec.method) & (self.curves.low > 0)]
        limits = [self.ranking.count(k) / low for k, low in zip(own.k, own.low, strict=True)]
        return f"{in_words(there)}, {self.assumption()}.{too_many(self.look_alikes, limits)}"

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

    def audience(self, size: float | Cut, **parts: Any) -> Audience:
        """Cut the audience: a share of the eligible users (up to 1), a number of users, or a `Cut`.

        Args:
            size: How large, or the whole cut.
            parts: Further fields of `Cut`, such as `holdout=0.1` or `exclude=("customers",)`.

        Raises:
            BadInput: More users than there are.
            NotFound: A list or an audience to exclude does not exist.
        """
        cut = replace(size, **parts) if isinstance(size, Cut) else Cut(size=size, **parts)
        if cut.holdout and not cut.salt:
            cut = replace(cut, salt=self.run.id)
        excluded = [seeds.load(self.workspace, name).rows for name in cut.exclude]
        excluded.append(audience.rows_of(self.workspace, cut.exclude_audiences))
        chosen = select(self.ranking, cut, np.concatenate(excluded))
        return Audience(self.workspace, self.run, self.spec, cut, chosen)

    def report(self, chosen: Audience, digest: str) -> dict[str, Any]:
        """Return what other programs rely on: the run, its evidence and an audience of it."""
        metrics = self.run.metrics
        return {
            "run_id": self.run.id,
            "method": self.spec.method,
            "weight": metrics["weight"],
            "seeds": metrics["seeds"],
            "evidence": self.evidence,
            "leaking": metrics["leaking"],
            "pool": [asdict(step) for step in chosen.waterfall()],
            "audience": {
                "rows": chosen.rows,
                "threshold": chosen.threshold,
                "excluded": metrics["seeds"]["used"] + chosen.selection.excluded,
                "holdout": chosen.held_out,
                "tiers": [{"share": share, "rows": end} for share, end in chosen.selection.ends],
                "sha256": digest,
            },
            "seconds": metrics["seconds"],
        }

    def seed_list(self) -> SeedList | None:
        """Return the list that was expanded; None where it is no longer saved, or was replaced."""
        try:
            found = seeds.load(self.workspace, self.spec.seed_list)
        except NotFound:
            return None
        known = self.run.metrics["seeds"].get("sha256")
        return found if known in (None, fingerprint(self.workspace, found)) else None

    def to_frame(self) -> pd.DataFrame:
        """Return the evidence of all methods as a table, with people and expected shares."""
        return self._with_shares(self.curves)

    def table(self) -> pd.DataFrame:
        """Return recall by size and method and the expected shares, in percent, for people."""
        own, labels = self.spec.method, {name: METHODS[name].label for name in self.methods()}
        wide = self.curves.pivot_table(index="k", columns="method", values="recall", sort=False)
        frame = pd.DataFrame({"Size, % of users": 100 * wide.index})
        for name in self.methods():
            frame[f"{labels[name]}, %"] = (100 * wide[name].to_numpy()).round(1)
        limits = self._with_shares(self.curves[self.curves.method == own])
        frame.insert(2, "Low, %", (100 * limits.low.to_numpy()).round(1))
        frame.insert(3, "High, %", (100 * limits.high.to_numpy()).round(1))
        frame["People"] = limits.people.to_numpy()
        for label, name in SHARES.items():
            frame[label] = (100 * limits[name].to_numpy()).round(2)
        return frame

    def carried(self) -> str | None:
        """Say which views or past lists carried the list; None for methods without any."""
        blend = self.run.metrics.get("blend")
        if blend is None:
            return None
        if "attentive" in blend:
            groups = blend.get("groups", 0)
            return begun_sentence(blend["past_lists"], attentive=blend["attentive"], groups=groups)
        said = carried_sentence(blend["shares"], blend["tilt"])
        if blend["past_lists"]:
            return f"{said} Learned from {blend['past_lists']:,} past lists and the seeds themselves."
        return f"{said} The views were not tried on past lists yet: the seeds alone set the shares."

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

    def share_figure(self, mark: float | None = None) -> go.Figure:
        """Draw the expected share of look-alikes against audience size, and mark a size (a share)."""
        own = self._with_shares(self.curves[self.curves.method == self.spec.method])
        return share_curve(own, self.look_alikes / len(self.ranking), mark)


def load(workspace: Workspace, run: str) -> Expansion:
    """Return a finished expansion.

    Raises:
        NotFound: There is no such run.
        BadInput: It is not a finished expansion, or its scores are gone.
    """
    entry = runs.get(workspace, run)
    if entry.kind != "expand" or entry.status != "done":
        raise BadInput(f"The run {run!r} is not a finished expansion: {entry.kind}, {entry.status}.")
    ranking = load_ranking(workspace, run, entry.metrics["eligible"])
    curves = runs.curves(workspace, run).drop(columns="seed_list")
    return Expansion(workspace, entry, Spec.from_json(entry.spec), ranking, curves)
