"""How much memory there is: the least of what the machine and its control groups say."""

from __future__ import annotations

import pytest

from lookalike import memory
from lookalike.errors import WorkspaceUnavailable
from lookalike.settings import Settings


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """A folder of control groups in which this process is at /app/one."""
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "OWN_GROUP", tmp_path / "own")
    monkeypatch.setattr(memory, "_of_machine", lambda: 8_000)
    (tmp_path / "own").write_text("0::/app/one\n")
    (tmp_path / "cgroup" / "app" / "one").mkdir(parents=True)
    return tmp_path / "cgroup"


def test_without_limits_it_is_the_machine_s(groups):
    assert memory.available() == 8_000
    (groups / "memory.max").write_text("max\n")
    assert memory.available() == 8_000


@pytest.mark.parametrize("where", ["memory.max", "app/memory.max", "app/one/memory.max"])
def test_any_group_above_may_limit_it(groups, where):
    (groups / where).write_text("5000\n")
    assert memory.available() == 5_000


def test_groups_of_the_first_version_are_known(groups):
    (groups / "memory").mkdir()
    (groups / "memory" / "memory.limit_in_bytes").write_text("6000\n")
    assert memory.available() == 6_000


def test_a_limit_above_the_machine_s_does_not_count(groups):
    (groups / "memory.max").write_text(str(2**60))
    assert memory.available() == 8_000


def test_only_what_can_never_fit_is_refused(groups):
    memory.check(8_000, "This")
    with pytest.raises(WorkspaceUnavailable, match=r"This needs about 9\.0 GB of memory; 0\.0 GB"):
        memory.check(9_000_000_000, "This")


def test_where_nothing_is_known_nothing_is_refused(groups, monkeypatch):
    monkeypatch.setattr(memory, "_of_machine", lambda: None)
    assert memory.available() is None
    memory.check(10**18, "This")
    assert Settings().database_memory == ""


def test_the_database_gets_a_third_unless_it_is_set(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 24_000_000_000)
    assert Settings().database_memory == "8000MB"
    assert Settings(memory_limit="4GB").database_memory == "4GB"
