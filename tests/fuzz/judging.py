"""One case: read it, judge how it ended, and measure what it took."""

from __future__ import annotations

import random
import re
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.errors import LookalikeError

from .targets import Place, Target

OUTCOMES = ("result", "refused")  # the good ones; all others are faults
CASE_SECONDS = 20.0
LONGEST = 1_200  # characters of a refusal
# words of the libraries, none of which is in the files
RAW = re.compile(
    r"Traceback|Error:|Exception|codec|\b0x[0-9a-f]{4,}|LINE \d+:|arrow|duckdb|openpyxl|pandas|numpy|"
    r"read_csv|Candidate|Binder|CSV parse|magic bytes|Thrift|NoneType|sniff|null_padding|=true",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case ended: "result", "refused", or the kind of fault; and what it took.

    Attributes:
        outcome: In a word or two.
        detail: The sentence of a refusal, or where the fault is.
        seconds: Of processor time.
        megabytes: By which memory grew at its peak; 0 where that cannot be measured.
    """

    outcome: str
    detail: str
    seconds: float
    megabytes: float

    @property
    def good(self) -> bool:
        return self.outcome in OUTCOMES


class TooSlow(BaseException):
    """The time of a case is over."""


def chance_of(target: str, seed: int, number: int) -> random.Random:
    """The random source of a case, the same on every machine."""
    return random.Random(f"{target}/{seed}/{number}")


def judged(target: Target, where: Place, given: bytes | str, seconds: float = CASE_SECONDS) -> Ending:
    """Read one file and say how that ended."""
    with _peak() as peak, _limited(seconds):
        began = time.process_time()
        try:
            target.read(where, given)
            outcome, detail = "result", ""
        except LookalikeError as error:
            outcome, detail = _refusal(error, where)
        except AssertionError as error:
            outcome, detail = "wrong", str(error)[:300]
        except TooSlow:
            outcome, detail = "too slow", _where()
        except RuntimeError as error:  # how DuckDB hands on our alarm
            slow = "interrupted" in str(error).lower()
            outcome, detail = "too slow" if slow else type(error).__name__, f"{error} | {_where()}"
        except MemoryError:
            outcome, detail = "out of memory", _where()
        # whatever else is raised is what we are looking for
        except BaseException as error:  # noqa: BLE001
            outcome, detail = type(error).__name__, f"{str(error)[:150]} | {_where()}"
        spent = time.process_time() - began
    if outcome not in OUTCOMES:
        where.spoilt()
    return Ending(outcome, detail, spent, peak["megabytes"])


def _refusal(error: LookalikeError, where: Place) -> tuple[str, str]:
    said = str(error)
    fault = next(
        (
            fault
            for fault, there in {
                "no sentence": not error.message.strip(),
                "endless sentence": len(said) > LONGEST,
                "raw words": bool(RAW.search(said)),
                "path in sentence": "lookalike-fuzz-" in said or "upload-" in said,
                "several lines": "\n" in said,
                "not printable": not said.isprintable(),
            }.items()
            if there
        ),
        "",
    )
    return (fault or "refused"), said[:300]


def _where() -> str:
    lines = traceback.format_exc().splitlines()
    ours = [line.strip() for line in lines if "/lookalike/" in line]
    return ours[-1] if ours else lines[-1][:200]


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def over(*_: object) -> None:
        raise TooSlow

    # of the processor: how long a case takes is not to depend on what else the machine does
    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _peak() -> Iterator[dict[str, Any]]:
    """Measure by how much the process grew, where the system lets its own peak be reset."""
    found: dict[str, Any] = {"megabytes": 0.0}
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = _status("VmRSS")
    except OSError:
        yield found
        return
    yield found
    found["megabytes"] = max(0.0, (_status("VmHWM") - before) / 1024)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
