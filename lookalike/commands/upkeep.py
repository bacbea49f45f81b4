"""The commands "backup", "restore" and "audit": for whoever looks after a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened

RESTORED = Annotated[Path, typer.Option("--workspace", help="The folder to make; it must be empty.")]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Write a workspace into one file. Example: python -m lookalike backup monday.zip."""
    from lookalike import backup as backups

    with opened(workspace) as ws, terminal.progress() as progress:
        held = backups.save(ws, file, progress)
        terminal.say(f"{file}: {len(held.files):,} files, {held.bytes / 1e6:,.1f} MB, from {ws.path}.")
        terminal.write(report, held.report())


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    workspace: RESTORED,
    report: Report = None,
) -> None:
    """Make a workspace from a backup.

    Example: python -m lookalike restore monday.zip --workspace restored.
    """
    from lookalike import backup as backups

    with terminal.progress() as progress:
        held = backups.restore(file, workspace, progress)
    with opened(workspace):  # it opens, and says that it was restored
        terminal.say(f"{workspace} is ready, as it was on {held.created.replace('T', ' at ')} UTC.")
        terminal.write(report, held.report())


def audit(
    since: Annotated[
        str | None, typer.Option(help='Nothing before: a date ("2026-03-01") or an age ("7d", "12h").')
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 1_000,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Say who did what. Example: python -m lookalike audit --since 7d."""
    from lookalike import audit as trail

    moment = trail.parse_since(since) if since else None
    with opened(workspace) as ws:
        found = trail.entries(ws, moment, limit)
        rows = [[f"{one.moment:%Y-%m-%d %H:%M:%S}", one.who, one.what, one.words()] for one in found]
        terminal.table(["moment (UTC)", "who", "what", "detail"], rows)
        terminal.write(report, {"entries": [one.report() for one in found]})
