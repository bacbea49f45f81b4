"""What advice on a list is: what was asked, what was found, and the list without a group of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lookalike import runs, seeds
from lookalike.advice.distinctiveness import Distinctiveness
from lookalike.advice.hygiene import hygiene_sentence, remaining, title
from lookalike.advice.leaderboard import leaderboard_sentence
from lookalike.advice.learning_curve import curve_sentence
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace

KIND = "advise"
FAST = "ridge"  # trains the list in dozens of ways


@dataclass(frozen=True, slots=True)
class Spec:
    """What to look at.

    Attributes:
        seed_list: Name of a saved list.
        method: A name from the table of methods.
        leave_out: Items and features that no method may see, as for an expansion.
        snapshot: Embeddings to use; None for the newest.
        splits: At most so many rounds of holding out.
        random_state: Fixes everything that is left to chance.
    """

    seed_list: str
    method: str = FAST
    leave_out: tuple[str, ...] = ()
    snapshot: int | None = None
    splits: int | None = None
    random_state: int = 0

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Spec:
        """Read what `runs` keeps."""
        return cls(**{**spec, "leave_out": tuple(spec["leave_out"])})


@dataclass(frozen=True, eq=False, slots=True)
class Advice:
    """Finished advice on a list; the parts are as the modules of their names return them."""

    workspace: Workspace
    run: runs.Run
    spec: Spec

    def __repr__(self) -> str:
        return f"Advice({self.run.id!r}, {self.spec.seed_list!r}):\n" + "\n".join(self.sentences())

    @property
    def distinct(self) -> Distinctiveness | None:
        """How the list differs from a random draw; None where that cannot be told."""
        found = self.run.metrics["distinct"]
        return None if found is None else Distinctiveness(**found)

    @property
    def curve(self) -> dict[str, Any]:
        """Recall against seed size, see `learning_curve.learning_curve`."""
        return dict(self.run.metrics["curve"])

    @property
    def board(self) -> dict[str, Any]:
        """Metrics to weight by, see `leaderboard.leaderboard`."""
        return dict(self.run.metrics["board"])

    @property
    def hygiene(self) -> list[dict[str, Any]]:
        """Groups of the list, see `hygiene.hygiene`."""
        return list(self.run.metrics["hygiene"])

    @property
    def leaking(self) -> list[str]:
        """What nearly is the list and stayed in, a sentence each."""
        return list(self.run.metrics["leaking"])

    def sentences(self) -> list[str]:
        """Say what was found, a sentence or two for each question."""
        distinct = self.distinct
        return [
            *([distinct.sentence()] if distinct else []),
            curve_sentence(self.curve),
            leaderboard_sentence(self.board),
            hygiene_sentence(self.hygiene),
            *self.leaking,
        ]

    def report(self) -> dict[str, Any]:
        """Return everything that was found but for who is in which group, ready for JSON."""
        found = {name: value for name, value in self.run.metrics.items() if name != "members"}
        return {"run_id": self.run.id, "method": self.spec.method, "sentences": self.sentences()} | found

    def to_frame(self) -> pd.DataFrame:
        """Return the metrics to weight by as a table, the best first."""
        return pd.DataFrame(self.board["metrics"])

    def without(self, group: str) -> SeedList:
        """Return the list without a group of it.

        Raises:
            NotFound: There is no such group, or the list is gone.
            BadInput: The list has changed since, or nobody would remain.
        """
        whole, member = self._split(group)
        if member.all():
            raise BadInput(f"All seeds of {whole.name!r} are in this group.", "Nobody would remain.")
        return remaining(whole, ~member, f"{whole.name} without {title(group).lower()}")

    def only(self, group: str) -> SeedList:
        """Return a group as a list of its own.

        Raises:
            NotFound: There is no such group, or the list is gone.
            BadInput: The list has changed since.
        """
        whole, member = self._split(group)
        return remaining(whole, member, f"{whole.name}, {title(group).lower()} alone")

    def _split(self, group: str) -> tuple[SeedList, NDArray[np.bool_]]:
        members = self.run.metrics["members"]
        if group not in members:
            raise NotFound(f"There is no group {group!r} in this list.", did_you_mean(group, members))
        whole = seeds.load(self.workspace, self.spec.seed_list)
        member = np.isin(whole.rows, np.array(members[group], np.int32))
        if member.sum() != len(members[group]):
            raise BadInput(
                f"The list {whole.name!r} has changed since it was looked at.", "Look at it again."
            )
        return whole, member


def load(workspace: Workspace, run: str) -> Advice:
    """Return finished advice.

    Raises:
        NotFound: There is no such run.
        BadInput: It is not finished advice.
    """
    entry = runs.get(workspace, run)
    if entry.kind != KIND or entry.status != "done":
        raise BadInput(f"The run {run!r} is not finished advice: {entry.kind}, {entry.status}.")
    return Advice(workspace, entry, Spec.from_json(entry.spec))
