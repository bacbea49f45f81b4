"""A share of the damaged files of `python -m tests.fuzz`, and texts that hypothesis makes up."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike import workbook
from lookalike.errors import BadInput
from tests.fuzz import driver, spreadsheets
from tests.fuzz.judging import Ending, chance_of, judged
from tests.fuzz.targets import TARGETS, cases, place

SHARE = 150  # cases over all parsers
SEED = 7


@pytest.fixture(scope="module")
def where():
    with place() as made:
        yield made


def _fault(ending: Ending) -> str:
    return "" if ending.good else f"{ending.outcome}: {ending.detail}"


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_end_in_a_result_or_a_sentence(name, where):
    target = TARGETS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a broken archive makes libraries say is no fault of ours
        found = {
            number: _fault(judged(target, where, target.make(chance_of(name, SEED, number))))
            for number in range(cases(SHARE)[name])
        }
    assert {number: fault for number, fault in found.items() if fault} == {}


# quotes, delimiters and newlines are common here, as is all that is no letter
NASTY = st.text(st.sampled_from("u0011,;\t|\"'\n\r =+-@.eE\x00\x1f\u00a0\u202e\ufeffüß🙂#"), max_size=80)
QUICK = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(st.one_of(st.binary(max_size=200), NASTY.map(lambda text: text.encode())))
def test_any_bytes_as_a_seed_file(where, data):
    assert _fault(judged(TARGETS["seed file"], where, data)) == ""


@QUICK
@given(st.one_of(NASTY, st.text(max_size=60)))
def test_any_pasted_text(where, text):
    assert _fault(judged(TARGETS["pasted ids"], where, text)) == ""


@settings(QUICK, max_examples=10)
@given(head=NASTY, rows=st.lists(NASTY, max_size=6), kind=st.sampled_from(["users", "interactions"]))
def test_any_text_as_a_table(where, head, rows, kind):
    data = "\n".join([f"user_id,item_id,{head}", *rows]).encode()
    assert _fault(judged(TARGETS[f"import {kind}"], where, data)) == ""


@settings(QUICK, max_examples=200)
@given(st.one_of(NASTY, st.text(max_size=30), st.floats().map(str), st.integers().map(str)))
def test_any_text_as_a_size_or_a_pair(where, text):
    assert _fault(judged(TARGETS["size"], where, text)) == ""
    assert _fault(judged(TARGETS["--map"], where, text)) == ""


@pytest.mark.parametrize(
    "make",
    [
        spreadsheets.row_beyond_all,
        lambda: spreadsheets.bomb_of_blanks(600),
        lambda: spreadsheets.one_long_text_in_many_cells(1_000_000, 2_000),
        lambda: spreadsheets.last_column_in_every_row(3_000),
    ],
    ids=["two billion rows", "half a gigabyte of blanks", "a long text often", "16,384 columns"],
)
def test_a_workbook_that_unpacks_to_too_much_is_refused_in_little_memory(make, where, monkeypatch):
    for name in ("MOST_CELLS", "MOST_ROWS"):
        monkeypatch.setattr(workbook, name, getattr(workbook, name) // 50)
    data = make()
    ending = judged(TARGETS["workbook"], where, data)
    assert ending.outcome == "refused"
    assert "unpacks to more" in ending.detail
    assert ending.megabytes < 150


def test_the_same_case_is_the_same_file():
    for target in TARGETS.values():
        one, other = (target.make(chance_of(target.name, 3, 5)) for _ in range(2))
        if target.name != "workbook" and not (isinstance(one, bytes) and one.startswith(b"PK")):
            assert one == other


def test_a_fault_would_be_seen(where):
    raising = {
        "no sentence": BadInput(" "),
        "endless sentence": BadInput("x" * 5_000),
        "raw words": BadInput("The file cannot be read: Invalid Input Error: CSV sniffing"),
        "path in sentence": BadInput("upload-12ab.csv is empty."),
        "several lines": BadInput("One\ntwo"),
        "not printable": BadInput("A \x07 bell."),
        "wrong": AssertionError("rows do not add up"),
        "KeyError": KeyError("x"),
        "out of memory": MemoryError(),
    }

    def read(_, number):
        raise list(raising.values())[int(number)]

    target = TARGETS["size"].__class__("none", lambda _: "", read)
    found = [judged(target, where, str(number)).outcome for number in range(len(raising))]
    assert found == list(raising)

    def endless(*_):
        while True:
            pass

    slow = TARGETS["size"].__class__("slow", lambda _: "", endless)
    assert judged(slow, where, "", seconds=0.2).outcome == "too slow"


def test_a_child_that_dies_costs_one_case(monkeypatch):
    tally = driver.Tally()
    tally.add(0, Ending("refused", "", 0.1, 2.0))
    tally.add(1, Ending("died (-9)", "", 0.0, 0.0))
    assert tally.faults == [(1, Ending("died (-9)", "", 0.0, 0.0))]
    assert (tally.largest, tally.outcomes["refused"]) == ((2.0, 0), 1)
    assert driver.row("x", tally).split() == ["x", "2", "0", "1", "1", "0.10", "2", "0"]
