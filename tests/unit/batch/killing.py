"""A run of many lists in a process of its own, which is killed when it says something."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from lookalike import batch, one_pass, training
from lookalike.batch import Files, Spec, passing
from lookalike.cutting import Cut
from lookalike.progress import Progress, Update
from tests.fuzz import stopping
from tests.unit.batch.worlds import LISTS, opened

SPEC = Spec(LISTS, method="ridge", cut=Cut(size=80, holdout=0.1, exclude=("few",)))


def killed(folder: Path, out: Path, at: str) -> list[str]:
    """Do the work, or go on with it, until it says `at`; return what was fitted and scored."""
    log = folder.parent / "log"
    log.write_text("")
    child = stopping.started(_work, (folder, out, at, log), __name__)
    child.join(60)
    assert child.exitcode == -signal.SIGKILL, f"it was not killed, but ended with {child.exitcode}"
    return log.read_text().split()


def _work(folder: Path, out: Path, at: str, log: Path) -> None:
    watch(lambda what: log.write_text(f"{log.read_text()}{what}\n"))

    def told(update: Update) -> None:
        if at in f"{update.message} {update.fraction:.3f}":
            os.kill(os.getpid(), signal.SIGKILL)

    with opened(folder) as workspace:
        run, _ = batch.ask_or_go_on(workspace, SPEC)
        batch.carry_out(workspace, run, Progress(told), Files(out))


def watch(noted, patch=setattr) -> None:
    """Have blocks of 64 users, and note the name of each list that is fitted and each block's start."""
    fit, score = training.fit, one_pass.Stack.score

    def fitted(listed, *rest, **named):
        noted(listed.seed_list.name)
        return fit(listed, *rest, **named)

    def scored(stack, block, floors=None):
        noted(str(block.positions.start))
        return score(stack, block, floors)

    patch(one_pass, "USERS", (64, 64))
    patch(passing, "PARTS", 4)
    patch(training, "fit", fitted)
    patch(one_pass.Stack, "score", scored)
