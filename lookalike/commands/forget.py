"""The command "forget": delete people everywhere in a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened
from lookalike.errors import BadInput


def forget(
    users: Annotated[list[str] | None, typer.Argument(help="Ids of users, as imported.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A file of user ids, read as a seed file is.")
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Only finish what was interrupted, and name nobody.")
    ] = False,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Delete users everywhere. Example: python -m lookalike forget u123 u124."""
    from lookalike import forgetting
    from lookalike.seeds.files import parse

    ids = list(users or [])
    if file is not None:
        if not file.is_file():
            raise BadInput(f"There is no file {file}.", "Check the path.")
        ids += parse(file.read_bytes(), file.name).ids.to_pylist()
    if not ids and not finish:
        raise BadInput("There is no user to forget.", "Name them, or their file: --file ids.csv")
    with opened(workspace) as ws, terminal.progress() as progress:
        if not ids:
            done = forgetting.finish(ws)
            terminal.say("It is finished." if done else "There was nothing left to finish.")
            return
        gone = forgetting.forget(ws, ids, progress)
        terminal.say(gone.sentence())
        terminal.write(report, gone.report())
