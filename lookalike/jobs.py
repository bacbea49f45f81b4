"""A queue and one worker thread: progress and cancel. Knows nothing of what it runs."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lookalike.errors import Cancelled, LookalikeError
from lookalike.progress import Progress, Update

LOG = logging.getLogger(__name__)
KEPT = 200  # ended jobs that are remembered, newest last
Work = Callable[[Progress], Any]


@dataclass(slots=True)
class Job:
    """One piece of work in the queue; written by the worker, read by everybody.

    Attributes:
        id: The run it belongs to.
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
    """Runs one job after another on a daemon thread, so that the process can always end."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Job] = queue.Queue()
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, name="jobs", daemon=True).start()

    def submit(self, name: str, work: Work, dropped: Callable[[], None] | None = None) -> Job:
        """Queue `work(progress)` under a name of its own and return at once.

        Args:
            name: The id under which the job is found.
            work: Called on the worker thread; raises `Cancelled` through its progress.
            dropped: Called instead of `work` when the job is cancelled before it starts.
        """

        def guarded(progress: Progress) -> None:
            if job.stop.is_set():
                if dropped is not None:
                    dropped()
                raise Cancelled
            work(progress)

        job = Job(name, guarded)
        with self._lock:
            ended = [key for key, known in self._jobs.items() if known.ended]
            for key in ended[: max(0, len(ended) - KEPT)]:
                del self._jobs[key]
            self._jobs.pop(name, None)  # work that goes on stands at the end of the queue
            self._jobs[name] = job
        self._queue.put(job)
        return job

    def get(self, name: str) -> Job | None:
        """Return the job of that name, if this process has had one."""
        return self._jobs.get(name)

    def place(self, name: str) -> int:
        """Return how many jobs come before this one: 0 for the one that runs."""
        with self._lock:
            waiting = [key for key, job in self._jobs.items() if not job.ended]
        return waiting.index(name) if name in waiting else 0

    def cancel(self, name: str) -> None:
        """Ask a job to stop; it does so at its next report of progress."""
        job = self._jobs.get(name)
        if job is not None:
            job.stop.set()

    def _serve(self) -> None:
        while True:
            job = self._queue.get()
            _run(job)


def _run(job: Job) -> None:
    def told(update: Update) -> None:
        job.update = update
        job.began_at = update.facts.get("began_at", job.began_at)
        if update.facts:
            job.history.append(update.facts)

    job.began = time.monotonic()
    job.state = "running"
    try:
        job.work(Progress(told, job.stop.is_set))
    except Cancelled:
        job.state = "cancelled"
    except LookalikeError as error:
        job.error = error
        job.state = "failed"
    except Exception as error:  # the worker must outlive whatever it runs
        LOG.exception("A job failed unexpectedly")
        job.error = LookalikeError(
            f"Something unexpected went wrong: {type(error).__name__}.",
            "Nothing was changed. The log has the details; please report it.",
        )
        job.state = "failed"
    else:
        job.state = "done"
