"""The command "methods": what each method is, where it wins in this workspace, and what it takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Where, opened
from lookalike.settings import Settings
from lookalike.workspace import DATABASE

if TYPE_CHECKING:
    from lookalike.explaining import Explanation, Guide


def methods(
    name: Annotated[str | None, typer.Argument(help="One method; default: a table of all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
    workspace: Where = None,
) -> None:
    """Explain the methods. Example: python -m lookalike methods ridge.

    Where they win, and the seconds they take, are what the workspace's own runs have shown.
    """
    from lookalike import explaining

    folder = workspace if workspace is not None else Settings.from_env().workspace
    if workspace is None and not (folder / DATABASE).exists():
        guide = explaining.guide()  # who asks before there is any workspace gets the words
    else:
        with opened(workspace) as ws:
            guide = explaining.guide(ws)
    one = None if name is None else guide.of(name)
    if as_json:
        report = guide.report() if one is None else one.report()
        terminal.say(json.dumps(report, indent=2, allow_nan=False))
    elif one is None:
        _table(guide)
    else:
        _one(one)


def _table(guide: Guide) -> None:
    if not any(one.record.lists or one.cost for one in guide.methods):
        rows = [[one.method, one.label, one.about] for one in guide.methods]
        terminal.table(["name", "label", "in short"], rows)
    else:
        terminal.table(
            ["name", "label", "best on", "lists", "mostly", "to train"],
            [_row(one) for one in guide.methods],
        )
    if not guide.lists:
        terminal.say("")
        terminal.say("Where they win on your lists is not known yet: python -m lookalike compare tells.")


def _row(one: Explanation) -> list[str]:
    tried = one.record.lists
    return [
        one.method,
        one.label,
        f"{one.record.best:,}" if tried else "",
        f"{tried:,}" if tried else "",
        one.record.mostly,
        one.cost.usual if one.cost else "",
    ]


def _one(one: Explanation) -> None:
    terminal.say(f"{one.label} ({one.method})")
    for sentence in one.words.sentences:
        terminal.say(sentence)
    terminal.say("")
    terminal.say(f"Source: {one.words.source}.")
    terminal.say(f"Compared: {one.record.sentence()}")
    if one.past is not None:
        terminal.say(f"As a view of the default, on past lists: {one.past.sentence('try', 'tries')}")
    terminal.say(f"Cost: {one.cost.sentence() if one.cost else 'nothing was measured here yet.'}")
