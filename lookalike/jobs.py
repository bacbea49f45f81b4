"""A fair queue and its worker threads: progress and cancel. Knows nothing of what it runs."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from lookalike.errors import Cancelled, LookalikeError
from lookalike.progress import Progress, Update
from lookalike.turns import Turn, Turns

LOG = logging.getLogger(__name__)
KEPT = 200  # ended jobs that are remembered, newest last
LENGTHS = 20  # of a kind, to tell from how long the next one takes
Work = Callable[[Progress], Any]


@dataclass(slots=True)
class Job:
    """One piece of work in the queue; written by its worker, read by everybody.

    Attributes:
        id: The run it belongs to.
        owner: Whose it is; owners take turns.
        kind: What takes about as long as it.
        state: queued, running, done, failed or cancelled.
        update: The latest report of progress.
        history: The facts of all reports that carried any, in order.
        error: What went wrong, as a sentence with a hint.
        began: `time.monotonic()` when it started to run; None before.
        began_at: The share that an earlier run had done already; work that goes on reports it as
            a fact of that name.
    """

    id: str
    work: Work = field(repr=False)
    dropped: Callable[[], None] | None = field(default=None, repr=False)
    owner: str = ""
    kind: str = ""
    state: str = "queued"
    update: Update = field(default_factory=lambda: Update(0.0, "Waiting for its turn"))
    history: list[dict[str, Any]] = field(default_factory=list)
    error: LookalikeError | None = None
    began: float | None = None
    began_at: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def ended(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def seconds_left(self) -> float | None:
        """A projection from the share done so far; None while that is too small to tell."""
        done = self.update.fraction - self.began_at
        if self.began is None or done < 0.03 * (1.0 - self.began_at):
            return None
        spent = time.monotonic() - self.began
        return spent * (1.0 - self.update.fraction) / done


class Jobs:
    """Runs jobs on daemon threads, so that the process can always end; owners take turns.

    Args:
        workers: How many jobs run at once.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._turns = Turns()
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, Job] = {}
        self._lengths: dict[str, deque[float]] = {}
        self._ready: queue.SimpleQueue[tuple[Turn, Job]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        for _ in range(workers):
            threading.Thread(target=self._serve, name="jobs", daemon=True).start()

    def submit(
        self,
        name: str,
        work: Work,
        dropped: Callable[[], None] | None = None,
        owner: str = "",
        *,
        kind: str = "",
        alone: bool = False,
    ) -> Job:
        """Queue `work(progress)` under a name of its own and return at once.

        Two jobs of one name never run at once: the second is the first one as long as that waits,
        and waits for its end once it runs.

        Args:
            name: The id under which the job is found.
            work: Called on a worker thread; raises `Cancelled` through its progress.
            dropped: Called instead of `work` when the job is cancelled before it starts.
            owner: Whose it is; see `Turns` for who comes next.
            kind: Jobs of a kind are taken to last alike, where the wait is foretold.
            alone: Nothing else runs beside it.
        """
        with self._lock:
            if self._turns.waits(name):
                return self._jobs[name]
            ended = [key for key, known in self._jobs.items() if known.ended]
            for key in ended[: max(0, len(ended) - KEPT)]:
                del self._jobs[key]
            self._jobs.pop(name, None)  # work that goes on counts as new
            job = self._jobs[name] = Job(name, work, dropped, owner, kind)
            self._turns.add(Turn(name, owner, alone))
            self._fill()
        return job

    def get(self, name: str) -> Job | None:
        """Return the job of that name, if this process has had one."""
        return self._jobs.get(name)

    def unended(self) -> list[Job]:
        """Return the jobs that wait or run."""
        with self._lock:
            return [job for job in self._jobs.values() if not job.ended]

    def place(self, name: str) -> int:
        """Return its place among those that wait, as they will start: 1 is next, 0 does not wait."""
        with self._lock:
            order = [turn.name for turn, _ in self._turns.forecast(self.workers, lambda _: 1.0)]
        return order.index(name) + 1 if name in order else 0

    def wait(self, name: str) -> float | None:
        """Return in about how many seconds it will start; None where nothing is known to tell from."""
        with self._lock:
            try:
                order = self._turns.forecast(self.workers, self._left)
            except LookupError:
                return None
        return next((seconds for turn, seconds in order if turn.name == name), None)

    def cancel(self, name: str) -> None:
        """Drop a job that waits at once; ask one that runs to stop at its next report of progress."""
        with self._lock:
            waiting = self._jobs[name] if self._turns.drop(name) else None
            for job in (waiting, self._running.get(name)):
                if job is not None:
                    job.stop.set()
            self._fill()  # what it held up may start now
        if waiting is not None:
            _drop(waiting)

    def _left(self, turn: Turn) -> float:
        """Foretell how long a job will run on.

        Raises:
            LookupError: There is nothing to tell from.
        """
        job = self._running.get(turn.name)
        if job is None:
            return self._length(self._jobs[turn.name].kind)
        if job.seconds_left is not None:
            return job.seconds_left
        spent = 0.0 if job.began is None else time.monotonic() - job.began
        return max(0.0, self._length(job.kind) - spent)

    def _length(self, kind: str) -> float:
        if self._lengths.get(kind):
            return median(self._lengths[kind])
        for job in sorted(self._running.values(), key=lambda one: one.kind != kind):
            left = job.seconds_left
            if left is not None and job.began is not None:
                return time.monotonic() - job.began + left
        others = [length for lengths in self._lengths.values() for length in lengths]
        if not others:
            raise LookupError(kind)
        return median(others)

    def _fill(self) -> None:
        """Hand the workers who are free what comes next; called under the lock."""
        while len(self._running) < self.workers and (turn := self._turns.start()) is not None:
            job = self._running[turn.name] = self._jobs[turn.name]
            self._ready.put((turn, job))

    def _serve(self) -> None:
        while True:
            turn, job = self._ready.get()
            try:
                _run(job)
            finally:
                with self._lock:
                    del self._running[turn.name]
                    self._turns.end(turn)
                    if job.state == "done" and job.began is not None:
                        lengths = self._lengths.setdefault(job.kind, deque(maxlen=LENGTHS))
                        lengths.append(time.monotonic() - job.began)
                    self._fill()


def _drop(job: Job) -> None:
    try:
        if job.dropped is not None:
            job.dropped()
    finally:
        job.state = "cancelled"


def _run(job: Job) -> None:
    def told(update: Update) -> None:
        job.update = update
        job.began_at = update.facts.get("began_at", job.began_at)
        if update.facts:
            job.history.append(update.facts)

    job.began = time.monotonic()
    job.state = "running"
    try:
        if job.stop.is_set():  # cancelled between the line and the worker
            if job.dropped is not None:
                job.dropped()
            raise Cancelled
        job.work(Progress(told, job.stop.is_set))
    except Cancelled:
        job.state = "cancelled"
    except LookalikeError as error:
        job.error = error
        job.state = "failed"
    except BaseException as error:  # even one that would end the thread: the worker must outlive it
        LOG.exception("A job failed unexpectedly")
        job.error = LookalikeError(
            f"Something unexpected went wrong: {type(error).__name__}.",
            "Nothing was changed. The log has the details; please report it.",
        )
        job.state = "failed"
    else:
        job.state = "done"
