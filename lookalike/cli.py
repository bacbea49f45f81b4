"""The command line: `python -m lookalike ...`, for scheduled jobs and for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lookalike import terminal
from lookalike.advice_command import advise
from lookalike.cli_compare import compare
from lookalike.errors import BadInput, Cancelled, LookalikeError, NotFound, did_you_mean
from lookalike.experiment_command import experiment
from lookalike.forget_command import forget
from lookalike.options import Report, Where, opened, pairs, seed_files
from lookalike.plan_command import power

app = typer.Typer(
    help="Expand a seed list into a look-alike audience, with evidence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
lists = typer.Typer(help="Save and list seed lists.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(lists, name="seeds")
app.command()(advise)
app.command()(forget)


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
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet files")],
    map: Annotated[
        list[str] | None, typer.Option("--map", help="Our column = the file's: --map user_id=uid")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Reject rows of unknown users.")] = False,
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
        done = import_table(ws, kind, files, mapping=pairs(map or []), strict=strict, progress=progress)
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


@lists.command("add")
def seeds_add(
    name: Annotated[str, typer.Argument(help="What to call it; a folder's lists are called by file.")],
    file: Annotated[Path, typer.Argument(help="A seed file, or a folder of them")],
    workspace: Where = None,
) -> None:
    """Save a seed list. Example: python -m lookalike seeds add buyers buyers.csv."""
    from dataclasses import replace

    from lookalike import seeds

    with opened(workspace) as ws:
        for path in seed_files(file):
            found = seeds.match_file(ws, path)
            chosen = found if file.is_dir() else replace(found, name=name)
            seeds.save(ws, chosen, replace=True)
            terminal.say(
                f"{chosen.name}: {found.report.matched:,} of {found.report.rows:,} ids matched, "
                f"{found.report.unknown + found.report.damaged:,} unknown, "
                f"{found.report.duplicates:,} duplicates."
            )


@lists.command("list")
def seeds_list(workspace: Where = None) -> None:
    """List the saved seed lists. Example: python -m lookalike seeds list."""
    from lookalike import seeds

    with opened(workspace) as ws:
        rows = [[one.name, f"{one.seeds:,}", f"{one.created:%Y-%m-%d}"] for one in seeds.saved(ws)]
        terminal.table(["list", "seeds", "saved"], rows)


@lists.command("remove")
def seeds_remove(name: str, workspace: Where = None) -> None:
    """Delete a saved seed list. Example: python -m lookalike seeds remove buyers."""
    from lookalike import seeds

    with opened(workspace) as ws:
        seeds.remove(ws, name)


@app.command()
def expand(
    seeds: Annotated[str, typer.Option("--seeds", help="A seed file, or a saved list's name.")],
    size: Annotated[str, typer.Option(help="A share of the eligible users (0.05, 5%) or a count.")],
    out: Annotated[Path, typer.Option(help="The audience file to write (CSV).")],
    weight: Annotated[
        list[str] | None, typer.Option(help="A metric to weight by; repeat to average several.")
    ] = None,
    method: Annotated[str | None, typer.Option(help="A method; see `compare`.")] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="An item (item:<id>) or feature to leave out.")
    ] = None,
    splits: Annotated[
        int | None, typer.Option(help="At most so many folds of back-test.", min=1)
    ] = None,
    look_alikes: Annotated[
        int | None, typer.Option(help="Look-alikes to assume; default: as many as seeds.", min=1)
    ] = None,
    random_state: Annotated[int, typer.Option(help="Fixes what is left to chance.")] = 0,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Expand a seed list.

    Example: python -m lookalike expand --seeds buyers.csv --size 5% --out audience.csv.
    """
    from lookalike import cutting, expansion, leaks, methods
    from lookalike import seeds as seed_lists

    cut = cutting.parse_size(size)
    if not out.absolute().parent.is_dir():
        raise BadInput(f"The folder of {out} does not exist.", "Make it first, or write elsewhere.")
    with opened(workspace) as ws, terminal.progress() as progress:
        names = {saved.name for saved in seed_lists.saved(ws)}
        named = seeds in names
        if not named and not Path(seeds).exists():
            raise NotFound(f"There is no seed list or file {seeds!r}.", did_you_mean(seeds, names))
        found = seed_lists.load(ws, seeds) if named else seed_lists.match_file(ws, Path(seeds))
        expansion.check_size(len(found.rows), found.report.rows)
        suspects = [leak for leak in leaks.find(ws, found.rows) if leak.serious]
        spec = expansion.Spec(
            seed_list=seed_lists.keep(ws, found),
            weight=tuple(weight or ()),
            method=method or methods.DEFAULT,
            leave_out=tuple(leave_out or ()),
            splits=splits,
            random_state=random_state,
        )
        result = expansion.carry_out(ws, expansion.ask(ws, spec), progress)
        if look_alikes is not None:
            result = result.assuming(look_alikes)
        chosen = result.audience(cut)
        digest = chosen.to_csv(out)
        kept_in = [leak for leak in suspects if leak.key not in spec.leave_out]
        for leak in kept_in:
            terminal.warn(f"{leak.sentence()} Leave it out: --leave-out {leak.key}")
        terminal.say(
            f"{found.report.matched:,} of {found.report.rows:,} ids matched. {result.sentence(cut)}"
        )
        if ahead := result.winner():
            terminal.say(result.winner_sentence(ahead))
        terminal.say(result.share_sentence(cut))
        terminal.say(f"{chosen.rows:,} users written to {out}.")
        terminal.write(report, result.report(chosen, digest))


app.command()(compare)
app.command()(power)


app.command()(experiment)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: 0 is success, 1 a user's error in one line, 2 wrong usage."""
    try:
        app(args=arguments, standalone_mode=True)
    except LookalikeError as error:
        typer.echo(f"{error.message} {error.hint}".strip(), err=True)
        sys.exit(1)
    except (Cancelled, KeyboardInterrupt):
        typer.echo("Stopped; nothing half-done was kept.", err=True)
        sys.exit(1)
