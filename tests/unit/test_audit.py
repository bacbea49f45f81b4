"""Who did what."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from lookalike import audit
from lookalike.errors import BadInput
from lookalike.settings import Settings
from lookalike.workspace import Workspace, now


def test_what_was_done_is_found_again_the_newest_first(workspace):
    audit.record(workspace, "ann@x.org", "run started", {"run": "ab12", "users": 5, "weighted": True})
    audit.record(workspace, "bob@x.org", "signed in")
    first, second = audit.entries(workspace)
    assert (first.who, first.what, first.detail) == ("bob@x.org", "signed in", {})
    assert second.detail == {"run": "ab12", "users": 5, "weighted": True}
    assert second.words() == "run: ab12, users: 5, weighted: True"
    assert second.report()["moment"].endswith("Z")
    assert len(audit.entries(workspace, limit=1)) == 1
    frame = audit.to_frame([first, second])
    assert frame["Who"].tolist() == ["bob@x.org", "ann@x.org"]
    assert audit.to_frame([]).columns.tolist() == ["When (UTC)", "Who", "What", "Detail"]


@pytest.mark.parametrize("value", [["u1", "u2"], ("u1",), {"u": 1}, b"u1", object()])
def test_no_list_of_people_gets_in(workspace, value):
    with pytest.raises(TypeError, match="a single value was expected"):
        audit.record(workspace, "ann@x.org", "forgotten", {"users": value})
    assert audit.entries(workspace) == []


def test_a_long_text_is_cut(workspace):
    audit.record(workspace, "a", "b", {"title": "x" * 10_000})
    assert len(audit.entries(workspace)[0].detail["title"]) == audit.LONGEST


def test_a_long_write_does_not_hold_up_the_log(workspace):
    """Nobody's first page waits until an import is through."""
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'x')")
        cursor.execute("INSERT INTO audit VALUES (now(), 'worker', 'imported', '{}')")
        done = threading.Thread(target=audit.record, args=(workspace, "ann", "signed in"))
        done.start()
        done.join(10)
        assert not done.is_alive()
        assert [entry.who for entry in audit.entries(workspace)] == ["ann"]
    assert {entry.who for entry in audit.entries(workspace)} == {"ann", "worker"}


def test_only_what_is_recent_enough_is_shown(workspace):
    audit.record(workspace, "a", "b")
    assert audit.entries(workspace, now() - dt.timedelta(minutes=1))
    assert audit.entries(workspace, now() + dt.timedelta(minutes=1)) == []


def test_it_outlives_the_program(tmp_path):
    one = Settings(threads=1)
    with Workspace.open(tmp_path / "ws", create=True, settings=one) as workspace:
        audit.record(workspace, "a", "b")
    with Workspace.open(tmp_path / "ws", settings=one) as workspace:
        assert audit.entries(workspace)[0].who == "a"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", "2026-03-01 00:00:00"),
        ("2026-03-01 14:30", "2026-03-01 14:30:00"),
        ("2026-03-01T14:30+02:00", "2026-03-01 12:30:00"),
    ],
)
def test_moments_are_read(text, moment):
    assert str(audit.parse_since(text)) == moment


@pytest.mark.parametrize(
    ("text", "span"), [("7d", dt.timedelta(days=7)), (" 12h ", dt.timedelta(hours=12))]
)
def test_ages_are_read(text, span):
    assert abs(now() - span - audit.parse_since(text)) < dt.timedelta(seconds=5)


@pytest.mark.parametrize("text", ["", "yesterday", "7", "-1d", "2026-13-01"])
def test_other_moments_are_refused(text):
    with pytest.raises(BadInput, match="is not a moment"):
        audit.parse_since(text)


def test_the_operating_system_knows_who(monkeypatch):
    monkeypatch.setenv("LOGNAME", "carla")
    assert audit.os_user() == "carla"
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: {}["nobody of that number"])
    assert audit.os_user() == "unknown"
