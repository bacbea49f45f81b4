"""Learning from past campaigns in a process of its own, which is killed when it has said something."""

from __future__ import annotations

import multiprocessing
import operator
import os
import signal
import sys
import types
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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*stopping.PRELOADED, __name__])
    log = folder.parent / "log"
    log.write_text("")
    child = context.Process(target=_learn, args=(folder, after, log))
    before = sys.modules["__main__"]
    # a child runs what stands there again, which may be a page that another test opened
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        child.start()
    finally:
        sys.modules["__main__"] = before
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
