"""The command line: `python -m lookalike ...`, for scheduled jobs and for people."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.advice import advise
from lookalike.commands.compare import compare
from lookalike.commands.expand import expand, replay
from lookalike.commands.experiment import experiment
from lookalike.commands.forget import forget
from lookalike.commands.methods import methods
from lookalike.commands.options import COMMAND, Report, Where, opened, pairs
from lookalike.commands.plan import power
from lookalike.commands.pretrain import pretrain
from lookalike.commands.refresh import refresh
from lookalike.commands.seeds import lists
from lookalike.commands.spark_score import export_users, spark_score
from lookalike.commands.spark_train import spark_train
from lookalike.commands.upkeep import audit, backup, restore
from lookalike.errors import BadInput, Cancelled, LookalikeError

app = typer.Typer(
    help="Expand a seed list into a look-alike audience, with evidence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(lists, name="seeds")
app.command()(advise)
app.command()(forget)
app.command()(backup)
app.command()(restore)
app.command()(audit)


@app.command()
def init(
    workspace: Where = None,
    sample: Annotated[bool, typer.Option("--sample", help="Load the sample world into it.")] = False,
) -> None:
    """Make a workspace. Example: python -m lookalike init --sample."""
    with opened(workspace, create=True) as ws:
        if sample:
            from lookalike import sample as world

            with terminal.progress() as progress:
                world.carry_out(ws, world.ask(ws), progress)
        terminal.say(f"The workspace {ws.path} is ready.")


@app.command()
def info(workspace: Where = None, report: Report = None) -> None:
    """Say what is in a workspace. Example: python -m lookalike info."""
    from lookalike.contents import contents

    with opened(workspace) as ws:
        found = contents(ws)
        terminal.table(["what", "count"], [[label, f"{count:,}"] for label, count in found.counts()])
        terminal.write(report, found.report())


@app.command("import")
def import_(
    kind: Annotated[
        str, typer.Argument(help="users, items, interactions, embeddings, features or engagement")
    ],
    files: Annotated[list[Path], typer.Argument(help="CSV, Excel or Parquet files")],
    map: Annotated[
        list[str] | None, typer.Option("--map", help="Our column = the file's: --map user_id=uid")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Reject rows of unknown users.")] = False,
    into: Annotated[
        int | None, typer.Option(help="Add embeddings to this imported snapshot.", min=1)
    ] = None,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Import files. Example: python -m lookalike import interactions clicks.parquet."""
    from lookalike.importing import import_table
    from lookalike.importing.run import table_of

    table_of(kind)  # before a mistyped word or path leaves an empty workspace behind
    for file in files:
        if not file.exists():
            raise BadInput(f"There is no file {file}.", "Check the path.")
    with opened(workspace, create=True) as ws, terminal.progress() as progress:
        done = import_table(
            ws, kind, files, mapping=pairs(map or []), strict=strict, into=into, progress=progress
        )
        terminal.say(repr(done))
        terminal.write(report, done.report())


@app.command()
def embed(
    als: Annotated[int, typer.Option(help="Columns of matrix factorisation.", min=2)] = 64,
    svd: Annotated[int, typer.Option(help="Columns of singular vectors.", min=2)] = 64,
    wide: Annotated[
        int, typer.Option(help="Columns of a second factorisation, for the default method.", min=0)
    ] = 128,
    leave_out: Annotated[list[str] | None, typer.Option(help="An item_id to leave out.")] = None,
    workspace: Where = None,
) -> None:
    """Learn embeddings from the interactions. Example: python -m lookalike embed."""
    from lookalike import embeddings
    from lookalike.importing import snapshots

    with opened(workspace) as ws, terminal.progress() as progress:
        recipe = embeddings.Recipe(als=als, svd=svd, wide=wide)
        number = embeddings.learn(ws, recipe, leave_out=leave_out or (), progress=progress)
        made = snapshots.get(ws, number)
        terminal.say(f"Snapshot {number}: {made.users:,} users, {made.dim} columns, from {made.source}.")


@app.command()
def prepare(workspace: Where = None) -> None:
    """Learn from past lists, once for each set of embeddings. Example: python -m lookalike prepare."""
    from lookalike import preparation

    with opened(workspace) as ws, terminal.progress() as progress:
        count = preparation.carry_out(ws, preparation.ask(ws), progress)
        if count:
            terminal.say(f"The default method has learned from {count} past lists.")
        else:
            terminal.say("There are too few items and saved lists to learn from; seeds alone decide.")


app.command()(pretrain)
app.command()(expand)
app.command()(replay)
app.command()(refresh)
app.command()(compare)
app.command()(methods)
app.command()(power)
app.command()(export_users)
app.command()(spark_train)
app.command()(spark_score)


app.command()(experiment)


@functools.cache
def _whole() -> Callable[..., object]:
    """Return all commands with their options: reading the signatures costs more than many a command."""
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: 0 is success, 1 a user's error in one line, 2 wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    COMMAND.set(" ".join(words[: 2 if words[:1] == ["seeds"] else 1]))
    try:
        _whole()(args=arguments, standalone_mode=True)
    except LookalikeError as error:
        typer.echo(f"{error.message} {error.hint}".strip(), err=True)
        sys.exit(1)
    except (Cancelled, KeyboardInterrupt):
        typer.echo("Stopped; only what was finished is kept.", err=True)
        sys.exit(1)
