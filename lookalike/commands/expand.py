"""The commands `expand` and `replay`: an audience without a browser, and the same one again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.commands import terminal
from lookalike.commands.expand_many import Wishes, expand_many, is_folder
from lookalike.commands.given import excluding, seed_list
from lookalike.commands.options import Report, Where, opened, pairs
from lookalike.errors import BadInput
from lookalike.texts import write_text

if TYPE_CHECKING:
    from lookalike.cutting import Cut


def expand(
    seeds: Annotated[
        list[str],
        typer.Option("--seeds", help="A seed file, a folder of them, or a saved list; may be repeated."),
    ],
    out: Annotated[Path, typer.Option(help="The audience file to write; of several lists, a folder.")],
    ids: Annotated[
        list[str] | None, typer.Option(help="How ids differ from ours: drop-prefix:u_, ignore-case, …")
    ] = None,
    size: Annotated[str, typer.Option(help="A share of the eligible users (0.05, 5%) or a count.")] = "",
    least_score: Annotated[
        float | None, typer.Option(help="Take everybody who scores so much, instead of a size.")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="A metric to weight by; repeat to average several.")
    ] = None,
    method: Annotated[str | None, typer.Option(help="A method; see `compare`.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these users: country=DE; repeat for several.")
    ] = None,
    active_days: Annotated[
        int | None, typer.Option(help="Only users seen in so many days; default: the setting.", min=1)
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="A saved list or file whose users to leave out.")
    ] = None,
    holdout: Annotated[
        float, typer.Option(help="Share of the audience to keep back for an experiment.")
    ] = 0.0,
    held_out: Annotated[
        Path | None, typer.Option(help="Write those kept back to this file (CSV), or folder.")
    ] = None,
    tiers: Annotated[str, typer.Option(help="Nested sizes to tell apart: 1%,2%,5%,10%.")] = "",
    to: Annotated[str, typer.Option("--format", help="csv, parquet or a platform: meta, …")] = "csv",
    field: Annotated[
        list[str] | None, typer.Option(help="A contact field's attribute: email=mail_2.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="Write a manifest, from which `replay` makes it again (JSON).")
    ] = None,
    card: Annotated[
        Path | None, typer.Option(help="Write a model card, for people to read (HTML).")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="An item (item:<id>) or feature to leave out.")
    ] = None,
    splits: Annotated[
        int | None, typer.Option(help="At most so many folds of back-test; of several lists: 0.", min=0)
    ] = None,
    look_alikes: Annotated[
        int | None, typer.Option(help="Look-alikes to assume; default: as many as seeds.", min=1)
    ] = None,
    random_state: Annotated[int, typer.Option(help="Fixes what is left to chance.")] = 0,
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Expand a seed list, or several in one pass over the users.

    Example: python -m lookalike expand --seeds buyers.csv --size 5% --out audience.csv. Of a folder
    of lists (--seeds lists --out audiences), or of several, each gets a file in the folder --out, and
    one manifest.json tells of all; nothing is tested unless --splits says so; stopped, the same
    command goes on. It exits with 1 when a list could not be expanded; the others are.
    """
    from lookalike import expansion, export, leaks, methods, model_card
    from lookalike import manifest as manifests
    from lookalike import seeds as seed_lists

    template = export.template(to)
    cut = _cut(size, least_score, holdout, held_out, tiers)
    if len(seeds) > 1 or is_folder(workspace, seeds[0]):
        expand_many(
            seeds,
            Wishes(
                cut=cut,
                ids=ids or (),
                exclude=exclude or (),
                weight=weight or (),
                method=method or methods.DEFAULT,
                leave_out=leave_out or (),
                only=only or (),
                active_days=active_days,
                splits=splits or 0,
                random_state=random_state,
                template=to,
                fields=pairs(field or []) or None,
            ),
            refused={"--manifest": manifest, "--card": card, "--look-alikes": look_alikes},
            out=out,
            held_out=held_out,
            workspace=workspace,
            report=report,
        )
        return
    _check_single(splits, (out, held_out, manifest, card, report))
    with opened(workspace) as ws, terminal.progress() as progress:
        found = seed_list(ws, seeds[0], ids or [])
        expansion.check_size(len(found.rows), found.report.rows)
        suspects = [leak for leak in leaks.find(ws, found.rows) if leak.serious]
        cut = excluding(ws, cut, exclude or [])
        spec = expansion.Spec(
            seed_list=seed_lists.keep(ws, found),
            weight=tuple(weight or ()),
            method=method or methods.DEFAULT,
            leave_out=tuple(leave_out or ()),
            splits=splits,
            random_state=random_state,
            only=tuple(only or ()),
            active_days=active_days,
        )
        result = expansion.carry_out(ws, expansion.ask(ws, spec), progress)
        if look_alikes is not None:
            result = result.assuming(look_alikes)
        chosen = result.audience(cut)
        fields = pairs(field or []) or None
        written = chosen.write(out, to, fields)
        if held_out is not None:
            chosen.write_held_out(held_out)
        made = manifests.manifest(result, chosen, template, written, out.name, fields)
        if manifest is not None:
            write_text(manifest, manifests.to_text(made))
        if card is not None:
            write_text(card, model_card.card(made, result))
        for leak in (leak for leak in suspects if leak.key not in spec.leave_out):
            terminal.warn(f"{leak.sentence()} Leave it out: --leave-out {leak.key}")
        terminal.say(
            f"{found.report.matched:,} of {found.report.rows:,} ids matched. "
            f"{result.sentence(chosen.size)}"
        )
        if ahead := result.winner():
            terminal.say(result.winner_sentence(ahead))
        terminal.say(f"{result.share_sentence(chosen.size)} {chosen.caveat()}".strip())
        for said in (*written.notes(), *written.warnings):
            terminal.warn(said)
        kept = f"; {chosen.held_out:,} are held out" if chosen.held_out else ""
        terminal.say(f"{written.rows:,} users written to {out}{kept}.")
        terminal.write(report, result.report(chosen, written.sha256))


def replay(
    manifest: Annotated[Path, typer.Argument(help="The manifest of an export (JSON)")],
    out: Annotated[Path, typer.Option(help="The audience file to write.")],
    workspace: Where = None,
    report: Report = None,
) -> None:
    """Make an exported audience again. Example: python -m lookalike replay m.json --out audience.csv.

    It exits with 0 when the file is the same byte for byte, and with 1 when it is not.
    """
    from lookalike import manifest as manifests
    from lookalike import replaying

    made = manifests.read(manifest)
    _check_folder(out)
    with opened(workspace) as ws, terminal.progress() as progress:
        again = replaying.replay(ws, made, out, progress)
        terminal.write(report, {"same": again.same, **again.written.report()})
        if not again.same:
            raise BadInput(again.sentence(), "")
        terminal.say(again.sentence())


def _cut(size: str, least_score: float | None, holdout: float, held_out: Path | None, tiers: str) -> Cut:
    from lookalike import cutting

    if bool(size) == (least_score is not None):
        raise BadInput("How large is the audience?", "Give either --size 5% or --least-score 0.8.")
    if held_out is not None and not holdout:
        raise BadInput("--held-out needs a share to hold out.", "Give it: --holdout 0.1.")
    return cutting.Cut(
        size=cutting.parse_size(size) if size else 1.0,
        least_score=least_score,
        holdout=holdout,
        tiers=cutting.parse_tiers(tiers),
    )


def _check_single(splits: int | None, given: Sequence[Path | None]) -> None:
    """Refuse what cannot be done for a single list, before anything is begun."""
    if splits == 0:
        raise BadInput("A single list is always tested.", "Give --splits 1 for a quick look.")
    files = [path.absolute() for path in given if path is not None]
    if len(set(files)) < len(files):
        raise BadInput("Two files would have the same name.", "Give each a name of its own.")
    for path in files:
        _check_folder(path)


def _check_folder(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise BadInput(f"The folder of {path} does not exist.", "Make it first, or write elsewhere.")
