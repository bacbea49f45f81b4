"""The command `experiment`: an A/B test read out without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened, pairs
from lookalike.errors import BadInput
from lookalike.workspace import whole_file


def experiment(
    file: Annotated[
        Path, typer.Argument(help="CSV, Parquet or Excel, one row a user or a user and day")
    ],
    control: Annotated[str | None, typer.Option(help="The control variant.")] = None,
    plan: Annotated[str | None, typer.Option(help="Planned shares: control=0.5,treatment=0.5")] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="Our column = the file's: --map user_id=uid")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="The metrics: act-alike, content or marketplace.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", help="One of your own: name=mean:column, =share:column or =ratio:column/column"
        ),
    ] = None,
    primary: Annotated[str | None, typer.Option(help="The metric that decides.")] = None,
    segment: Annotated[
        list[str] | None, typer.Option("--segment", help="A column to read the test out by.")
    ] = None,
    audience: Annotated[
        int | None,
        typer.Option(help="The number of the exported audience that gives scores and hold-out."),
    ] = None,
    alpha: Annotated[float, typer.Option(help="One minus the coverage of every interval.")] = 0.05,
    bootstrap: Annotated[int, typer.Option(help="Resamplings of the users, such as 2000.")] = 0,
    rerandomise: Annotated[
        int, typer.Option(help="Random splits that test the tests on this file (A/A), such as 500.")
    ] = 0,
    html: Annotated[Path | None, typer.Option(help="Write the readout to this file, one page.")] = None,
    report: Report = None,
    workspace: Where = None,
) -> None:
    """Read out an A/B test. Example: python -m lookalike experiment results.csv."""
    from lookalike.experiment import Spec, audience_of, parse_metric, read_out
    from lookalike.experiment.web_page import to_html

    planned = {name: _share(text) for name, text in pairs((plan or "").split(",")).items()}
    spec = Spec(
        control=control,
        planned=planned or None,
        columns=pairs(mapping or []),
        alpha=alpha,
        preset=preset,
        metrics=tuple(parse_metric(text) for text in metric or ()),
        primary=primary,
        segments=tuple(segment) if segment else None,
        bootstrap=bootstrap,
        rerandomise=rerandomise,
    )
    chosen = None
    if audience is not None:
        with opened(workspace) as store:
            chosen = audience_of(store, audience)
    with terminal.progress() as progress:
        result = read_out(file, spec, chosen, progress)
    terminal.say(repr(result))
    if html is not None:
        try:
            with whole_file(html) as partial:
                partial.write_text(to_html(result, file.name), encoding="utf-8")
        except OSError as error:
            raise BadInput(
                f"{html} cannot be written: {error.strerror}.", "Choose a folder that exists."
            ) from error
    terminal.write(report, result.report())


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{text!r} is not a share.", "Write it like control=0.5,test=0.5.") from None
