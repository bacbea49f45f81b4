"""The command "advise": what to make of one seed list, in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import opened
from lookalike.errors import NotFound, did_you_mean


def advise(
    seeds: Annotated[str, typer.Option("--seeds", help="A seed file, or a saved list's name.")],
    without: Annotated[
        str | None, typer.Option(help="Save the list without this group of it: outliers, 'group 2', …")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="A method; it is fitted some hundred times.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="An item (item:<id>) or feature to leave out.")
    ] = None,
    splits: Annotated[
        int | None, typer.Option(help="At most so many rounds of holding out.", min=1)
    ] = None,
    random_state: Annotated[int, typer.Option(help="Fixes what is left to chance.")] = 0,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", help="The workspace folder; default: LOOKALIKE_WORKSPACE or ./workspace"
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the result to this file as JSON.")
    ] = None,
) -> None:
    """Say whether more seeds would help, what to weight by, and who does not belong.

    Example: python -m lookalike advise --seeds buyers.csv.
    """
    from lookalike import seeds as seed_lists
    from lookalike.advice import advising
    from lookalike.advice.advised import FAST
    from lookalike.advice.hygiene import group_line

    with opened(workspace) as ws, terminal.progress() as progress:
        names = {saved.name for saved in seed_lists.saved(ws)}
        named = seeds in names
        if not named and not Path(seeds).exists():
            raise NotFound(f"There is no seed list or file {seeds!r}.", did_you_mean(seeds, names))
        found = seed_lists.load(ws, seeds) if named else seed_lists.match_file(ws, Path(seeds))
        spec = advising.Spec(
            seed_list=seed_lists.keep(ws, found),
            method=method or FAST,
            leave_out=tuple(leave_out or ()),
            splits=splits,
            random_state=random_state,
        )
        advice = advising.carry_out(ws, advising.ask(ws, spec), progress)
        for sentence in advice.sentences():
            terminal.say(sentence)
        for row in advice.hygiene:
            terminal.say(f"- {group_line(row)}")
        if without:
            terminal.say(f"Saved as {seed_lists.keep(ws, advice.without(without))!r}.")
        terminal.write(report, advice.report())
