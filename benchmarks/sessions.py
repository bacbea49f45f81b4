"""What trainings cost other visitors: `python -m benchmarks.sessions [--trainings 3]`.

Visitors go from page to page of one server, first while it is idle, then while it trains what
others asked for. They speak Streamlit's protocol from this one process: an answer lasts from asking
for a page until the server says that its script has finished.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.results import record
from benchmarks.visitors import Answer, Visitor
from lookalike import expansion, runs, seeds
from lookalike.methods import DEFAULT
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.e2e.server import run_cli, serving

PAGES = ("", "expand", "data", "lists")  # the first is the overview
PAUSE = (5.0, 15.0)  # seconds that a visitor looks at a page
MOST = 3.0  # times as long as idle, that an answer may take


async def visit(
    url: str, rounds: int, number: int, busy: Callable[[], bool]
) -> list[tuple[Answer, bool]]:
    """Go through the pages; return each answer, and whether a training was under way throughout."""
    chance = random.Random(number)  # noqa: S311 - when a visitor moves on is no secret
    found = []
    async with Visitor(url) as visitor:
        await visitor.ask("")
        for _ in range(rounds):
            for page in PAGES:
                await asyncio.sleep(chance.uniform(*PAUSE))
                before = busy()
                answer = await visitor.ask(page)
                found.append((answer, before and busy()))
    return found


class Trainer:
    """A visitor who trains: starts a run by its link, follows it, and starts it again at its end."""

    def __init__(self, url: str, run: str) -> None:
        self._url, self._query = url, f"run={run}"
        self.under_way = False
        self.started = 0
        self.looks: list[Answer] = []

    async def train(self) -> None:
        """Train again and again, until cancelled."""
        while True:
            async with Visitor(self._url) as visitor:
                waiting = await visitor.ask("expand", self._query)
                started = await visitor.ask("expand", self._query, waiting.button("Start again"))
                self.started += 1
                await self._follow(visitor, started.address())

    async def _follow(self, visitor: Visitor, query: str) -> None:
        """Look once a second, as the page does by itself, while a bar of progress is shown."""
        seen = await visitor.ask("expand", query)
        part = seen.part()
        while True:
            self.looks.append(seen)
            self.under_way = seen.shows("progress")
            if not self.under_way:
                return
            await asyncio.sleep(1.0)
            seen = await visitor.again("expand", query, part)


async def measure(
    url: str, trained: Sequence[str], visitors: int, rounds: int
) -> tuple[list[Answer], list[Answer], list[Trainer]]:
    """Return the answers of the idle server, those during trainings, and who trained."""
    async with Visitor(url) as first:
        for page in PAGES:  # what is loaded and compiled once is nobody's waiting
            await first.ask(page)
    idle = await asyncio.gather(*(visit(url, rounds, n, lambda: True) for n in range(visitors)))
    trainers = [Trainer(url, run) for run in trained]
    training = [asyncio.create_task(trainer.train()) for trainer in trainers]

    def busy() -> bool:
        for task in training:
            if task.done():
                task.result()
        return any(trainer.under_way for trainer in trainers)

    while not busy():
        await asyncio.sleep(0.1)
    during = await asyncio.gather(*(visit(url, rounds, n, busy) for n in range(visitors)))
    for task in training:
        task.cancel()
    return (
        [answer for each in idle for answer, _ in each],
        [answer for each in during for answer, throughout in each if throughout],
        trainers,
    )


def ask_and_cancel(folder: Path, method: str, count: int) -> list[str]:
    """Enter expansions of the largest lists and cancel them, so that their pages offer to start them."""
    found = []
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        largest = sorted(seeds.saved(workspace), key=lambda one: -one.seeds)
        for saved in largest[:count]:
            run = expansion.ask(workspace, expansion.Spec(saved.name, method=method))
            runs.cancel_queued(workspace, run)
            found.append(run)
    return found


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=20, help="visitors who look around")
    parser.add_argument("--trainings", type=int, default=1, help="further visitors, who train")
    parser.add_argument("--workers", type=int, default=1, help="runs that the server does at once")
    parser.add_argument("--rounds", type=int, default=5, help="times through the pages")
    parser.add_argument("--method", default=DEFAULT, help="what is trained meanwhile")
    parser.add_argument(
        "--workspace", type=Path, help="a workspace to copy; by default the sample world"
    )
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "workspace"
        if given.workspace:
            shutil.copytree(given.workspace, folder)
        else:
            run_cli("init", "--sample", "--workspace", str(folder))
        trained = ask_and_cancel(folder, given.method, given.trainings)
        log, workers = Path(scratch) / "log", str(given.workers)
        with serving(folder, log, port=given.port, LOOKALIKE_WORKERS=workers) as server:
            idle, busy, trainers = asyncio.run(
                measure(server.url, trained, given.sessions, given.rounds)
            )
    title = "Visitors during a training"
    options = [f"--sessions {given.sessions}", f"--trainings {given.trainings}"]
    if given.rounds != 5:
        options.append(f"--rounds {given.rounds}")
    if given.workers > 1:
        options.append(f"--workers {given.workers}")
    if given.trainings > 1:
        title = f"Visitors while {given.trainings} others train, {given.workers} at a time"
    command = " ".join(["python -m benchmarks.sessions", *options])
    record(title, command, table(idle, busy, given, trainers))


def table(
    idle: list[Answer], busy: list[Answer], given: argparse.Namespace, trainers: Sequence[Trainer]
) -> list[str]:
    """Lay the answers out by page, with their sum."""
    started = sum(trainer.started for trainer in trainers)
    looks = [look for trainer in trainers for look in trainer.looks]
    lines = [
        (
            f"{given.sessions} visitors, 5 to 15 seconds a page; meanwhile {given.trainings} more "
            f"trained ({given.method}), one after another {started} times, and looked at their "
            f"progress {len(looks)} times (p95 {_quantiles(looks)[1]:.3f} seconds). "
            f"{os.cpu_count()} cores, load at the end {os.getloadavg()[0]:.1f}. "
            "Seconds from asking to the end of the page's script."
        ),
        "",
        "| page | idle n | p50 | p95 | busy n | p50 | p95 | p95 busy / idle | errors |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for page in (*PAGES, None):
        one = [answer for answer in idle if page in (answer.page, None)]
        other = [answer for answer in busy if page in (answer.page, None)]
        errors = sum(bool(answer.error) for answer in (*one, *other))
        low, high = _quantiles(one), _quantiles(other)
        name = "all" if page is None else page or "overview"
        lines.append(
            f"| {name} | {len(one)} | {low[0]:.3f} | {low[1]:.3f} | {len(other)} | {high[0]:.3f} | "
            f"{high[1]:.3f} | {high[1] / low[1]:.2f} | {errors} |"
        )
    seen = sorted({answer.error for answer in (*idle, *busy, *looks) if answer.error})
    ratio = _quantiles(busy)[1] / _quantiles(idle)[1]
    verdict = "holds" if ratio <= MOST and not seen else "does NOT hold"
    return [*lines, "", f"At most {MOST:g} times as long, without an error: {verdict}.", *seen]


def _quantiles(answers: list[Answer]) -> tuple[float, float]:
    seconds = [answer.seconds for answer in answers] or [float("nan")]
    return float(np.quantile(seconds, 0.5)), float(np.quantile(seconds, 0.95))


if __name__ == "__main__":
    main()
