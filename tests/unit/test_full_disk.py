"""A full disk and a folder that cannot be written: a sentence, nothing lost, and work goes on after.

The disk is a small one of its own where the system lets us mount it; else the step that writes
fails as it does on a full disk.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lookalike import runs, seeds
from lookalike.errors import BadInput, LookalikeError, WorkspaceUnavailable
from lookalike.importing import import_table
from lookalike.settings import Settings
from lookalike.workspace import DATABASE, Workspace
from tests.fuzz import stopping

from .worlds import communities

ONE = Settings(threads=1)


def _mounted(folder, *options):
    return subprocess.run(
        ["mount", *options, "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode == 0  # fmt: skip


@pytest.fixture
def disk(tmp_path):
    """A disk of 24 megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or not _mounted(folder, "-t", "tmpfs", "-o", "size=24m"):
        pytest.skip("no disk of our own can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full") / "ws"
    communities(folder)
    with Workspace.open(folder, settings=ONE) as workspace:
        stopping.expand(workspace)
    return folder, stopping.state(folder)


def _fill(folder, left=0):
    """Take all but so many bytes of the disk."""
    free = shutil.disk_usage(folder).free
    with (folder / "filler").open("wb") as handle:
        handle.write(bytes(max(0, free - left)))


def _in_words(error):
    said = str(error)
    assert error.hint
    assert "Error" not in said
    assert "\n" not in said
    return said


def _maybe_refused(work, *given):
    """What a full disk leaves room for depends on what DuckDB has to write: if not, it is said."""
    said = "full"
    try:
        work(*given)
    except LookalikeError as error:
        said = _in_words(error)
    assert "full" in said


def _large_table():
    rng = np.random.default_rng(0)
    users = [f"someone-{n}-{rng.integers(1 << 60)}" for n in range(150_000)]
    return pa.table({"user_id": users, "item_id": rng.permutation(users)})


def test_an_import_onto_a_full_disk(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    _fill(disk, 1 << 20)
    with Workspace.open(disk / "ws", settings=ONE) as workspace:
        with pytest.raises(LookalikeError) as refused:
            import_table(workspace, "interactions", [_large_table()])
        assert "full" in _in_words(refused.value)
    (disk / "filler").unlink()
    assert stopping.state(disk / "ws") == trained[1]
    with Workspace.open(disk / "ws", settings=ONE) as workspace:
        assert import_table(workspace, "items", [stopping.table("items", "new")]).kept == stopping.NEW


def test_a_training_on_a_full_disk(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    with Workspace.open(disk / "ws", settings=ONE) as workspace:
        _fill(disk)
        _maybe_refused(stopping.expand, workspace)
        (disk / "filler").unlink()
        stopping.expand(workspace)
    after = stopping.state(disk / "ws")
    assert after["done"] in (2, 3)
    assert after["tables"] == trained[1]["tables"]


def test_an_export_onto_a_full_disk_keeps_yesterdays_file(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    with Workspace.open(disk / "ws", settings=ONE) as workspace:
        stopping.export(workspace)
        target = disk / "ws" / "exports" / "audience.csv"
        before = target.read_bytes()
        _fill(disk)
        with pytest.raises(LookalikeError) as refused:
            stopping.export(workspace)
        said = _in_words(refused.value)
        assert "space" in said or "full" in said
        assert target.read_bytes() == before
        assert [path for path in target.parent.iterdir() if path != target] == []
        (disk / "filler").unlink()
        stopping.export(workspace)


def test_a_list_saved_on_a_full_disk(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    with Workspace.open(disk / "ws", settings=ONE) as workspace:
        _fill(disk)
        _maybe_refused(stopping.save_list, workspace, "saved")
        (disk / "filler").unlink()
        stopping.save_list(workspace, "saved")
        assert "saved" in {one.name for one in seeds.saved(workspace)}
    stopping.state(disk / "ws")


def test_opening_on_a_full_disk(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    _fill(disk)
    _maybe_refused(lambda: Workspace.open(disk / "ws", settings=ONE).close())
    (disk / "filler").unlink()
    assert stopping.state(disk / "ws") == trained[1]


def test_a_new_workspace_on_a_full_disk(disk):
    _fill(disk)
    with pytest.raises(WorkspaceUnavailable) as refused:
        Workspace.open(disk / "ws", create=True, settings=ONE)
    assert "full" in _in_words(refused.value)


def test_a_disk_that_can_only_be_read(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    before = (disk / "ws" / DATABASE).read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(WorkspaceUnavailable) as refused:
        Workspace.open(disk / "ws", settings=ONE)
    assert "cannot be written" in _in_words(refused.value)
    with pytest.raises(WorkspaceUnavailable, match=r"cannot be (made|written)"):
        Workspace.open(disk / "new", create=True, settings=ONE)
    with Workspace.open(trained[0], settings=ONE) as workspace:
        from lookalike import expansion

        run = next(run for run in runs.recent(workspace, ["expand"]) if run.status == "done")
        with pytest.raises(BadInput, match="cannot be written: Read-only file system"):
            expansion.load(workspace, run.id).audience(5).to_csv(disk / "audience.csv")
    assert (disk / "ws" / DATABASE).read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_without_permission(tmp_path, trained):
    shutil.copytree(trained[0], tmp_path / "ws")
    for path in (tmp_path / "ws" / DATABASE, tmp_path / "ws"):
        path.chmod(0o500)
    try:
        with pytest.raises(WorkspaceUnavailable, match="cannot be written"):
            Workspace.open(tmp_path / "ws", settings=ONE)
    finally:
        (tmp_path / "ws").chmod(0o700)


def test_an_export_whose_last_bytes_find_no_space(tmp_path, trained, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    shutil.copytree(trained[0], tmp_path / "ws")
    with Workspace.open(tmp_path / "ws", settings=ONE) as workspace:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(BadInput, match="No space left on device"):
            stopping.export(workspace)
        monkeypatch.undo()
        stopping.export(workspace)
    assert [path.name for path in Path(tmp_path / "ws" / "exports").iterdir()] == ["audience.csv"]


def test_the_command_line_says_it_too(disk, trained):
    shutil.copytree(trained[0], disk / "ws")
    rows = disk / "rows.csv"
    rows.write_text("user_id,item_id\n" + "".join(f"u{n},i{n}\n" for n in range(200_000)))
    _fill(disk, 1 << 19)
    command = ["import", "interactions", str(rows), "--workspace", str(disk / "ws")]
    done = subprocess.run(
        [sys.executable, "-m", "lookalike", *command],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "full" in done.stderr
