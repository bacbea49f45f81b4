"""Asking for a general model to be learned, or for a run that stopped to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lookalike import runs
from lookalike.errors import BadInput
from lookalike.importing import snapshots
from lookalike.pretraining import states
from lookalike.pretraining.family import USUAL, recipes
from lookalike.workspace import Workspace

KIND = "pretrain"
STOPPED = ("cancelled", "interrupted", "failed")
MOST = 100  # runs that are looked through, the newest


@dataclass(frozen=True, slots=True)
class Spec:
    """What to learn; with the workspace's data it fixes the general model.

    Attributes:
        networks: Names from the family.
        leave_out: Items ("item:<item_id>") and lists ("list:<name>") that are no past campaigns.
        snapshot: Embeddings to learn on; None for the newest.
        random_state: Fixes everything that is left to chance.
    """

    networks: tuple[str, ...] = USUAL
    leave_out: tuple[str, ...] = ()
    snapshot: int | None = None
    random_state: int = 0

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Spec:
        """Read what `runs` keeps."""
        many = {name: tuple(value) for name, value in spec.items() if isinstance(value, list)}
        return cls(**{**spec, **many})


def ask(workspace: Workspace, spec: Spec | None = None) -> str:
    """Enter a run and return its id; what was kept of one that stopped before is then no more.

    Raises:
        NotFound: There is no such network or snapshot.
        BadInput: No network is named.
    """
    fixed = _fixed(workspace, spec or Spec())
    run = runs.create(workspace, KIND, "Learn from past campaigns", asdict(fixed))
    tidy(workspace)
    return run


def ask_or_go_on(workspace: Workspace, spec: Spec | None = None) -> tuple[str, bool]:
    """Go on with the last run if it stopped and was asked the same, or else enter a new one.

    Returns:
        The run's id, and whether it goes on.

    Raises:
        LookalikeError: As `ask`.
    """
    fixed = _fixed(workspace, spec or Spec())
    last = next(iter(runs.recent(workspace, [KIND], limit=1)), None)
    same = last is not None and last.status in STOPPED and Spec.from_json(last.spec) == fixed
    if last is not None and same and runs.queue_again(workspace, last.id):
        return last.id, True
    return ask(workspace, fixed), False


def go_on(workspace: Workspace, run: str) -> str:
    """Queue a run that stopped again; `carry_out` then goes on from what was kept.

    Raises:
        NotFound: There is no such run.
        BadInput: It is no such run, or did not stop.
    """
    entry = runs.get(workspace, run)
    if entry.kind != KIND or not runs.queue_again(workspace, run):
        raise BadInput(
            f"The run {run!r} is not one that stopped learning from past campaigns: "
            f"{entry.kind}, {entry.status}.",
            "Only a cancelled, interrupted or failed one can go on.",
        )
    return run


def kept(workspace: Workspace, run: str) -> bool:
    """Whether a run that stopped goes on from somewhere, rather than from the beginning."""
    return states.path_of(workspace, run).exists()


def tidy(workspace: Workspace) -> None:
    """Remove what was kept of runs that are done, and of those that stopped before another was asked."""
    entries = runs.recent(workspace, [KIND], MOST)
    needed = [run.id for run in entries if not run.ended]
    needed += [run.id for run in entries[:1] if run.status != "done"]
    states.sweep(workspace, needed)


def _fixed(workspace: Workspace, spec: Spec) -> Spec:
    recipes(spec.networks)
    snapshot = snapshots.get(workspace, spec.snapshot)
    return replace(spec, snapshot=snapshot.id, leave_out=tuple(sorted(spec.leave_out)))
