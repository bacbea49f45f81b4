"""The command `compare`: back-test methods on many lists, stop, and go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened, seed_files
from lookalike.errors import BadInput
from lookalike.progress import Update
from lookalike.workspace import Workspace

if TYPE_CHECKING:
    from lookalike.comparison import Comparison


def compare(
    seeds: Annotated[
        list[str] | None,
        typer.Option("--seeds", help="A folder of seed files, or a saved list; default: all."),
    ] = None,
    methods: Annotated[str | None, typer.Option(help="Names, separated by commas.")] = None,
    splits: Annotated[int, typer.Option(help="Folds for each list.", min=1, max=10)] = 3,
    split: Annotated[str, typer.Option(help="random, or time: hold out the latest seeds.")] = "random",
    buckets: Annotated[
        str, typer.Option(help="By seed size: lists, published, or edges like 20,100,500.")
    ] = "lists",
    resume: Annotated[
        str | None, typer.Option(help="Go on with a run that stopped, after its finished lists.")
    ] = None,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Back-test methods on seed lists. Example: python -m lookalike compare --seeds lists/."""
    from lookalike import comparison
    from lookalike.buckets import parse_buckets

    if resume is not None and (seeds or methods):
        raise BadInput(
            "--resume goes on with what the run was asked.", "Leave --seeds and --methods out."
        )
    names = tuple(part.strip() for part in methods.split(",")) if methods else comparison.USUAL
    edges = parse_buckets(buckets)
    with opened(workspace) as ws, terminal.progress(_list_line) as progress:
        if resume is not None:
            run = comparison.go_on(ws, resume)
        else:
            lists = _lists(ws, seeds)
            spec = comparison.Spec(lists, names, splits, split=split, buckets=edges)
            run = comparison.ask(ws, spec)
        try:
            result = comparison.carry_out(ws, run, progress)
        except KeyboardInterrupt:
            terminal.warn(
                f"\nFinished lists are kept. Go on: python -m lookalike compare --resume {run}"
            )
            raise
    _say(result)
    terminal.write(report, _report(result))


def _lists(workspace: Workspace, given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the lists to compare on; files are saved first."""
    from lookalike import seeds as seed_lists
    from lookalike.seeds import batch as seed_batch

    saved = {one.name for one in seed_lists.saved(workspace)}
    lists: list[str] = []
    for name in given or sorted(saved):
        if name in saved:
            lists.append(name)
            continue
        taken = seed_batch.take_in(workspace, seed_files(Path(name)))
        lists += [one.name for one in taken if one.name]
        bad = [one for one in taken if one.error is not None]
        if bad and len(bad) == len(taken):
            raise bad[0].error or BadInput(bad[0].sentence())
        for one in bad:
            terminal.warn(f"Skipped {one.sentence()}")
    return tuple(dict.fromkeys(lists))


def _list_line(update: Update) -> str | None:
    """Return what to say of a list once it is through."""
    if "list_done" not in update.facts:
        return None
    recall = update.facts["recall"]
    found = ", ".join(f"{name} {100 * share:.1f} %" for name, share in recall.items())
    return f"{update.facts['seed_list']}: {found or 'skipped'}"


def _say(result: Comparison) -> None:
    for reason in result.skipped:
        terminal.warn(f"Skipped {reason}")
    for sentence in result.leaking:
        terminal.warn(sentence)
    terminal.table(
        ["bucket", "method", "lists", "recall", "interval", "vs logistic", "p (Holm)", "seconds"],
        [_summary_line(row) for row in result.summary],
    )
    terminal.say("")
    for sentence in result.findings():
        terminal.say(sentence)
    terminal.say("")
    times = result.times()
    preparing = times[times.stage == "prepare"].seconds.sum()
    wide = times[times.method != ""].pivot_table(index="method", columns="stage", values="seconds")
    terminal.table(
        ["seconds", "training", "scoring"],
        [
            ["preparing the lists", f"{preparing:.1f}", ""],
            *([str(name), f"{row.fit:.1f}", f"{row.score:.1f}"] for name, row in wide.iterrows()),
        ],
    )


def _summary_line(row: dict[str, Any]) -> list[str]:
    lift = "" if row["lift_vs_baseline"] is None else f"{row['lift_vs_baseline']:.3f}"
    if row["lift_low"] is not None:
        lift += f" ({row['lift_low']:.3f}–{row['lift_high']:.3f})"
    return [
        row["bucket"],
        row["method"],
        str(row["lists"]),
        f"{row['recall']:.3f}",
        "" if row["low"] is None else f"{row['low']:.3f}–{row['high']:.3f}",
        lift,
        "" if row["p_holm"] is None else f"{row['p_holm']:.4f}",
        f"{row['seconds']:.1f}",
    ]


def _report(result: Comparison) -> dict[str, Any]:
    return {
        "run_id": result.run.id,
        "points": result.points(),
        "summary": result.summary,
        "findings": result.findings(),
        "skipped": result.skipped,
        "leaking": result.leaking,
        "seconds": result.times().to_dict("records"),
    }
