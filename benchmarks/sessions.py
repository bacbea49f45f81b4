"""What a training costs other visitors: `python -m benchmarks.sessions`.

Twenty visitors go from page to page of one server, first while it is idle, then while it trains
what another visitor asked for. They speak Streamlit's protocol from this one process: an answer
lasts from asking for a page until the server says that its script has finished.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.results import record
from lookalike import expansion, runs, seeds
from lookalike.methods import DEFAULT
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.e2e.server import run_cli, serving

PAGES = ("", "expand", "data", "lists")  # the first is the overview
PAUSE = (5.0, 15.0)  # seconds that a visitor looks at a page
PATIENCE = 60.0  # seconds that an answer may take
MOST = 3.0  # times as long as idle, that an answer may take


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as it was answered.

    Attributes:
        page: Its name in the address.
        seconds: From asking to the end of its script.
        error: What went wrong; "" if nothing did.
        messages: What the server sent.
    """

    page: str
    seconds: float
    error: str
    messages: list[ForwardMsg] = field(repr=False)

    def shows(self, kind: str) -> bool:
        """Whether an element of a kind is on the page."""
        return any(_kind(message) == kind for message in self.messages)

    def button(self, label: str) -> str:
        """Return the id of a button.

        Raises:
            LookupError: There is none of that label.
        """
        for message in self.messages:
            if _kind(message) == "button" and message.delta.new_element.button.label == label:
                return message.delta.new_element.button.id
        raise LookupError(f"There is no button {label!r} on {self.page!r}.")

    def address(self) -> str:
        """Return the query string that the page put into the address.

        Raises:
            LookupError: It put none there.
        """
        for message in reversed(self.messages):
            if message.WhichOneof("type") == "page_info_changed":
                return str(message.page_info_changed.query_string)
        raise LookupError(f"{self.page!r} did not change the address.")


class Visitor:
    """One browser tab, as the server sees it."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/_stcore/stream"

    async def __aenter__(self) -> Visitor:
        self._socket = await websockets.connect(
            self._url, subprotocols=["streamlit"], max_size=None, ping_interval=None
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def ask(self, page: str, query: str = "", press: str = "") -> Answer:
        """Ask for a page, or press a button on it, and wait for the end of its script."""
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = query
        if press:
            asked.rerun_script.widget_states.widgets.add(id=press, trigger_value=True)
        began = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        messages: list[ForwardMsg] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while not messages or not _ended(messages[-1]):
                    message = ForwardMsg()
                    message.ParseFromString(await self._socket.recv())
                    messages.append(message)
            error = next(filter(None, map(_error, messages)), "")
        except (TimeoutError, websockets.ConnectionClosed) as problem:
            error = type(problem).__name__
        return Answer(page, time.perf_counter() - began, error, messages)


def _kind(message: ForwardMsg) -> str:
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return ""
    return message.delta.new_element.WhichOneof("type") or ""


def _ended(message: ForwardMsg) -> bool:
    finished = ForwardMsg.ScriptFinishedStatus
    return message.WhichOneof("type") == "script_finished" and message.script_finished in (
        finished.FINISHED_SUCCESSFULLY,
        finished.FINISHED_WITH_COMPILE_ERROR,
    )


def _error(message: ForwardMsg) -> str:
    if _kind(message) == "exception":
        return message.delta.new_element.exception.message or "an exception"
    if message.WhichOneof("type") == "page_not_found":
        return "page not found"
    return ""


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
    """The visitor who trains: starts a run by its link, follows it, and starts it again at its end."""

    def __init__(self, url: str, run: str) -> None:
        self._url, self._query = url, f"run={run}"
        self.under_way = False
        self.started = 0

    async def train(self) -> None:
        """Train again and again, until cancelled."""
        while True:
            async with Visitor(self._url) as visitor:
                waiting = await visitor.ask("expand", self._query)
                started = await visitor.ask("expand", self._query, waiting.button("Start again"))
                self.started += 1
                await self._follow(visitor, started.address())

    async def _follow(self, visitor: Visitor, query: str) -> None:
        """Look at the run twice a second while a bar of progress is shown."""
        while True:
            page = await visitor.ask("expand", query)
            self.under_way = page.shows("progress")
            if not self.under_way:
                return
            await asyncio.sleep(0.5)


async def measure(
    url: str, run: str, visitors: int, rounds: int
) -> tuple[list[Answer], list[Answer], int]:
    """Return the answers of the idle server, those during trainings, and how many trainings began."""
    idle = await asyncio.gather(*(visit(url, rounds, n, lambda: True) for n in range(visitors)))
    trainer = Trainer(url, run)
    training = asyncio.create_task(trainer.train())
    while not trainer.under_way:
        if training.done():
            training.result()
        await asyncio.sleep(0.1)
    busy = await asyncio.gather(
        *(visit(url, rounds, n, lambda: trainer.under_way) for n in range(visitors))
    )
    training.cancel()
    return (
        [answer for each in idle for answer, _ in each],
        [answer for each in busy for answer, during in each if during],
        trainer.started,
    )


def ask_and_cancel(folder: Path, method: str) -> str:
    """Enter an expansion of the first saved list and cancel it, so that its page offers to start it."""
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        name = max(seeds.saved(workspace), key=lambda one: one.seeds).name
        run = expansion.ask(workspace, expansion.Spec(name, method=method))
        runs.cancel_queued(workspace, run)
    return run


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=20)
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
        run = ask_and_cancel(folder, given.method)
        with serving(folder, Path(scratch) / "log", port=given.port) as server:
            idle, busy, started = asyncio.run(measure(server.url, run, given.visitors, given.rounds))
    record(
        "Visitors during a training", "python -m benchmarks.sessions", table(idle, busy, given, started)
    )


def table(idle: list[Answer], busy: list[Answer], given: argparse.Namespace, started: int) -> list[str]:
    """Lay the answers out by page, with their sum."""
    lines = [
        (
            f"{given.visitors} visitors, 5 to 15 seconds a page; meanwhile {started} trainings "
            f"({given.method}) began. {os.cpu_count()} cores, load at the end {os.getloadavg()[0]:.1f}. "
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
    seen = sorted({answer.error for answer in (*idle, *busy) if answer.error})
    ratio = _quantiles(busy)[1] / _quantiles(idle)[1]
    verdict = "holds" if ratio <= MOST and not seen else "does NOT hold"
    return [*lines, "", f"At most {MOST:g} times as long, without an error: {verdict}.", *seen]


def _quantiles(answers: list[Answer]) -> tuple[float, float]:
    seconds = [answer.seconds for answer in answers] or [float("nan")]
    return float(np.quantile(seconds, 0.5)), float(np.quantile(seconds, 0.95))


if __name__ == "__main__":
    main()
