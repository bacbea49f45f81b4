"""What a run of many lists is: what became of each list, and its audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lookalike import runs, tested
from lookalike.batch import keeping
from lookalike.batch.asking import KIND
from lookalike.batch.spec import Spec
from lookalike.cutting import Selection, first_of
from lookalike.errors import BadInput, LookalikeError
from lookalike.runs import Run
from lookalike.workspace import Workspace


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """What became of one list.

    Attributes:
        place: Its place in the run.
        name: The list.
        called: What its file is called, without the suffix.
        facts: What is known of it: seeds, weight, available, excluded, rows, holdout, threshold,
            evidence, leaking, seconds, …; or error.
    """

    place: int
    name: str
    called: str
    facts: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        """Whether there is no audience of it."""
        return "error" in self.facts

    @property
    def why(self) -> str:
        """Why there is none: a sentence with a hint; empty where there is one."""
        error = self.facts.get("error")
        return f"{error['message']} {error['hint']}".strip() if error else ""

    @property
    def recall(self) -> float | None:
        """Share of held-out seeds found at the size; None where it was not tested."""
        evidence = self.facts.get("evidence")
        return None if evidence is None else float(evidence["recall"])


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """A finished run of many lists.

    Attributes:
        workspace: Where it lives.
        run: Its entry in `runs`.
        spec: What was asked.
        entries: What became of each list, in the order in which they were given.
    """

    workspace: Workspace
    run: Run
    spec: Spec
    entries: tuple[Entry, ...]

    def __repr__(self) -> str:
        return f"Batch({self.run.id!r}): {self.sentence()}"

    @property
    def done(self) -> list[Entry]:
        """The lists that have an audience."""
        return [one for one in self.entries if not one.failed]

    @property
    def failures(self) -> dict[str, str]:
        """Why a list or a file has no audience, by what it is called."""
        return dict(self.spec.refused) | {one.called: one.why for one in self.entries if one.failed}

    def sentence(self) -> str:
        """Say how many lists were expanded, and how many could not be."""
        users = sum(one.facts["rows"] for one in self.done)
        count = len(self.done)
        said = f"{count:,} {'list' if count == 1 else 'lists'} expanded, {users:,} users in all."
        failed = self.failures
        if failed:
            said += f" {len(failed):,} could not be: {', '.join(list(failed)[:5])}"
            said += ", …." if len(failed) > 5 else "."
        return said

    def evidence_sentence(self) -> str:
        """Say how good the expansions are as far as that was tested, or that nothing was."""
        found = [one.recall for one in self.done if one.recall is not None]
        if not found:
            return "Nothing was tested: how good these audiences are is not known."
        low, high = min(found), max(found)
        return (
            f"Back-tests of {len(found):,} lists find {100 * sum(found) / len(found):.0f} % of held-out "
            f"seeds at the audience's size (from {100 * low:.0f} to {100 * high:.0f} %)."
        )

    def selection(self, place: int) -> Selection:
        """Return the audience of a list by its place.

        Raises:
            BadInput: There is none, or the scores are gone.
        """
        entry = self.entries[place]
        if entry.failed:
            raise BadInput(f"There is no audience of {entry.name!r}: {entry.why}")
        return cut_of(self.workspace, self.run.id, self.spec, place, entry.facts)

    def to_frame(self) -> pd.DataFrame:
        """Return a row a list: what a report has of it, for people and spreadsheets."""
        columns = ["list", "seeds", "users", "held_out", "lowest_score", "recall", "why"]
        rows = [
            (
                one.called,
                one.facts.get("seeds", {}).get("matched"),
                one.facts.get("rows"),
                one.facts.get("holdout"),
                one.facts.get("threshold"),
                one.recall,
                one.why,
            )
            for one in self.entries
        ]
        rows += [(name, None, None, None, None, None, why) for name, why in self.spec.refused]
        return pd.DataFrame(rows, columns=columns)

    def report(self) -> dict[str, Any]:
        """Return what other programs rely on, as JSON can hold it."""
        return {
            "run_id": self.run.id,
            "settings": self.spec.settings(),
            "pool": self.run.metrics["pool"],
            "lists": [{"list": one.called, "saved_as": one.name, **one.facts} for one in self.done],
            "failed": [{"list": name, "why": why} for name, why in self.failures.items()],
            "seconds": self.run.metrics["seconds"],
        }


def load(workspace: Workspace, run: str) -> Batch:
    """Return a finished run of many lists.

    Raises:
        NotFound: There is no such run.
        BadInput: It is not a finished run of many lists.
    """
    entry = runs.get(workspace, run)
    if entry.kind != KIND or entry.status != "done":
        raise BadInput(
            f"The run {run!r} is no finished run of many lists: {entry.kind}, {entry.status}."
        )
    spec = Spec.from_json(entry.spec)
    return Batch(workspace, entry, spec, entries_of(workspace, run, spec))


def entries_of(workspace: Workspace, run: str, spec: Spec) -> tuple[Entry, ...]:
    """Return what became of each list of a run."""
    found = tested.facts_of(workspace, run)
    lost = {"error": failure(BadInput("Nothing is known of this list any longer.", ""))}
    return tuple(
        Entry(place, name, called, found.get(name, lost))
        for place, (name, called) in enumerate(zip(spec.lists, spec.called, strict=True))
    )


def cut_of(
    workspace: Workspace, run: str, spec: Spec, place: int, facts: Mapping[str, Any]
) -> Selection:
    """Cut the audience of a list from its ranking.

    Raises:
        BadInput: Nobody reaches the score, they are more than the settings allow, or the scores
            are gone.
    """
    best = keeping.ranking(workspace, run, place)
    chosen = first_of(best, spec.cut_of(place), facts["eligible"], facts["available"], facts["excluded"])
    users = len(chosen) - chosen.held_out
    workspace.settings.check("audience_users", users, f"The audience has {users:,} users")
    return chosen


def failure(error: LookalikeError) -> dict[str, str]:
    """Return an error as JSON can hold it."""
    return {"message": error.message, "hint": error.hint}
