"""Asking for a run of many lists, or for one that stopped to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lookalike import audience, eligible, export, general, past, runs, seeds, versions
from lookalike.batch.spec import Spec
from lookalike.data_print import changes, data_print
from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.importing import snapshots
from lookalike.methods import chosen
from lookalike.runs import Run
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace

KIND = "batch"
STOPPED = ("cancelled", "interrupted", "failed")
LOOKED_AT = 100  # runs, for one to go on with


def ask(workspace: Workspace, spec: Spec) -> str:
    """Enter a run for this spec, checked as far as can be done at once, and return its id.

    What is wrong with one list alone is not: it is found when its turn comes, and told at the end.

    Raises:
        NotFound: No such list, method, snapshot, segment, template, or audience to exclude.
        BadInput: There is no list, or a choice cannot be used.
    """
    return _enter(workspace, fixed(workspace, spec))


def ask_or_go_on(workspace: Workspace, spec: Spec) -> tuple[str, str]:
    """Go on with a run that stopped and was asked the same, or else enter a new one.

    Returns:
        The run's id, and what to say of it: that it goes on, or why the last one does not; "" where
        none had stopped.

    Raises:
        LookalikeError: As `ask`.
    """
    wanted = fixed(workspace, spec)
    stopped = _last(workspace, wanted)
    if stopped is None:
        return _enter(workspace, wanted), ""
    before = Spec.from_json(stopped.spec)
    if (other := before.differences(wanted)) or not runs.queue_again(workspace, stopped.id):
        why = _why(before, wanted, other)
        return _enter(workspace, wanted), f"An earlier run stopped; this one starts anew: {why}."
    how = "failed" if stopped.status == "failed" else f"was {stopped.status}"
    return stopped.id, f"Going on with the run that {how}."


def go_on(workspace: Workspace, run: str) -> str:
    """Queue a run that stopped again; `carry_out` then goes on with what it was not through with.

    Raises:
        NotFound: There is no such run.
        BadInput: It is none of many lists, did not stop, or its lists or the data have changed.
    """
    entry = runs.get(workspace, run)
    if entry.kind != KIND or entry.status not in STOPPED:
        raise _not_stopped(entry)
    before = Spec.from_json(entry.spec)
    now = fixed(workspace, before)
    if other := before.differences(now):
        raise BadInput(
            f"It cannot go on: {_why(before, now, other)}.",
            "Expand the lists again, to have all audiences from the same data.",
        )
    if not runs.queue_again(workspace, run):
        raise _not_stopped(runs.get(workspace, run))
    return run


def fixed(workspace: Workspace, spec: Spec) -> Spec:
    """Return a spec with all that it leaves open written down, checked.

    Raises:
        LookalikeError: As `ask`.
    """
    if not spec.lists:
        raise BadInput("There is no seed list to expand.", _refusals(spec))
    chosen([spec.method])
    export.template(spec.template)
    snapshot = snapshots.get(workspace, spec.snapshot)
    known = {saved.name for saved in seeds.saved(workspace)}
    for name in (*spec.lists, *spec.cut.exclude):
        if name not in known:
            raise NotFound(f"There is no seed list {name!r}.", did_you_mean(name, known))
    audience.rows_of(workspace, spec.cut.exclude_audiences)
    days = workspace.settings.active_days if spec.active_days is None else spec.active_days
    if spec.only:
        eligible.find(workspace, snapshot, spec.only, days)
    return replace(
        spec,
        called=spec.called or spec.lists,
        active_days=days,
        snapshot=snapshot.id,
        past=past.available(workspace, snapshot),
        general=general.available(workspace, snapshot.id),
        sha256=tuple(fingerprint(workspace, seeds.load(workspace, name)) for name in spec.lists),
        data={
            **data_print(workspace, snapshot),
            "excluded": [
                fingerprint(workspace, seeds.load(workspace, name)) for name in spec.cut.exclude
            ],
        },
        program=versions.program(),
    )


def title(lists: Sequence[str]) -> str:
    """Say how many lists a run is of; the name of a single one."""
    return lists[0] if len(lists) == 1 else f"{len(lists):,} lists"


def _enter(workspace: Workspace, spec: Spec) -> str:
    return runs.create(workspace, KIND, title(spec.lists), spec.to_json())


def _last(workspace: Workspace, wanted: Spec) -> Run | None:
    """Return the newest run about any of these files or lists, if it stopped."""
    for run in runs.recent(workspace, [KIND], LOOKED_AT):
        if set(run.spec["called"]) & set(wanted.called):
            return run if run.status in STOPPED else None
    return None


def _why(before: Spec, now: Spec, other: Sequence[str]) -> str:
    """Say what is no longer as it was."""
    if "called" in other:
        return "the lists are others"
    if "lists" in other or "sha256" in other:  # a file that has changed is saved under another name
        both = zip(now.called, before.sha256, now.sha256, strict=True)
        changed = [name for name, old, new in both if old != new] or list(now.called)
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        return f"the list {changed[0]!r}{more} has changed"
    if "data" in other:
        said = changes(before.data, now.data)
        return f"the data have changed ({', '.join(said) or 'others are excluded'})"
    if "program" in other:
        return "the program or one of its libraries is of another version"
    return f"the settings are others ({', '.join(other)})" if other else "it was started meanwhile"


def _refusals(spec: Spec) -> str:
    if spec.refused:
        return " ".join(f"{name}: {why}" for name, why in spec.refused[:3])
    return "Save some: python -m lookalike seeds add NAME FILE, or load the sample data."


def _not_stopped(entry: Run) -> BadInput:
    return BadInput(
        f"The run {entry.id!r} is not a run of many lists that stopped: {entry.kind}, {entry.status}.",
        "Only a cancelled, interrupted or failed one can go on.",
    )
