"""The commands `export-users` and `spark-score`: users as files, and audiences from them on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened
from lookalike.errors import BadInput


def export_users(
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    snapshot: Annotated[int | None, typer.Option(help="The embeddings; default: the newest.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these users in audiences: country=DE.")
    ] = None,
    active_days: Annotated[
        int | None, typer.Option(help="Only users seen in so many days; default: the setting.", min=1)
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="An item (item:<id>) or feature to leave out.")
    ] = None,
    rows_a_file: Annotated[int, typer.Option(help="Users a file.", min=1)] = 500_000,
    as_lists: Annotated[
        bool, typer.Option("--as-lists", help="Vectors as lists of numbers, for other programs too.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the folder.")] = False,
    workspace: Where = None,
) -> None:
    """Write the users as Parquet for Spark. Example: python -m lookalike export-users --out users."""
    from lookalike import spark

    with opened(workspace) as ws, terminal.progress() as progress:
        count = spark.export_users(
            ws,
            out,
            snapshot=snapshot,
            only=only or (),
            active_days=active_days,
            leave_out=leave_out or (),
            rows_a_file=rows_a_file,
            as_lists=as_lists,
            overwrite=overwrite,
            progress=progress,
        )
        terminal.say(f"{count:,} users written to {out}.")


def spark_score(
    users: Annotated[str, typer.Option(help="The folder that `export-users` wrote; or s3a://…")],
    size: Annotated[str, typer.Option(help="A share of the eligible users (0.05, 5%) or a count.")],
    out: Annotated[str, typer.Option(help="The folder to make: a folder of Parquet files a list.")],
    runs: Annotated[
        list[str] | None, typer.Option("--runs", help="A run whose model to apply; repeat for more.")
    ] = None,
    seeds_run: Annotated[
        str | None, typer.Option(help="A run of many lists, whose models to apply.")
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="The folder that `spark-train` wrote, instead of runs.")
    ] = None,
    master: Annotated[
        str | None, typer.Option(help="Where Spark runs: local[2], spark://…; default: all cores here.")
    ] = None,
    lists_at_once: Annotated[int, typer.Option(help="Lists of a pass over the users.", min=1)] = 100,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the folder.")] = False,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Apply trained models to users in files, on Spark.

    Example: python -m lookalike spark-score --seeds-run RUN --users users --size 5% --out audiences.
    """
    from lookalike import spark
    from lookalike.cutting import parse_size

    if sum(map(bool, (runs, seeds_run, models))) != 1:
        raise BadInput(
            "Whose models?", "Give one of --runs, once for each run, --seeds-run, or --models."
        )
    wanted = parse_size(size)
    if models:
        asked = spark.of_folder(spark.start(master), models, wanted)
    else:
        with opened(workspace) as ws:  # closed again before the long work: others may need it
            if seeds_run:
                asked = spark.of_batch(ws, seeds_run, wanted)
            else:
                asked = spark.of_runs(ws, runs or [], wanted)
    with terminal.progress() as progress:
        scored = spark.score(
            spark.start(master),
            asked,
            users,
            out,
            overwrite=overwrite,
            lists_at_once=lists_at_once,
            progress=progress,
        )
    for name in scored.short:
        terminal.warn(f"{name}: only {scored.rows[name]:,} users are available.")
    total = sum(scored.rows.values())
    terminal.say(
        f"{len(scored.rows):,} {'audience' if len(scored.rows) == 1 else 'audiences'} of {total:,} "
        f"users in all, from {scored.eligible:,} eligible users, written to {out}."
    )
    terminal.write(report, scored.report())
