"""Expanding lists again that are due, and telling how their audiences have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lookalike import audience, batch, manifest, versions
from lookalike.batch.naming import file_names
from lookalike.cutting import Cut
from lookalike.errors import LookalikeError
from lookalike.progress import SILENT, Progress
from lookalike.refreshing.due import Due, Last
from lookalike.texts import write_text
from lookalike.workspace import Workspace, now

Hold = Literal["size", "score"]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Churn:
    """How an audience differs from the last one; those held out count as its members.

    Attributes:
        kept: Users that are in both.
        joined: Users that are new in it.
        left: Users that are no longer in it.
    """

    kept: int
    joined: int
    left: int

    @property
    def share(self) -> float:
        """Share of the last audience that is in the new one."""
        return self.kept / max(self.kept + self.left, 1)

    def sentence(self) -> str:
        """Say it in words."""
        return (
            f"{self.kept:,} kept ({100 * self.share:.1f} %), {self.joined:,} joined, {self.left:,} left"
        )


@dataclass(frozen=True, eq=False, slots=True)
class Refreshed:
    """What became of the lists.

    Attributes:
        due: What was to be done about each.
        facts: What came of those that were expanded again, by name: rows, threshold, file, run, ….
        churn: How their audiences have changed, by name.
        failures: Why the others of them could not be, by name.
    """

    due: tuple[Due, ...]
    facts: Mapping[str, Mapping[str, Any]]
    churn: Mapping[str, Churn]
    failures: Mapping[str, str]

    def sentence(self) -> str:
        """Say how many were refreshed, skipped and failed."""
        never = sum(one.last is None for one in self.due)
        fresh = len(self.due) - len(self.facts) - len(self.failures) - never
        said = f"{len(self.facts):,} refreshed, {fresh:,} as they were"
        said += f", {never:,} without an audience" if never else ""
        return f"{said}, {len(self.failures):,} failed." if self.failures else f"{said}."

    def report(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        lines = []
        for one in self.due:
            line: dict[str, Any] = {"list": one.name, "why": list(one.why)}
            if one.name in self.failures:
                line |= {"state": "failed", "error": self.failures[one.name]}
            elif one.name in self.facts:
                churn = self.churn[one.name]
                line |= {"state": "refreshed", **self.facts[one.name]}
                line["churn"] = {
                    "kept": churn.kept,
                    "joined": churn.joined,
                    "left": churn.left,
                    "share": churn.share,
                }
            else:
                line["state"] = "skipped"
            lines.append(line)
        return {"lists": lines}


def carry_out(
    workspace: Workspace,
    due: Sequence[Due],
    folder: Path,
    hold: Hold = "size",
    progress: Progress = SILENT,
    said: Callable[[str], None] = lambda _: None,
) -> Refreshed:
    """Expand the lists that are due again, as before but on the newest embeddings.

    Lists that were expanded alike share a run. Users who were held out stay so.

    Args:
        workspace: Where.
        due: As `plan` gave it.
        folder: Where to write the files and one manifest.
        hold: "size": as large an audience as before, a share of the users where it was one;
            "score": everybody who scores as much as the last one of before.
        progress: Hears of every step.
        said: Told when a run that was stopped goes on.

    Raises:
        BadInput: The files cannot be written there.
        Cancelled: The watcher asked to stop; the same call goes on.
    """
    to_do = [one for one in due if one.why]
    stems = [name.rpartition(".")[0] for name in file_names([one.name for one in to_do], ".csv")]
    called = dict(zip((one.name for one in to_do), stems, strict=True))
    facts: dict[str, Mapping[str, Any]] = {}
    churn: dict[str, Churn] = {}
    failures: dict[str, str] = {}
    done: list[batch.Batch] = []
    groups = _groups(to_do, hold)
    for number, (shared, members) in enumerate(groups):
        part = progress.span(number / len(groups), (number + 1) / len(groups))
        spec = _spec(workspace, shared, members, called, hold)
        before = {one.name: _members(workspace, one.last) for one in members if one.last is not None}
        try:
            run, note = batch.ask_or_go_on(workspace, spec)
        except LookalikeError as error:  # such as a list to exclude that is gone
            failures |= {one.name: str(error) for one in members}
            continue
        if note:
            said(note)
        result = batch.carry_out(workspace, run, part, batch.Files(folder, manifest=""))
        done.append(result)
        for entry in result.entries:
            if entry.failed:
                failures[entry.name] = entry.why
                continue
            facts[entry.name] = {"run": run, **entry.facts}
            churn[entry.name] = _churn(before[entry.name], result.selection(entry.place).rows)
    refreshed = Refreshed(tuple(due), facts, churn, failures)
    if done:
        write_text(
            folder / batch.MANIFEST, manifest.to_text(_manifest(workspace, refreshed, done, hold))
        )
    return refreshed


def _groups(due: Sequence[Due], hold: Hold) -> list[tuple[Last, list[Due]]]:
    """Return the lists that one run can expand: those that are asked alike."""
    groups: list[tuple[tuple[Any, ...], Last, list[Due]]] = []
    for one in due:
        if one.last is None:
            continue
        alike = _alike(one.last, hold)
        for known, _, members in groups:
            if known == alike:
                members.append(one)
                break
        else:
            groups.append((alike, one.last, [one]))
    return [(last, members) for _, last, members in groups]


def _alike(last: Last, hold: Hold) -> tuple[Any, ...]:
    spec = replace(last.spec, seed_list="", snapshot=None, past=None, general=None)
    return spec, _shared_cut(last, hold), last.together, last.template, last.fields


def _shared_cut(last: Last, hold: Hold) -> Cut:
    """Return the cut without what each list has of its own."""
    cut = replace(last.cut, salt="", least_score=None)
    if hold == "score":
        return replace(cut, size=1.0)
    return cut if last.cut.least_score is None else replace(cut, size=last.exported.users)


def _spec(
    workspace: Workspace, shared: Last, members: Sequence[Due], called: Mapping[str, str], hold: Hold
) -> batch.Spec:
    single = shared.spec
    each = [(one.name, one.last) for one in members if one.last is not None]
    return batch.Spec(
        lists=tuple(name for name, _ in each),
        called=tuple(called[name] for name, _ in each),
        weight=single.weight,
        method=single.method,
        leave_out=single.leave_out,
        only=single.only,
        active_days=single.active_days,
        splits=single.splits or 0,
        random_state=single.random_state,
        together=shared.together,
        cut=_shared_cut(shared, hold),
        least_scores=tuple(_threshold(workspace, last) for _, last in each) if hold == "score" else (),
        salts=tuple(last.cut.salt for _, last in each),
        template=shared.template,
        fields=shared.fields,
    )


def _threshold(workspace: Workspace, last: Last) -> float:
    """Return the score that an audience ended at."""
    if last.cut.least_score is not None:
        return last.cut.least_score
    return audience.selection(workspace, last.exported.id).threshold


def _members(workspace: Workspace, last: Last) -> NDArray[np.int32]:
    return audience.rows_of(workspace, (last.exported.id,))


def _churn(before: NDArray[np.int32], after: NDArray[np.int32]) -> Churn:
    kept = len(np.intersect1d(before, after))
    return Churn(kept, len(after) - kept, len(before) - kept)


def _manifest(
    workspace: Workspace, refreshed: Refreshed, done: Sequence[batch.Batch], hold: Hold
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": "refresh",
        "made": f"{now().isoformat()}Z",
        "program": versions.program(),
        "workspace": manifest.held(workspace),
        "hold": hold,
        "runs": [
            {
                "run": one.run.id,
                "settings": one.spec.settings(),
                "snapshot": manifest.snapshot_facts(workspace, one.run.metrics["snapshot"]),
                "pool": one.run.metrics["pool"],
                "seconds": one.run.metrics["seconds"],
            }
            for one in done
        ],
        **refreshed.report(),
    }
