"""Learning from past campaigns in a process of its own, which is killed when it has said something."""

from __future__ import annotations

import operator
import os
import signal
from dataclasses import replace
from pathlib import Path

from lookalike import pretraining
from lookalike.pretraining import Spec, family, learning
from lookalike.progress import Progress, Update
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.fuzz import stopping

SPEC = Spec(networks=("metaheac", "mmoe"))


def shrink(set_item=operator.setitem, set_attribute=setattr) -> None:
    """Make the networks small and their training brief: eight rounds, told after four."""
    for name, recipe in family.EVERY.items():
        form = replace(recipe.form, hidden=8)
        small = replace(recipe, form=form, rounds=8, tasks=4, most_seeds=16, others=32)
        set_item(family.EVERY, name, small)
    set_attribute(learning, "EPOCH", 4)


def killed(folder: Path, after: int) -> list[str]:
    """Learn, or go on, until so many losses were told; return what was told, a line a loss."""
    log = folder.parent / "log"
    log.write_text("")
    child = stopping.started(_learn, (folder, after, log), __name__)
    child.join(60)
    assert child.exitcode == -signal.SIGKILL, f"it was not killed, but ended with {child.exitcode}"
    return log.read_text().splitlines()


def line(update: Update) -> str:
    """Write down a loss: of which network, of which half, and what it is."""
    return "{network} {half} {loss:.17g}".format_map(update.facts)


def _learn(folder: Path, after: int, log: Path) -> None:
    shrink()
    told: list[str] = []

    def hear(update: Update) -> None:
        if "loss" in update.facts:
            told.append(line(update))
            log.write_text("\n".join(told))
            if len(told) == after:
                os.kill(os.getpid(), signal.SIGKILL)

    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        run, _ = pretraining.ask_or_go_on(workspace, SPEC)
        pretraining.carry_out(workspace, run, Progress(hear))
