"""The command `spark-train`: models of many lists, trained on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, seed_files


def spark_train(
    seeds: Annotated[
        str, typer.Option(help="A folder of seed files, a list each; or of Parquet: list, user_id.")
    ],
    users: Annotated[str, typer.Option(help="The folder that `export-users` wrote; or s3a://…")],
    out: Annotated[str, typer.Option(help="The folder to make: Parquet with a model a line.")],
    method: Annotated[
        str, typer.Option(help="mlp, mlp_published, ridge, centroid or logistic.")
    ] = "mlp",
    weight: Annotated[str, typer.Option(help="The column of the seeds' files to weight them by.")] = "",
    sample: Annotated[
        int, typer.Option(help="Users that the lists are trained against.", min=1)
    ] = 500_000,
    random_state: Annotated[int, typer.Option(help="Fixes what is left to chance.", min=0)] = 0,
    master: Annotated[
        str | None, typer.Option(help="Where Spark runs: local[2], spark://…; default: all cores here.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the folder.")] = False,
    report: Report = None,
) -> None:
    """Train models of many lists from users in files, on Spark, without a workspace.

    Example: python -m lookalike spark-train --seeds lists --users users --out models.
    """
    from lookalike import spark
    from lookalike.spark import seeding
    from lookalike.spark.planning import columns_for

    columns_for(method)  # before Spark takes its time to start
    folder = Path(seeds)
    tables = "://" in seeds or (folder.is_dir() and any(folder.glob("*.parquet")))
    files = [] if tables else seed_files(folder)
    with terminal.progress() as progress:
        session = spark.start(master)
        with spark.quiet():
            if tables:
                lists = seeding.from_parquet(session, seeds, weight)
            else:
                lists = seeding.from_files(session, files, weight)
        trained = spark.train(
            session,
            lists,
            users,
            out,
            method=method,
            weight=weight,
            sample=sample,
            random_state=random_state,
            overwrite=overwrite,
            progress=progress,
        )
    for name, why in trained.failed.items():
        terminal.warn(f"{name}: {why}")
    count = len(trained.seeds) + len(trained.failed)
    terminal.say(
        f"{len(trained.seeds):,} of {count:,} lists trained against {trained.sampled:,} of "
        f"{trained.eligible:,} eligible users, written to {out}."
    )
    terminal.write(report, trained.report())
