"""Errors are a sentence and a hint."""

from __future__ import annotations

import pytest

from lookalike.errors import (
    BadInput,
    Cancelled,
    LookalikeError,
    NotFound,
    WorkspaceUnavailable,
    did_you_mean,
)


def test_an_error_reads_as_its_sentence_and_its_hint():
    error = BadInput("Found a cat.", "Bring a dog.")
    assert (error.message, error.hint, str(error)) == (
        "Found a cat.", "Bring a dog.", "Found a cat. Bring a dog.",
    )  # fmt: skip
    assert str(NotFound("Nothing.")) == "Nothing."


def test_a_users_errors_are_caught_together_and_a_cancel_is_none():
    for kind in (BadInput, NotFound, WorkspaceUnavailable):
        assert issubclass(kind, LookalikeError)
    assert not issubclass(Cancelled, LookalikeError)


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("reveneu", ["clicks", "revenue"], "Did you mean 'revenue'?"),
        ("REVENUE", ["clicks", "Revenue"], "Did you mean 'Revenue'?"),
        ("xyz", ["clicks", "ctr"], "There are: clicks, ctr."),
        ("xyz", [], "There are none yet."),
        ("xyz", [f"m{i}" for i in range(9)], "There are: m0, m1, m2, m3, m4, m5, m6, m7 and 1 more."),
    ],
)
def test_the_closest_name_is_suggested_or_all_are_shown(name, known, hint):
    assert did_you_mean(name, iter(known)) == hint
