"""The command `refresh`, for schedulers: lists whose data have changed are expanded again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened
from lookalike.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from lookalike.refreshing import Due, Refreshed

SOME_FAILED = 3


def refresh(
    names: Annotated[list[str] | None, typer.Argument(help="Saved lists.", metavar="[NAME]...")] = None,
    every: Annotated[bool, typer.Option("--all", help="All saved lists that have an audience.")] = False,
    out: Annotated[Path | None, typer.Option(help="The folder to write to.")] = None,
    hold: Annotated[
        str, typer.Option(help="What stays as it was: size, or score (the lowest score).")
    ] = "size",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and why.")
    ] = False,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Expand lists again whose data have changed since their last audience.

    Example: python -m lookalike refresh --all --out audiences. A list is due when it, the users,
    interactions, features or metrics have changed, or there are newer embeddings; it is expanded as
    before, on the newest embeddings. With --hold score everybody gets in who scores as much as the
    last one of before: a score of the default method is a weighted sum of logits of ranks among all
    users, one of a network or a regression a logit. It exits with 0 when all lists are fresh or were
    refreshed, with 1 on an error, with 3 when some lists failed and the others are done.
    """
    if bool(names) == every:
        raise BadInput("Which lists are to be refreshed?", "Name some, or give --all.")
    if hold not in ("size", "score"):
        raise BadInput(f"{hold!r} cannot be held.", did_you_mean(hold, ("size", "score")))
    if out is None and not dry_run:
        raise BadInput("Where are the files to be written?", "Name a folder: --out audiences.")
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file.", "Name a folder.")
    from lookalike import refreshing

    with opened(workspace) as ws, terminal.progress() as progress:
        due = refreshing.plan(ws, None if every else names)
        for one in due:
            if one.last is not None or not every:
                terminal.say(one.sentence())
        without = [] if every else [one.name for one in due if one.last is None]
        if dry_run:
            _would(due)
            terminal.write(report, refreshing.Refreshed(due, {}, {}, {}).report())
            return
        assert out is not None  # noqa: S101 - checked above
        held = cast("Literal['size', 'score']", hold)
        done = refreshing.carry_out(ws, due, out, held, progress, terminal.warn)
        _tell(done)
        terminal.write(report, done.report())
    if done.failures or without:
        sys.exit(SOME_FAILED)


def _would(due: tuple[Due, ...]) -> None:
    count = sum(bool(one.why) for one in due)
    terminal.say(f"{count:,} of {len(due):,} lists would be expanded again.")


def _tell(done: Refreshed) -> None:
    if done.facts:
        terminal.table(
            ["list", "users", "held out", "lowest score", "kept", "joined", "left"],
            [
                [
                    name,
                    f"{facts['rows']:,}",
                    f"{facts['holdout']:,}",
                    f"{facts['threshold']:.4g}",
                    f"{done.churn[name].kept:,} ({100 * done.churn[name].share:.1f} %)",
                    f"{done.churn[name].joined:,}",
                    f"{done.churn[name].left:,}",
                ]
                for name, facts in done.facts.items()
            ],
        )
    for name, why in done.failures.items():
        terminal.warn(f"Not refreshed: {name}: {why}")
    terminal.say(done.sentence())
