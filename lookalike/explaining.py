"""Methods, explained: their words, and what a workspace knows of them by its own runs.

The evidence is that of comparisons, and of the past lists by which the default method weighs its
views; the cost is the seconds of the workspace's own trainings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from lookalike import general, past, runs, tested
from lookalike.buckets import bucket_edges
from lookalike.errors import NotFound, did_you_mean
from lookalike.importing import snapshots
from lookalike.methods import METHODS
from lookalike.methods.blending import TILTS
from lookalike.methods.explained import EXPLAINED, Explained
from lookalike.methods.words import view_label
from lookalike.past import PastLists
from lookalike.track_record import Record, Tried, record
from lookalike.training_cost import MOST_RUNS, Cost, measured
from lookalike.workspace import Workspace

KINDS = ("compare", "expand", "prepare", "pretrain")  # runs that say something of methods
BLENDS = ("auto", "auto_quick")
# methods that are a view of the default one, which past lists have tried
VIEW_OF = {
    "auto_quick": "blend", "prototype": "prototype", "ridge_prior": "prior", "ridge_raw": "even",
    "mlp": "network",
}  # fmt: skip
USUAL = 0.1, 0.0  # temperature and tilt of a blend that nothing was chosen for


@dataclass(frozen=True, slots=True)
class Explanation:
    """A method in words and by its deeds.

    Attributes:
        method: Its name.
        label: What pages call it.
        words: Three sentences and a source.
        record: On lists of comparisons.
        past: As a view of the default method, on past lists; None for other methods.
        views: For the default method: its views by label, on past lists, the best first.
        cost: None where nothing was measured.
        ready: Whether it has what it begins with; False for one that begins with past campaigns and
            was not learned from them for the newest embeddings.
    """

    method: str
    label: str
    words: Explained
    record: Record
    past: Record | None
    views: tuple[tuple[str, Record], ...]
    cost: Cost | None
    ready: bool = True

    @property
    def about(self) -> str:
        """The method in one sentence, as where it is chosen."""
        return METHODS[self.method].about

    def report(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "name": self.method,
            "label": self.label,
            "sentences": list(self.words.sentences),
            "source": self.words.source,
            "compared": _reported(self.record),
            "past_lists": self.past and _reported(self.past),
            "views": {label: _reported(found) for label, found in self.views},
            "seconds": self.cost and asdict(self.cost),
            "ready": self.ready,
        }


@dataclass(frozen=True, slots=True)
class Guide:
    """All methods, explained by what one workspace knows.

    Attributes:
        methods: Those with words, in the order of the table of methods.
        lists: How many lists comparisons have tried methods on.
        leaking: How many more were passed over: they nearly are an item or a feature that stayed in.
        past_lists: How many past lists have tried the views of the default method.
    """

    methods: tuple[Explanation, ...]
    lists: int = 0
    leaking: int = 0
    past_lists: int = 0

    def __repr__(self) -> str:
        return f"Guide({len(self.methods)} methods; lists compared on: {self.lists})"

    def to_frame(self) -> pd.DataFrame:
        """Return a line a method: name, label, best, lists, mostly, seconds, source."""
        return pd.DataFrame(
            {
                "method": one.method,
                "label": one.label,
                "best": one.record.best,
                "lists": one.record.lists,
                "mostly": one.record.mostly,
                "seconds": one.cost.median if one.cost else None,
                "source": one.words.source,
            }
            for one in self.methods
        )

    def of(self, name: str) -> Explanation:
        """Return one method.

        Raises:
            NotFound: There is none of that name.
        """
        for one in self.methods:
            if one.method == name:
                return one
        known = [one.method for one in self.methods]
        raise NotFound(f"There is no method {name!r}.", did_you_mean(name, known))

    def report(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        counts = {"lists": self.lists, "leaking": self.leaking, "past_lists": self.past_lists}
        return {**counts, "methods": [one.report() for one in self.methods]}


def guide(workspace: Workspace | None = None) -> Guide:
    """Explain every method by what a workspace knows of it; without one, in words alone."""
    if workspace is None:
        return _guide([], None, {}, 0, frozenset())
    tried, leaking, seconds = _compared(workspace)
    costs = measured(workspace, seconds)
    return _guide(tried, _past(workspace), costs, leaking, _learned(workspace))


def _guide(
    tried: Sequence[Tried],
    known: PastLists | None,
    costs: Mapping[str, Cost],
    leaking: int,
    learned: Collection[str],
) -> Guide:
    serious = [name for name, method in METHODS.items() if not method.reference]
    edges = bucket_edges([one.seeds for one in tried]) if tried else []
    by_view = {} if known is None else _views(known)
    best_first = sorted(by_view.items(), key=lambda pair: -pair[1].best)
    views = tuple((view_label(name), found) for name, found in best_first if name != "blend")
    found = tuple(
        Explanation(
            name,
            method.label,
            EXPLAINED[name],
            record(name, tried, serious, edges) if tried else Record(()),
            by_view.get(VIEW_OF.get(name, "")),
            views if name in BLENDS else (),
            costs.get(name),
            not method.general or name in learned,
        )
        for name, method in METHODS.items()
        if name in EXPLAINED
    )
    lists = len({one.name for one in tried})
    return Guide(found, lists, leaking, 0 if known is None else known.lists)


def _compared(workspace: Workspace) -> tuple[list[Tried], int, dict[str, list[float]]]:
    """Return what comparisons have tried, the newest first, and the seconds of each training."""
    tried, leaking = [], set()
    seconds: dict[str, list[float]] = {}
    for run in runs.recent(workspace, ["compare"], MOST_RUNS):
        for name, one in tested.kept(workspace, run.id).items() if run.ended else ():
            for method, ranks in one.ranks.items():
                folds = len(ranks.candidates)
                seconds.setdefault(method, []).extend([(ranks.seconds - ranks.scoring) / folds] * folds)
            if one.leaking:
                leaking.add(name)
            elif one.ranks:
                heads = {method: ranks.headline() for method, ranks in one.ranks.items()}
                tried.append(Tried(name, one.seeds, heads))
    return tried, len(leaking), seconds


def _learned(workspace: Workspace) -> set[str]:
    """Return the networks that were learned from past campaigns for the newest embeddings."""
    if not snapshots.snapshots(workspace):
        return set()
    newest = snapshots.get(workspace).id
    versions = [one for one in general.versions(workspace) if one.snapshot == newest]
    return {network for one in versions[:1] for network in one.networks}


def _past(workspace: Workspace) -> PastLists | None:
    if not snapshots.snapshots(workspace):
        return None
    available = past.available(workspace, snapshots.get(workspace))
    return None if available is None else past.load(workspace, available)


def _views(known: PastLists) -> dict[str, Record]:
    """Judge the views, each at the penalty that the seeds favour, and the blend of them."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(known.views):
        group = name if name.startswith("ridge ") else name.partition(" ")[0]
        places.setdefault(group, []).append(place)
    usual = known.temperatures.index(USUAL[0]), TILTS.index(USUAL[1])
    tried = []
    for number, seeds in enumerate(known.sizes):
        own, recall = known.own[number], known.recall[number]
        recalls = {name: recall[some[int(np.argmax(own[some]))]] for name, some in places.items()}
        if not np.isnan(known.network[number]):
            recalls["network"] = known.network[number]
        recalls["blend"] = known.blended[number][usual]
        tried.append(Tried(str(number), int(seeds), {name: float(one) for name, one in recalls.items()}))
    edges = bucket_edges([one.seeds for one in tried])
    single = [*places, "network"]
    found = {name: record(name, tried, single, edges) for name in [*single, "blend"]}
    return {name: one for name, one in found.items() if one.lists}


def _reported(found: Record) -> dict[str, Any]:
    return {
        "lists": found.lists,
        "best": found.best,
        "mostly": found.mostly,
        "by_size": [asdict(row) for row in found.rows],
    }
