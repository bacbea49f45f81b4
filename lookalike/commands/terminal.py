"""What the command line says: results, remarks, progress, tables and JSON reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from lookalike.progress import Progress, Update
from lookalike.texts import write_text


@contextmanager
def progress(line: Callable[[Update], str | None] = lambda _: None) -> Iterator[Progress]:
    """Show progress on a terminal; stay quiet in a pipe.

    Args:
        line: What to leave standing of an update, if anything.
    """
    if not sys.stderr.isatty():
        yield Progress()
        return

    def told(update: Update) -> None:
        if (said := line(update)) is not None:
            typer.echo(f"\r{said:<68}", err=True)
        typer.echo(f"\r{100 * update.fraction:3.0f} %  {update.message:<60.60}", nl=False, err=True)

    try:
        yield Progress(told)
    finally:
        typer.echo("\r" + " " * 68 + "\r", nl=False, err=True)


def say(text: str) -> None:
    """Print a result to standard output."""
    typer.echo(text)


def warn(text: str) -> None:
    """Print a remark to standard error."""
    typer.echo(text, err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in columns as wide as they need to be."""
    widths = [max(len(line[place]) for line in [head, *rows]) for place in range(len(head))]
    for line in [head, ["-" * width for width in widths], *rows]:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())


def write(path: Path | None, report: dict[str, Any]) -> None:
    """Write a report as JSON, whole or not at all; None writes nothing.

    Raises:
        BadInput: It cannot be written there.
    """
    if path is not None:
        write_text(path, json.dumps(report, indent=2, allow_nan=False))
