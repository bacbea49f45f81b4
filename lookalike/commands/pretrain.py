"""The command `pretrain`: learn from past campaigns how new lists best begin."""

from __future__ import annotations

from typing import Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened

NETWORKS = (
    "What to learn: metaheac (the default), mmoe, shared_bottom, mlp_pretrained; for comparison "
    "metaheac_without_critics, …_experts, …_meta, …_steps, and metaheac_second_order."
)


def pretrain(
    network: Annotated[
        list[str] | None,
        typer.Option(help=NETWORKS),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", help="No past campaign: item:<item_id>, or list:<name>."),
    ] = None,
    snapshot: Annotated[int | None, typer.Option(help="Embeddings to learn on.", min=1)] = None,
    random_state: Annotated[int, typer.Option(help="Fixes what is left to chance.", min=0)] = 0,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Learn from saved lists and items, each a past campaign, how new lists best begin.

    Example: python -m lookalike pretrain. The methods called as the networks begin with what was
    learned last, so name all that are wanted. A call that was stopped goes on when it is given again.
    """
    from lookalike import pretraining
    from lookalike.general import FEWEST

    with opened(workspace) as ws, terminal.progress() as progress:
        spec = pretraining.Spec(
            tuple(network or pretraining.USUAL), tuple(leave_out or ()), snapshot, random_state
        )
        run, again = pretraining.ask_or_go_on(ws, spec)
        if again:
            terminal.say("Going on with the run that stopped.")
        made = pretraining.carry_out(ws, run, progress)
        if made.networks:
            terminal.say(
                f"General model {made.id} for the embeddings {made.snapshot}: learned from "
                f"{made.campaigns:,} past campaigns ({', '.join(made.networks)})."
            )
        else:
            terminal.say(
                f"There is too little to learn from: {made.campaigns:,} past campaigns, and {FEWEST} "
                "are needed. The methods that begin with past campaigns train like mlp until then."
            )
        terminal.write(
            report,
            {
                "version": made.id,
                "snapshot": made.snapshot,
                "campaigns": made.campaigns,
                "pace": made.how["pace"],
                "losses": made.how["losses"],
            },
        )
