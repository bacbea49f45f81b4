"""What the commands of the command line have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from lookalike import audit
from lookalike.errors import BadInput, shown
from lookalike.settings import Settings
from lookalike.workspace import Workspace

Where = Annotated[
    Path | None,
    typer.Option(
        "--workspace", help="The workspace folder; default: LOOKALIKE_WORKSPACE or ./workspace"
    ),
]
Report = Annotated[Path | None, typer.Option("--report", help="Write the result to this file as JSON.")]
COMMAND: ContextVar[str] = ContextVar("command", default="")  # the one given, without arguments
LOOKING = ("info", "audit", "methods", "seeds list")  # these change nothing


@contextmanager
def opened(path: Path | None, *, create: bool = False) -> Iterator[Workspace]:
    """Open a workspace for one command, and note there who gave it, once it has succeeded."""
    with Workspace.open(path, create=create, settings=Settings.from_env()) as workspace:
        yield workspace
        # its arguments may be ids of people
        given = COMMAND.get()
        if given and given not in LOOKING:
            audit.record(workspace, audit.os_user(), "command", {"command": given})


def seed_files(path: Path) -> list[Path]:
    """Return the seed files of a folder, or the one file.

    Raises:
        BadInput: The folder holds none.
    """
    if not path.is_dir():
        return [path]
    files = sorted(
        one
        for one in path.iterdir()
        if one.is_file() and one.suffix in (".csv", ".txt", ".tsv", ".xlsx")
    )
    if not files:
        raise BadInput(f"The folder {path} holds no seed files.", "Put .csv files into it.")
    return files


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Read options of the form name=value.

    Raises:
        BadInput: One is of another form.
    """
    found = {}
    for text in filter(None, (text.strip() for text in texts)):
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise BadInput(f"{shown(text)} is not of the form name=value.", "Write it like user_id=uid.")
        found[name.strip()] = value.strip()
    return found
