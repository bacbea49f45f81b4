"""Whose turn it is: fairness between owners as an invariant, whatever is queued and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lookalike.turns import Turn, Turns


def one_by_one(turns):
    """Serve everything with a single worker and return the names in order."""
    order = []
    while (turn := turns.start()) is not None:
        order.append(turn.name)
        turns.end(turn)
    return order


def queued(*names):
    """Turns whose owner is the first letter of their name."""
    turns = Turns()
    for name in names:
        turns.add(Turn(name, name[0]))
    return turns


def test_owners_take_turns():
    turns = queued("a1", "a2", "a3", "b1", "b2", "c1")
    assert one_by_one(turns) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_comes_while_another_runs_is_next():
    turns = queued("a1", "a2", "a3")
    first = turns.start()
    turns.add(Turn("b1", "b"))
    turns.end(first)
    assert one_by_one(turns) == ["b1", "a2", "a3"]


def test_newcomers_do_not_keep_anybody_waiting_for_ever():
    turns = queued("a1", "a2")
    running, served = turns.start(), 0
    while running.name != "a2":
        turns.add(Turn(f"new {served}", f"new {served}"))
        turns.end(running)
        running, served = turns.start(), served + 1
    assert served == 2  # the one newcomer who was there when the first ended


def test_a_second_place_is_for_those_for_whom_nobody_waits():
    turns = queued("a1", "a2", "b1")
    assert [turns.start().name for _ in range(3)] == ["a1", "b1", "a2"]
    assert turns.start() is None


def test_the_same_name_does_not_run_beside_itself():
    turns = Turns()
    turns.add(Turn("a", "ann"))
    first = turns.start()
    turns.add(Turn("a", "bob"))
    turns.add(Turn("b", "cay"))
    second = turns.start()
    assert (second.name, turns.start()) == ("b", None)
    turns.end(first)
    assert turns.start() == Turn("a", "bob")


def test_what_runs_alone_waits_for_an_empty_room_and_is_not_overtaken():
    turns = Turns()
    for turn in (Turn("a", "ann"), Turn("alone", "bob", alone=True), Turn("c", "cay")):
        turns.add(turn)
    first = turns.start()
    assert turns.start() is None
    turns.end(first)
    alone = turns.start()
    assert (alone.name, turns.start()) == ("alone", None)
    turns.end(alone)
    assert turns.start().name == "c"


def test_what_is_dropped_is_gone():
    turns = queued("a1", "a2", "b1")
    assert (turns.waits("a2"), turns.drop("a2"), turns.drop("a2"), turns.waits("a2")) == (
        True, True, False, False,
    )  # fmt: skip
    assert one_by_one(turns) == ["a1", "b1"]


def test_the_wait_is_the_time_until_a_place_is_free():
    turns = queued("a1", "b1", "c1", "d1")
    for _ in range(2):
        turns.start()
    lasts = {"a1": 10.0, "b1": 3.0, "c1": 20.0, "d1": 1.0}
    found = turns.forecast(2, lambda turn: lasts[turn.name])
    assert [(turn.name, seconds) for turn, seconds in found] == [("c1", 3.0), ("d1", 10.0)]


def test_of_an_empty_queue_nothing_is_foretold():
    assert Turns().forecast(1, lambda _: 1.0) == []


OWNERS = "abcd"


class Office(RuleBasedStateMachine):
    """Runs are queued, started, ended and cancelled in any order.

    Nobody who waits and has nothing running sees another owner start twice, and nobody waits beside
    a worker who is free.
    """

    def __init__(self):
        super().__init__()
        self.turns, self.number, self.workers = Turns(), 0, 1
        self.waiting = {owner: [] for owner in OWNERS}
        self.running = []
        self.seen = {}  # by owner whose turn has yet to come: who started meanwhile

    @initialize(workers=st.integers(1, 3))
    def open(self, workers):
        self.workers = workers

    @rule(owner=st.sampled_from(OWNERS), alone=st.booleans())
    def queue(self, owner, alone):
        self.number += 1
        self.turns.add(Turn(f"{owner}{self.number}", owner, alone))
        self.waiting[owner].append(f"{owner}{self.number}")

    @rule(owner=st.sampled_from(OWNERS))
    def cancel(self, owner):
        if self.waiting[owner]:
            assert self.turns.drop(self.waiting[owner].pop())

    @precondition(lambda self: len(self.running) < self.workers)
    @rule()
    def start(self):
        turn = self.turns.start()
        if turn is None:
            assert self.running or not any(self.waiting.values())
            return
        assert self.waiting[turn.owner].pop(0) == turn.name  # first come, first served
        assert not (self.running and turn.alone)
        assert not any(one.alone for one in self.running)
        at_work = {one.owner for one in self.running}
        passed = [name for name in OWNERS if self.waiting[name] and name not in {*at_work, turn.owner}]
        assert not (passed and turn.owner in at_work)  # second places are for those left alone
        for owner in passed:
            self.seen.setdefault(owner, []).append(turn.owner)
            assert len(set(self.seen[owner])) == len(self.seen[owner])
        self.seen.pop(turn.owner, None)
        self.running.append(turn)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 2))
    def end(self, which):
        self.turns.end(self.running.pop(which % len(self.running)))

    @invariant()
    def who_no_longer_waits_starts_anew(self):
        for owner in OWNERS:
            if not self.waiting[owner]:
                self.seen.pop(owner, None)

    def teardown(self):
        while self.running or any(self.waiting.values()):
            if len(self.running) == self.workers or not self.turns.lines:
                self.end(0)
            else:
                before = len(self.running)
                self.start()
                if len(self.running) == before:
                    self.end(0)


TestOffice = Office.TestCase


@given(st.lists(st.sampled_from(OWNERS), max_size=12), st.integers(0, 3), st.integers(1, 3))
def test_what_is_foretold_comes_true_where_all_last_alike(owners, started, workers):
    turns = queued(*(f"{owner}{number}" for number, owner in enumerate(owners)))
    running = [turn for _ in range(min(started, workers)) if (turn := turns.start()) is not None]
    foretold = [turn.name for turn, _ in turns.forecast(workers, lambda _: 1.0)]
    assert [name for name in foretold if not turns.waits(name)] == []  # nothing was moved by asking
    order = []
    while len(order) < len(foretold):
        turn = turns.start() if len(running) < workers else None
        if turn is None:
            turns.end(running.pop(0))
        else:
            running.append(turn)
            order.append(turn.name)
    assert order == foretold


@pytest.mark.parametrize("mine", [1, 5])
def test_however_much_one_queues_another_waits_as_long(mine):
    turns = queued(*(f"a{number}" for number in range(mine)))
    turns.start()
    turns.add(Turn("b", "b"))
    found = turns.forecast(1, lambda _: 60.0)
    assert {turn.name: seconds for turn, seconds in found}["b"] == 60.0
