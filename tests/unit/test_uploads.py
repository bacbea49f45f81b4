"""Uploads live under our names, speak under theirs, and are forgotten after a day."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike import uploads
from lookalike.errors import BadInput, NotFound


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text())
def test_no_name_of_an_upload_becomes_a_path(workspace, name):
    path = uploads.keep(workspace, name, b"x")
    assert path.parent == workspace.folder("uploads")
    assert path.name.removeprefix("upload-")[:16].isalnum()
    assert path.suffix == (".parquet" if name.lower().endswith((".parquet", ".pq")) else ".csv")
    assert path.read_bytes() == b"x"


def test_a_brief_file_goes_with_the_body_even_when_it_raises(workspace):
    with uploads.briefly(workspace, "a.csv", b"x") as path:
        assert path.read_bytes() == b"x"
    assert not path.exists()
    with pytest.raises(NotFound, match=r"^a\.csv is bad Mend a\.csv$") as problem:  # noqa: SIM117
        with uploads.briefly(workspace, "a.csv", b"x") as path:
            raise NotFound(f"{path.name} is bad", f"Mend {path}")
    assert not path.exists()
    assert problem.value.hint == "Mend a.csv"


def test_only_users_errors_are_rewritten(tmp_path):
    with pytest.raises(ValueError, match=r"x\.csv"), uploads.called(tmp_path / "x.csv", "y.csv"):
        raise ValueError("x.csv")
    with pytest.raises(BadInput, match=r"^y\.csv$"), uploads.called(tmp_path / "x.csv", "y.csv"):
        raise BadInput("x.csv")


def test_the_sweep_takes_what_is_old_and_not_needed(workspace):
    old, needed, fresh = (uploads.keep(workspace, name, b"") for name in "abc")
    brief = uploads.keep(workspace, "d", b"", uploads.BRIEF)
    other = workspace.file_in(uploads.BRIEF, "duckdb_temp_storage.tmp")
    other.touch()
    yesterday = time.time() - uploads.DAY - 1
    for path in (old, needed, brief, other):
        os.utime(path, (yesterday, yesterday))
    uploads.sweep(workspace, {needed})
    assert {path for path in (old, needed, fresh, brief, other) if path.exists()} == {
        needed,
        fresh,
        other,
    }
