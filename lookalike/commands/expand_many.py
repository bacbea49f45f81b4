"""The part of `expand` that takes several lists: each gets a file in a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.commands import terminal
from lookalike.commands.given import excluding
from lookalike.commands.options import opened, seed_files
from lookalike.errors import BadInput
from lookalike.settings import Settings
from lookalike.workspace import Workspace

if TYPE_CHECKING:
    from lookalike.batch import Batch, Spec
    from lookalike.cutting import Cut


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the lists are to be expanded: the options of the command, read.

    Attributes:
        cut: What part of each ranking is wanted.
        ids: How the files' ids differ from ours.
        exclude: Saved lists or files whose users to leave out.
        weight: Metrics to weight by.
        method: How to expand.
        leave_out: Items and features that no method may see.
        only: Segments that the audiences come from.
        active_days: Users not seen for longer are left out; None for the setting.
        splits: Folds of a back-test; 0 for none.
        random_state: Fixes what is left to chance.
        template: The form of the files.
        fields: Which attribute holds which contact field; None for those whose names tell.
    """

    cut: Cut
    ids: Sequence[str]
    exclude: Sequence[str]
    weight: Sequence[str]
    method: str
    leave_out: Sequence[str]
    only: Sequence[str]
    active_days: int | None
    splits: int
    random_state: int
    template: str
    fields: Mapping[str, str] | None


def is_folder(workspace: Path | None, given: str) -> bool:
    """Whether a folder of seed files is given, rather than a saved list of its name."""
    from lookalike import seeds

    if not Path(given).is_dir():
        return False
    with Workspace.open(workspace, settings=Settings.from_env()) as ws:
        return given not in {saved.name for saved in seeds.saved(ws)}


def expand_many(
    given: Sequence[str],
    wishes: Wishes,
    *,
    refused: Mapping[str, object],
    out: Path,
    held_out: Path | None,
    workspace: Path | None,
    report: Path | None,
) -> None:
    """Expand several lists; end the program with code 1 where one of them could not be.

    Raises:
        BadInput: None of them can be, or an option is for single lists.
    """
    from lookalike import batch

    for option, value in refused.items():
        if value is not None:
            raise BadInput(
                f"{option} is for a single list.",
                f"The folder gets a {batch.MANIFEST} that tells of all lists.",
            )
    if held_out is not None and held_out.absolute() == out.absolute():
        raise BadInput("Two folders would have the same name.", "Give each a name of its own.")
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file.", "Several lists are written to a folder: name one.")
    with opened(workspace) as ws, terminal.progress() as progress:
        spec = _spec(ws, given, wishes)
        run, said = batch.ask_or_go_on(ws, spec)
        if said:
            terminal.warn(said)
        result = batch.carry_out(ws, run, progress, batch.Files(out, held_out))
        tell(result)
        terminal.say(f"Written to {out}, with {batch.MANIFEST}.")
        terminal.write(report, result.report())
    if result.failures:
        sys.exit(1)


def tell(result: Batch) -> None:
    """Print what became of each list."""
    terminal.table(
        ["list", "seeds", "users", "held out", "lowest score", "recall"],
        [
            [
                one.called,
                f"{one.facts['seeds']['matched']:,}",
                f"{one.facts['rows']:,}",
                f"{one.facts['holdout']:,}",
                f"{one.facts['threshold']:.4g}",
                "–" if one.recall is None else f"{100 * one.recall:.1f} %",
            ]
            for one in result.done
        ],
    )
    for one in result.done:
        for sentence in one.facts.get("leaking", ()):
            terminal.warn(f"{one.called}: {sentence}")
        if one.facts.get("untested"):
            terminal.warn(f"{one.called} was not tested: {one.facts['untested']}")
    for name, why in result.failures.items():
        terminal.warn(f"Not expanded: {name}: {why}")
    terminal.say(f"{result.sentence()} {result.evidence_sentence()}")


def _spec(workspace: Workspace, given: Sequence[str], wishes: Wishes) -> Spec:
    from lookalike.batch import Spec

    names, refused = _lists(workspace, given, wishes.ids)
    return Spec(
        lists=tuple(names),
        called=tuple(names.values()),
        weight=tuple(wishes.weight),
        method=wishes.method,
        leave_out=tuple(wishes.leave_out),
        only=tuple(wishes.only),
        active_days=wishes.active_days,
        splits=wishes.splits,
        random_state=wishes.random_state,
        cut=excluding(workspace, wishes.cut, list(wishes.exclude)),
        template=wishes.template,
        fields=wishes.fields,
        refused=tuple(refused.items()),
    )


def _lists(
    workspace: Workspace, given: Iterable[str], rules: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what each list's file is to be called, by the list's name, and why others are none.

    Files are saved as lists first; one with the seeds of a list that was given before is that list.
    """
    from lookalike import seeds
    from lookalike.errors import NotFound, did_you_mean
    from lookalike.seeds.batch import take_in

    saved = {one.name for one in seeds.saved(workspace)}
    names: dict[str, str] = {}
    refused: dict[str, str] = {}
    for one in given:
        if one in saved:
            names.setdefault(one, one)
            continue
        if not Path(one).exists():
            raise NotFound(f"There is no seed list or file {one!r}.", did_you_mean(one, saved))
        for taken in take_in(workspace, seed_files(Path(one)), rules):
            if taken.name:
                names.setdefault(taken.name, Path(taken.file).stem)
            else:
                refused[taken.file] = str(taken.error)
    return names, refused
