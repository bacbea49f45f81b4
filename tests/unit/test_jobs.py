"""The queue and its worker: order, progress, cancel, and failures that do not end it."""

from __future__ import annotations

import logging
import threading

import pytest

from lookalike.errors import BadInput
from lookalike.jobs import KEPT, Jobs

SOON = 5  # seconds; nothing here takes that long unless it is broken


@pytest.fixture
def jobs():
    return Jobs()


class Gate:
    """Work that stands still until it is let go, and then reports once more."""

    def __init__(self):
        self.inside, self.go = threading.Event(), threading.Event()

    def __call__(self, progress):
        progress.at(0.25, "Half of a half", epoch=1)
        self.inside.set()
        assert self.go.wait(SOON)
        progress.at(1.0, "All of it")


def _finish(jobs):
    """Wait until everything that was queued so far has ended."""
    last = threading.Event()
    jobs.submit("last", lambda _: last.set())
    assert last.wait(SOON)


def test_jobs_run_one_after_another_in_order(jobs):
    gate, order = Gate(), []
    first = jobs.submit("first", gate)
    assert gate.inside.wait(SOON)
    rest = [jobs.submit(name, lambda _, name=name: order.append(name)) for name in "abc"]
    assert [job.state for job in [first, *rest]] == ["running"] + ["queued"] * 3
    assert [jobs.place(name) for name in ("first", *"abc")] == [0, 1, 2, 3]
    assert not first.ended
    gate.go.set()
    _finish(jobs)
    assert order == list("abc")
    assert {job.state for job in [first, *rest]} == {"done"}
    assert jobs.place("a") == 0


def test_work_that_goes_on_waits_at_the_end_of_the_queue(jobs):
    jobs.submit("again", lambda _: None)
    _finish(jobs)
    gate = Gate()
    jobs.submit("first", gate)
    jobs.submit("second", lambda _: None)
    jobs.submit("again", lambda _: None)
    assert [jobs.place(name) for name in ("first", "second", "again")] == [0, 1, 2]
    gate.go.set()
    _finish(jobs)


def test_progress_is_there_to_read(jobs):
    gate = Gate()
    job = jobs.submit("one", gate)
    assert gate.inside.wait(SOON)
    assert (job.update.fraction, job.update.message) == (0.25, "Half of a half")
    assert job.history == [{"epoch": 1}]
    job.began -= 10.0  # as if it had run for ten seconds
    assert job.seconds_left == pytest.approx(30, rel=0.2)
    gate.go.set()
    _finish(jobs)
    assert job.update.fraction == 1
    assert jobs.get("one") is job
    assert jobs.get("other") is None


def test_work_that_goes_on_counts_its_own_time_alone(jobs):
    inside, go = threading.Event(), threading.Event()

    def work(progress):
        progress.at(0.5, "Going on", began_at=0.5)
        progress.at(0.75, "Half of the rest")
        inside.set()
        go.wait(SOON)

    job = jobs.submit("on", work)
    assert inside.wait(SOON)
    job.began -= 10.0
    assert job.seconds_left == pytest.approx(10, rel=0.2)
    go.set()
    _finish(jobs)


def test_a_job_that_has_hardly_begun_promises_nothing(jobs):
    gate = Gate()
    jobs.submit("gate", gate)
    waiting = jobs.submit("waiting", lambda _: None)
    assert waiting.seconds_left is None
    waiting.began = 0.0
    assert waiting.update.fraction == 0
    assert waiting.seconds_left is None
    gate.go.set()


def test_a_running_job_stops_at_its_next_report(jobs):
    gate = Gate()
    job = jobs.submit("one", gate)
    assert gate.inside.wait(SOON)
    jobs.cancel("one")
    jobs.cancel("unknown")
    gate.go.set()
    _finish(jobs)
    assert (job.state, job.error, job.update.fraction) == ("cancelled", None, 0.25)


def test_a_job_that_is_cancelled_in_the_queue_never_starts(jobs):
    gate, ran, dropped = Gate(), [], []
    jobs.submit("gate", gate)
    job = jobs.submit("one", lambda _: ran.append(1), dropped=lambda: dropped.append("one"))
    silent = jobs.submit("two", lambda _: ran.append(2))
    for name in ("one", "two"):
        jobs.cancel(name)
    gate.go.set()
    _finish(jobs)
    assert (job.state, silent.state, ran, dropped) == ("cancelled", "cancelled", [], ["one"])


def test_a_users_error_is_kept_as_it_is(jobs):
    mistake = BadInput("Found a cat.", "Bring a dog.")

    def fail(_):
        raise mistake

    job = jobs.submit("one", fail)
    _finish(jobs)
    assert (job.state, job.error, job.ended) == ("failed", mistake, True)


def test_an_unexpected_error_becomes_a_sentence_and_the_worker_goes_on(jobs, caplog):
    def fail(_):
        raise ZeroDivisionError("with a secret in it")

    with caplog.at_level(logging.ERROR):
        job = jobs.submit("one", fail)
        _finish(jobs)
    assert job.state == "failed"
    assert "ZeroDivisionError" in job.error.message
    assert "secret" not in str(job.error)
    assert "with a secret in it" in caplog.text  # the log has the details


def test_ended_jobs_are_not_kept_for_ever(jobs):
    first = jobs.submit("0", lambda _: None)
    for number in range(1, KEPT + 50):
        jobs.submit(str(number), lambda _: None)
    _finish(jobs)
    jobs.submit("one more", lambda _: None)
    assert first.state == "done"
    assert jobs.get("0") is None
    assert jobs.get(str(KEPT + 49)) is not None


def test_the_thread_does_not_keep_the_process_alive(jobs):
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "jobs")
    assert any(thread.name == "jobs" for thread in threading.enumerate())
