"""The queue and its workers: turns, progress, cancel, and failures that do not end it."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from lookalike.errors import BadInput
from lookalike.jobs import KEPT, Jobs
from lookalike.progress import Update

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
    jobs.submit("three", lambda _: ran.append(3))
    for name in ("one", "two", "one"):
        jobs.cancel(name)
    # at once, not when the worker comes by
    assert (job.state, silent.state, dropped) == ("cancelled", "cancelled", ["one"])
    assert (jobs.place("one"), jobs.place("three")) == (0, 1)
    gate.go.set()
    _finish(jobs)
    assert (ran, dropped) == ([3], ["one"])


def test_a_job_is_cancelled_even_where_that_cannot_be_noted(jobs):
    gate = Gate()
    jobs.submit("gate", gate)

    def full():
        raise OSError("the disk is full")

    job = jobs.submit("one", lambda _: None, dropped=full)
    with pytest.raises(OSError, match="full"):
        jobs.cancel("one")
    assert job.ended
    gate.go.set()
    _finish(jobs)


def test_owners_take_turns(jobs):
    gate, order = Gate(), []
    jobs.submit("gate", gate, owner="ann")
    for name, owner in (("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", "ann"), ("e", "cay")):
        jobs.submit(name, lambda _, name=name: order.append(name), owner=owner)
    assert [jobs.place(name) for name in "caebd"] == [1, 3, 2, 4, 5]
    assert {job.owner for job in jobs.unended()} == {"ann", "bob", "cay"}
    gate.go.set()
    _finish(jobs)
    assert order == list("ceabd")


def test_several_workers_run_at_once_but_nothing_beside_what_runs_alone():
    jobs, gates = Jobs(3), [Gate() for _ in range(4)]
    for number, gate in enumerate(gates[:3]):
        jobs.submit(str(number), gate, owner=str(number))
        assert gate.inside.wait(SOON)
    alone = jobs.submit("alone", gates[3], owner="ann", alone=True)
    after = jobs.submit("after", lambda _: None, owner="bob")
    gates[0].go.set()
    gates[1].go.set()
    while jobs.get("0").state != "done" or jobs.get("1").state != "done":
        time.sleep(0.001)
    assert (alone.state, after.state, jobs.place("alone"), jobs.place("after")) == (
        "queued", "queued", 1, 2,
    )  # fmt: skip
    gates[2].go.set()
    assert gates[3].inside.wait(SOON)
    assert after.state == "queued"
    gates[3].go.set()
    _finish(jobs)
    assert after.state == "done"


def test_the_same_run_never_runs_twice_at_once():
    jobs, gates = Jobs(2), [Gate(), Gate()]
    first = jobs.submit("run", gates[0], owner="ann")
    assert gates[0].inside.wait(SOON)
    second = jobs.submit("run", gates[1], owner="bob")
    assert jobs.submit("run", lambda _: pytest.fail("a third"), owner="cay") is second
    jobs.submit("other", lambda _: None, owner="cay")
    while not jobs.get("other").ended:  # the other worker is free, and still it waits
        time.sleep(0.001)
    assert (second.state, jobs.place("run"), gates[1].inside.is_set()) == ("queued", 1, False)
    gates[0].go.set()
    assert gates[1].inside.wait(SOON)
    assert first.state == "done"
    gates[1].go.set()
    _finish(jobs)


def test_cancelling_a_run_that_waits_for_its_own_end_stops_both(jobs):
    gate = Gate()
    first = jobs.submit("run", gate)
    assert gate.inside.wait(SOON)
    second = jobs.submit("run", lambda _: None)
    jobs.cancel("run")
    gate.go.set()
    _finish(jobs)
    assert (first.state, second.state) == ("cancelled", "cancelled")


def test_the_wait_is_told_from_what_runs_and_from_what_ran_before(jobs):
    gate = Gate()
    job = jobs.submit("one", gate, owner="ann", kind="expand")
    assert gate.inside.wait(SOON)
    job.update = Update(0.0, "Nothing done yet")
    for name, kind in (("two", "expand"), ("three", "compare"), ("four", "expand")):
        jobs.submit(name, lambda _: None, owner=name, kind=kind)
    assert jobs.wait("two") is None  # nothing ran yet, and nothing is known of what runs
    job.began -= 10.0
    job.update = Update(0.25, "A quarter")  # so it takes 40 seconds, and the next ones may as well
    assert jobs.wait("two") == pytest.approx(30, abs=2)
    assert jobs.wait("four") == pytest.approx(110, abs=4)
    assert (jobs.wait("one"), jobs.wait("unknown")) == (None, None)
    gate.go.set()
    _finish(jobs)
    gate = Gate()
    jobs.submit("five", gate, kind="expand")
    assert gate.inside.wait(SOON)
    jobs.submit("six", lambda _: None, kind="other")
    assert 0 <= jobs.wait("six") < 15  # it ran for eleven seconds and, once more, for none
    gate.go.set()
    _finish(jobs)


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


def test_a_worker_survives_even_what_would_end_its_thread(jobs, caplog):
    def leave(_):
        raise SystemExit(1)

    with caplog.at_level(logging.ERROR):
        job = jobs.submit("one", leave)
        _finish(jobs)
    assert (job.state, "SystemExit" in job.error.message) == ("failed", True)


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
