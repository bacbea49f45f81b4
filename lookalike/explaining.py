"""Methods, explained: their words, and what a workspace knows of them by its own runs.

The evidence is that of comparisons, and of the past lists by which the default method weighs its
views; the cost is the seconds of the workspace's own trainings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lookalike import past, runs, tested
from lookalike.buckets import bucket_edges
from lookalike.errors import NotFound, did_you_mean
from lookalike.importing import snapshots
from lookalike.methods import METHODS
from lookalike.methods.blending import TEMPERATURES, TILTS
from lookalike.methods.explained import EXPLAINED, Explained
from lookalike.methods.words import view_label
from lookalike.past import PastLists
from lookalike.track_record import Record, Tried, record
from lookalike.workspace import Workspace

MOST_RUNS = 30  # of a kind, the newest: what was measured long ago says little of today
KINDS = ("compare", "expand", "prepare", "pretrain")  # runs that say something of methods
BLENDS = ("auto", "auto_quick")
# methods that are a view of the default one, which past lists have tried
VIEW_OF = {"auto_quick": "blend", "ridge_prior": "prior", "ridge_raw": "even", "mlp": "network"}
BY_PAST = (*BLENDS, "ridge_prior", "prototype")  # what `prepare` gives them serves every list
USUAL = TEMPERATURES.index(0.1), TILTS.index(0.0)  # of a blend that nothing was chosen for


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of trainings on a list, and of what is done once for all lists.

    Attributes:
        trainings: How many there were.
        median: Of one.
        low: Of the quickest.
        high: Of the slowest.
        once: Of the last learning from past lists or campaigns; None where there was none, or the
            method needs none.
    """

    trainings: int
    median: float
    low: float
    high: float
    once: float | None = None

    @property
    def usual(self) -> str:
        """What a training takes, in words."""
        return took(self.median)

    def sentence(self) -> str:
        """Say what a training takes, and what comes before the first."""
        trainings = f"{self.trainings:,} training{'s' if self.trainings != 1 else ''} here"
        spread = f"{took(self.low)} to {took(self.high)}, " if self.low != self.high else ""
        once = f" Once for all lists: {took(self.once)}." if self.once is not None else ""
        return f"{self.usual} to train on a list ({spread}{trainings}).{once}"


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
    """

    method: str
    label: str
    words: Explained
    record: Record
    past: Record | None
    views: tuple[tuple[str, Record], ...]
    cost: Cost | None

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
        return _guide([], None, {}, 0)
    tried, leaking, seconds = _compared(workspace)
    for run in runs.recent(workspace, ["expand"], MOST_RUNS):
        if run.status == "done" and "train" in run.metrics.get("seconds", {}):
            seconds.setdefault(run.spec["method"], []).append(run.metrics["seconds"]["train"])
    costs = {name: _cost(values, _once(workspace, name)) for name, values in seconds.items()}
    return _guide(tried, _past(workspace), costs, leaking)


def took(seconds: float) -> str:
    """Write seconds as a person would."""
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def _guide(
    tried: Sequence[Tried], known: PastLists | None, costs: Mapping[str, Cost], leaking: int
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
        )
        for name, method in METHODS.items()
        if name in EXPLAINED
    )
    lists = len({one.name for one in tried})
    return Guide(found, lists, leaking, 0 if known is None else len(known))


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


def _cost(values: Sequence[float], once: float | None) -> Cost:
    return Cost(len(values), float(np.median(values)), min(values), max(values), once)


def _once(workspace: Workspace, name: str) -> float | None:
    """Return the seconds of the last learning that serves all lists of a method."""
    general = METHODS[name].general if name in METHODS else False
    kind = "pretrain" if general else "prepare" if name in BY_PAST else None
    for run in runs.recent(workspace, [kind], MOST_RUNS) if kind else ():
        # of a run that went on after a stop, only the last stretch is known
        known = run.status == "done" and not run.metrics.get("resumed")
        whole = run.metrics.get("seconds") if known else None
        if whole and (not general or name in run.spec["networks"]):
            return float(whole)
    return None


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
    tried = []
    for number, seeds in enumerate(known.sizes):
        own, recall = known.own[number], known.recall[number]
        recalls = {name: recall[some[int(np.argmax(own[some]))]] for name, some in places.items()}
        if not np.isnan(known.network[number]):
            recalls["network"] = known.network[number]
        recalls["blend"] = known.blended[number][USUAL]
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
