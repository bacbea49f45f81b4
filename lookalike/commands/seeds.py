"""The commands "seeds …": save lists, see them, rename and delete them, work on them as sets."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.options import Report, Where, opened, seed_files
from lookalike.errors import BadInput
from lookalike.workspace import whole_file

if TYPE_CHECKING:
    from lookalike.seeds.matching import MatchReport

lists = typer.Typer(
    help="Save seed lists and work on them.", no_args_is_help=True, rich_markup_mode=None
)
Lists = Annotated[list[str], typer.Argument(help="Names of saved lists")]
As = Annotated[str, typer.Option("--as", help="What to call the new list.")]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--ids", help="A rule for ids that do not match as they are: ignore-case, add-prefix:u_, …"
    ),
]


@lists.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What to call it; a folder's lists are called by file.")],
    file: Annotated[Path, typer.Argument(help="A seed file, or a folder of them")],
    ids: Rules = None,
    unmatched: Annotated[
        Path | None, typer.Option("--unmatched", help="Write the ids that did not match to this CSV.")
    ] = None,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Save a seed list. Example: python -m lookalike seeds add buyers buyers.csv."""
    from lookalike import seeds
    from lookalike.seeds import downloads as seed_downloads

    with opened(workspace) as ws:
        done = []
        for path in seed_files(file):
            found = seeds.match_file(ws, path, rule=ids or ())
            if unmatched is not None and not file.is_dir():
                _write(unmatched, seed_downloads.unmatched_csv(found.report))
            chosen = found if file.is_dir() else replace(found, name=name)
            seeds.save(ws, chosen, replace=True)
            terminal.say(
                f"{chosen.name}: {found.report.matched:,} of {found.report.rows:,} ids matched, "
                f"{found.report.unknown + found.report.damaged:,} unknown, "
                f"{found.report.duplicates:,} duplicate{'' if found.report.duplicates == 1 else 's'}."
            )
            for said in filter(None, [found.report.how(), *_why(found.report)]):
                terminal.say(f"- {said}")
            done.append({"name": chosen.name, **found.report.kept(), "why": _counts(found.report)})
        terminal.write(report, {"lists": done})


@lists.command("list")
def list_(workspace: Where = None, report: Report = None) -> None:
    """List the saved seed lists. Example: python -m lookalike seeds list."""
    from lookalike import seeds

    with opened(workspace) as ws:
        found = seeds.saved(ws)
        rows = [[one.name, f"{one.seeds:,}", f"{one.created:%Y-%m-%d}"] for one in found]
        terminal.table(["list", "seeds", "saved"], rows)
        named = [asdict(one) | {"created": one.created.isoformat()} for one in found]
        terminal.write(report, {"lists": named})


@lists.command("rename")
def rename(name: str, new: str, workspace: Where = None) -> None:
    """Rename a saved seed list. Example: python -m lookalike seeds rename buyers 'Buyers of May'."""
    from lookalike import seeds

    with opened(workspace) as ws:
        seeds.rename(ws, name, new)
        terminal.say(f"{name} is now called {new.strip()}.")


@lists.command("remove")
def remove(name: str, workspace: Where = None) -> None:
    """Delete a saved seed list. Example: python -m lookalike seeds remove buyers."""
    from lookalike import seeds
    from lookalike.seeds import names as seed_names

    with opened(workspace) as ws:
        count = seed_names.uses(ws, name)
        seeds.remove(ws, name)
        kept = f" What {count:,} runs found out with it stays." if count else ""
        terminal.say(f"{name} is deleted.{kept}")


@lists.command("unite")
def unite(names: Lists, as_: As, workspace: Where = None) -> None:
    """Save the users of any of some lists. Example: seeds unite may june --as 'May or June'.

    Of a user on several lists the numbers of the list named first count, and the earliest date.
    """
    from lookalike.seeds import sets as seed_sets

    with opened(workspace) as ws:
        _made(len(seed_sets.unite(ws, names, as_).rows), as_)


@lists.command("intersect")
def intersect(names: Lists, as_: As, workspace: Where = None) -> None:
    """Save the users of all of some lists. Example: seeds intersect may june --as 'May and June'.

    Of a user's numbers those of the list named first count, and the earliest date.
    """
    from lookalike.seeds import sets as seed_sets

    with opened(workspace) as ws:
        _made(len(seed_sets.intersect(ws, names, as_).rows), as_)


@lists.command("subtract")
def subtract(
    name: str,
    less: Annotated[list[str], typer.Argument(help="The lists to take away")],
    as_: As,
    workspace: Where = None,
) -> None:
    """Save a list without the users of others. Example: seeds subtract all returned --as kept.

    Numbers and dates are the list's own.
    """
    from lookalike.seeds import sets as seed_sets

    with opened(workspace) as ws:
        _made(len(seed_sets.subtract(ws, name, less, as_).rows), as_)


@lists.command("overlap")
def overlap(names: Lists, workspace: Where = None, report: Report = None) -> None:
    """Say how far lists overlap. Example: python -m lookalike seeds overlap may june."""
    from lookalike.seeds import sets as seed_sets

    with opened(workspace) as ws:
        found = seed_sets.overlap(ws, names)
        head = ["list", "seeds", "other list", "seeds", "common", "of list", "of other", "Jaccard"]
        rows = [
            [
                *(two.one, f"{two.size:,}", two.other, f"{two.other_size:,}", f"{two.common:,}"),
                *(f"{two.share:.1%}", f"{two.other_share:.1%}", f"{two.jaccard:.3f}"),
            ]
            for two in found
        ]
        terminal.table(head, rows)
        terminal.write(report, {"overlaps": seed_sets.to_frame(found).to_dict("records")})


def _write(path: Path, data: bytes) -> None:
    try:
        with whole_file(path) as partial:
            partial.write_bytes(data)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror or error}.", "Choose a folder that exists."
        ) from error


def _made(count: int, name: str) -> None:
    terminal.say(f"{name.strip()}: {count:,} seeds.")


def _why(report: MatchReport) -> list[str]:
    """Say why ids did not match, and by which rule they would."""
    return [
        one.sentence() + (f" Or match them by a rule: --ids {one.rule}" if one.rule else "")
        for one in report.why
    ]


def _counts(report: MatchReport) -> list[dict[str, str | int]]:
    """Return the reasons without any id."""
    return [
        {"kind": one.kind, "reason": one.reason, "count": one.count, "rule": one.rule}
        for one in report.why
    ]
