"""Many cases in a child process with bounded memory; one that dies or hangs is the case's fault."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from .judging import CASE_SECONDS, Ending, chance_of, judged
from .targets import TARGETS, cases, place

MEMORY = 6 << 30  # address space of a child; the libraries alone map about two
HUNG = 12 * CASE_SECONDS  # without a line; C code hears no alarm, and a machine may be busy
STEP = 250  # cases a child


@dataclass(slots=True)
class Tally:
    """What became of the cases of one parser."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    largest: tuple[float, int] = (0.0, 0)
    seconds: float = 0.0
    faults: list[tuple[int, Ending]] = field(default_factory=list)

    def add(self, number: int, ending: Ending) -> None:
        self.outcomes[ending.outcome] += 1
        self.slowest = max(self.slowest, (ending.seconds, number))
        self.largest = max(self.largest, (ending.megabytes, number))
        self.seconds += ending.seconds
        if not ending.good:
            self.faults.append((number, ending))


def run(count: int, seed: int) -> dict[str, Tally]:
    """Run so many cases over all parsers, in children."""
    found = {name: Tally() for name in TARGETS}
    for name, share in cases(count).items():
        for number, ending in _in_children(name, seed, share):
            found[name].add(number, ending)
        print(row(name, found[name]), flush=True)
    return found


def row(name: str, tally: Tally) -> str:
    """One row of the table."""
    bad = sum(tally.outcomes.values()) - tally.outcomes["result"] - tally.outcomes["refused"]
    return (
        f"{name:<20} {sum(tally.outcomes.values()):>7,} {tally.outcomes['result']:>8,} "
        f"{tally.outcomes['refused']:>8,} {bad:>7,} {tally.slowest[0]:>9.2f} {tally.largest[0]:>8.0f} "
        f"{tally.seconds:>8.0f}"
    )


HEAD = (
    f"{'parser':<20} {'cases':>7} {'result':>8} {'refused':>8} {'faults':>7} {'slowest s':>9} "
    f"{'peak MB':>8} {'total s':>8}"
)


def _in_children(name: str, seed: int, count: int) -> Iterator[tuple[int, Ending]]:
    at = 0
    while at < count:
        end = min(count, at + STEP)
        for number, ending in _child(name, seed, at, end):
            yield number, ending
            at = number + 1


def _child(name: str, seed: int, start: int, end: int) -> Iterator[tuple[int, Ending]]:
    told = (name.replace("--", "=="), str(seed), str(start), str(end))  # "--map" is no option here
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz", "--child", *told]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_bounded,  # noqa: PLW1509 - no threads yet
    )
    watch = _Watch(child)
    number = start
    try:
        for line in watch.lines():
            number, ending = json.loads(line)
            yield number, Ending(**ending)
            number += 1
        if number < end:
            reason = "hung" if watch.hung else f"died ({child.wait()})"
            yield number, Ending(reason, "", HUNG if watch.hung else 0.0, 0.0)
    finally:
        child.kill()
        child.wait()


class _Watch:
    """Reads a child's lines, and ends it when none came for too long."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child, self.hung = child, False

    def lines(self) -> Iterator[str]:
        import threading

        def over() -> None:
            self.hung = True
            self.child.kill()

        assert self.child.stdout is not None
        while True:
            timer = threading.Timer(HUNG, over)
            timer.start()
            told = self.child.stdout.readline()
            timer.cancel()
            if not told:
                return
            yield told


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def child(name: str, seed: int, start: int, end: int) -> None:
    """Run some cases of one parser here, one line of JSON each."""
    target = TARGETS[name]
    with place() as where:
        for number in range(start, end):
            ending = judged(target, where, target.make(chance_of(name, seed, number)))
            print(json.dumps([number, asdict(ending)]), flush=True)
