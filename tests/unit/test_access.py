"""Roles, and whose cookies are known."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.access import (
    ACTIONS,
    OF_RUN,
    WORDS,
    Looking,
    NotAllowed,
    Passes,
    Role,
    Visitor,
    may,
    role_of,
)
from lookalike.settings import Settings

PEOPLE = Settings(
    administrators=("root@x.org",), analysts=("@work.org", "ann@x.org"), allowed=("@x.org",)
)
SIGNED = {"_streamlit_user": "signed", "other": "1"}
ANN = Visitor("ann@x.org", Role.ANALYST)


@pytest.mark.parametrize(
    ("email", "role"),
    [
        ("root@x.org", Role.ADMINISTRATOR),
        ("Root@X.Org ", Role.ADMINISTRATOR),
        ("ann@x.org", Role.ANALYST),
        ("anybody@work.org", Role.ANALYST),
        ("bob@x.org", Role.VIEWER),
        ("bob@work.org.evil.com", None),
        ("bob@notx.org", None),
        ("bob@sub.x.org", None),
        ("x.org", None),
        ("@x.org", None),
        ("", None),
        ("bob@x.org@evil.com", None),
    ],
)
def test_who_is_who(email, role):
    assert role_of(email, PEOPLE) == role


def test_nobody_is_let_in_unless_said_so():
    assert role_of("ann@x.org", Settings()) is None
    assert role_of("ann@x.org", Settings(allowed=("*",))) == Role.VIEWER


@given(st.sampled_from(sorted(ACTIONS)), st.sampled_from(Role), st.sampled_from(Role))
def test_a_higher_role_may_all_that_a_lower_one_may(action, one, other):
    if may(min(one, other), action):
        assert may(max(one, other), action)


def test_what_each_role_may():
    allowed = {role: {action for action in ACTIONS if may(role, action)} for role in Role}
    assert allowed[Role.VIEWER] == {"look"}
    assert allowed[Role.ANALYST] == {"look", "expand", "compare", "experiment", "lists", "export"}
    assert allowed[Role.ADMINISTRATOR] == set(ACTIONS)
    assert set(WORDS) == set(ACTIONS)
    assert set(OF_RUN.values()) <= set(ACTIONS)


def test_who_may_not_is_told_so_in_a_sentence():
    ANN.demand("export")
    with pytest.raises(NotAllowed) as raised:
        ANN.demand("import")
    assert raised.value.message == "You are here as analyst, and may not import data."
    assert "role of administrator" in raised.value.hint


def test_a_pass_is_held_until_its_time_is_over():
    passes = Passes()
    assert passes.holder(SIGNED) is None
    assert passes.admit(SIGNED, ANN, time.time() + 60)
    assert not passes.admit(SIGNED, ANN, time.time() + 60)  # known already
    assert passes.holder(SIGNED) == ANN
    assert passes.holder({**SIGNED, "other": "2", "_streamlit_user_tokens": "x"}) == ANN
    passes.admit(SIGNED, ANN, time.time() - 1)
    assert passes.holder(SIGNED) is None


@pytest.mark.parametrize(
    "cookies",
    [
        {},
        {"_streamlit_user": "forged"},
        {"_streamlit_user": ""},
        {"_streamlit_user": "signed", "_streamlit_user_1": "more"},
        {"_streamlit_user_tokens": "signed"},
    ],
)
def test_other_cookies_are_a_strangers(cookies):
    passes = Passes()
    passes.admit(SIGNED, ANN, time.time() + 60)
    assert passes.holder(cookies) is None


def test_cookies_in_parts_are_told_apart_by_all_of_them():
    passes = Passes()
    parts = {"_streamlit_user": "chunks-2", "_streamlit_user_1": "a", "_streamlit_user_2": "b"}
    passes.admit(parts, ANN, time.time() + 60)
    assert passes.holder(parts) == ANN
    assert passes.holder({**parts, "_streamlit_user_2": "c"}) is None


def test_without_sign_in_cookies_nothing_is_kept():
    passes = Passes()
    assert not passes.admit({"other": "1"}, ANN, time.time() + 60)
    assert passes.holder({"other": "1"}) is None
    passes.end({"other": "1"}, time.time() + 60)
    assert not passes.ended({"other": "1"})


def test_signing_out_ends_every_copy():
    passes = Passes()
    passes.admit(SIGNED, ANN, time.time() + 60)
    assert not passes.ended(SIGNED)
    passes.end(SIGNED, time.time() + 60)
    assert passes.holder(SIGNED) is None
    assert passes.ended(dict(SIGNED))


def test_passes_whose_time_is_over_are_forgotten():
    passes = Passes()
    passes.end(SIGNED, time.time() - 1)
    passes.admit({"_streamlit_user": "a"}, ANN, time.time() - 1)
    passes.admit({"_streamlit_user": "b"}, ANN, time.time() + 60)
    passes.admit({"_streamlit_user": "c"}, ANN, time.time() + 60)
    assert len(passes._held) == 2
    assert not passes.ended(SIGNED)


def test_viewers_read_the_workspace_and_write_nothing(workspace):
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'a')")
    looking = Looking(workspace)
    with looking.cursor() as cursor:
        assert cursor.execute("SELECT user_id FROM users").fetchall() == [("a",)]
    with pytest.raises(NotAllowed, match="may not change anything"), looking.write():
        pass
