"""What to expand in one run of many lists, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lookalike.cutting import Cut
from lookalike.data_print import DataPrint
from lookalike.errors import BadInput
from lookalike.expansion_spec import Spec as Single
from lookalike.methods import DEFAULT

# what a run that goes on keeps as it was: past lists may have been learned from meanwhile
APART = ("refused", "past", "general")


@dataclass(frozen=True, slots=True)
class Spec:
    """Many saved lists and how to expand them; with the workspace's data it fixes every audience.

    Attributes:
        lists: Names of saved lists, each once.
        called: What each one's file is to be called, without its suffix; empty for the lists' names.
        weight: Keys of weighting metrics, averaged; empty for equal weights.
        method: A name from the table of methods.
        leave_out: Items and features that no method may see, "item:<item_id>" or a feature's name.
        only: Segments that the audiences come from, "attribute=value"; empty for everybody.
        active_days: Users not seen for longer cannot be in them; None for the workspace's setting.
        splits: At most so many folds of a back-test for each list; 0 tests nothing.
        random_state: Fixes everything that is left to chance.
        together: Whether networks of lists of similar size are trained side by side, which is
            quicker; else each is the one that an expansion of its list alone trains.
        cut: What part of each ranking is wanted.
        least_scores: For each list, the score to take everybody from, in place of the cut's size;
            empty for the cut's own.
        salts: For each list, what decides who is held out; empty: a fingerprint of the list.
        template: The form of the files.
        fields: Which attribute holds which contact field; None for those whose names tell.
        refused: Files that were given and are no lists: their names, and what is wrong with them.
        snapshot: Embeddings to use; None for the newest.
        past: The snapshot whose past lists the default method learns from; None for none.
        general: The general model that some methods begin with; None for none.
        sha256: Fingerprints of the lists, when this was asked.
        data: A print of the data, when this was asked.
        program: The versions that it was asked with.
    """

    lists: tuple[str, ...]
    called: tuple[str, ...] = ()
    weight: tuple[str, ...] = ()
    method: str = DEFAULT
    leave_out: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    active_days: int | None = None
    splits: int = 0
    random_state: int = 0
    together: bool = True
    cut: Cut = field(default_factory=Cut)
    least_scores: tuple[float, ...] = ()
    salts: tuple[str, ...] = ()
    template: str = "csv"
    fields: Mapping[str, str] | None = None
    refused: tuple[tuple[str, str], ...] = ()
    snapshot: int | None = None
    past: int | None = None
    general: int | None = None
    sha256: tuple[str, ...] = ()
    data: DataPrint = field(default_factory=dict)
    program: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.lists)) < len(self.lists):
            twice = next(name for name in self.lists if self.lists.count(name) > 1)
            raise BadInput(f"The list {twice!r} is given twice.", "Give each list once.")
        if self.splits < 0:
            raise BadInput(f"{self.splits} folds cannot be tested.", "Give 0 for none, or more.")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Spec:
        """Read what `to_json` wrote."""
        many = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        refused = tuple((name, why) for name, why in given["refused"])
        return cls(**{**given, **many, "cut": Cut.from_json(given["cut"]), "refused": refused})

    def to_json(self) -> dict[str, Any]:
        """Return it as `runs` keeps it."""
        return asdict(self)

    def of(self, place: int) -> Single:
        """Return what an expansion of one of the lists alone would be asked."""
        return Single(
            seed_list=self.lists[place],
            weight=self.weight,
            method=self.method,
            leave_out=self.leave_out,
            snapshot=self.snapshot,
            past=self.past,
            general=self.general,
            splits=self.splits or None,
            random_state=self.random_state,
            only=self.only,
            active_days=self.active_days,
        )

    def cut_of(self, place: int) -> Cut:
        """Return what part of one list's ranking is wanted."""
        cut = self.cut
        if self.least_scores:
            cut = replace(cut, least_score=self.least_scores[place])
        salt = self.salts[place] if self.salts else cut.salt or self.sha256[place]
        return replace(cut, salt=salt if cut.holdout else "")

    def settings(self) -> dict[str, Any]:
        """Return how the lists are expanded, for a report."""
        kept = (
            *("method", "weight", "leave_out", "only", "active_days", "splits", "random_state"),
            *("together", "cut", "template", "fields", "snapshot", "past", "general"),
        )
        return {name: held for name, held in self.to_json().items() if name in kept}

    def differences(self, other: Spec) -> list[str]:
        """Return the names of the settings in which another run would come out otherwise."""
        own, others = self.to_json(), other.to_json()
        return [name for name in own if name not in APART and own[name] != others[name]]
