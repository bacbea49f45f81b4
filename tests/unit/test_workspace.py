"""A workspace: one owner, whole writes, repair at the start, and nothing overwritten."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading

import duckdb
import pytest

from lookalike import runs
from lookalike.errors import WorkspaceUnavailable
from lookalike.settings import Settings
from lookalike.workspace import DATABASE, SCHEMA_VERSION, Workspace, now, quoted, whole_file

ONE = Settings(threads=1)


@pytest.fixture
def folder(tmp_path):
    """A workspace on disk, closed."""
    with Workspace.open(tmp_path / "ws", create=True, settings=ONE):
        pass
    return tmp_path / "ws"


def _users(workspace):
    with workspace.cursor() as cursor:
        return cursor.execute("SELECT user_id FROM users ORDER BY row").fetchall()


def _refused(folder, create=True):
    with pytest.raises(WorkspaceUnavailable) as raised:
        Workspace.open(folder, create=create, settings=ONE)
    assert raised.value.hint
    return raised.value


def test_what_is_written_is_there_after_a_restart(folder):
    with Workspace.open(folder, settings=ONE) as workspace, workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, '007')")
    with Workspace.open(folder, settings=ONE) as workspace:
        assert _users(workspace) == [("007",)]


def test_a_missing_workspace_is_made_only_when_asked(tmp_path):
    error = _refused(tmp_path / "no", create=False)
    assert "There is no workspace in" in error.message
    assert "python -m lookalike init" in error.hint
    assert not (tmp_path / "no").exists()
    with Workspace.open(tmp_path / "a" / "b", create=True, settings=ONE) as workspace:
        assert _users(workspace) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be made" in _refused(tmp_path / "file" / "ws").message


def test_one_process_has_one_handle_and_a_richer_class_shares_the_file(folder):
    class Richer(Workspace):
        pass

    with Workspace.open(folder, settings=ONE) as plain:
        assert Workspace.open(folder) is plain
        richer = Richer.open(folder)
        assert isinstance(richer, Richer)
        assert Workspace.open(folder) is richer
        with plain.write() as cursor:
            cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'x')")
        assert _users(richer) == [("x",)]
        assert richer._write_lock is plain._write_lock


def test_the_folder_may_come_from_the_settings(folder, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(folder))
    with Workspace.open() as workspace:
        assert workspace.path == folder


def test_all_of_a_write_is_kept_or_none_of_it(workspace):
    with contextlib.suppress(RuntimeError), workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'x')")
        cursor.execute("CREATE TABLE half (x INTEGER)")
        raise RuntimeError
    with contextlib.suppress(duckdb.Error), workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'x')")
        cursor.execute("INSERT INTO nowhere VALUES (1)")
    with pytest.raises(duckdb.Error, match="nowhere"), workspace.write() as cursor:
        cursor.execute("INSERT INTO nowhere VALUES (1)")
    assert _users(workspace) == []
    with workspace.cursor() as cursor:
        assert ("half",) not in cursor.execute("SHOW TABLES").fetchall()
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'y')")
    assert _users(workspace) == [("y",)]


def test_a_reader_sees_nothing_of_a_write_before_it_is_whole(workspace):
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'x')")
        assert _users(workspace) == []
    assert _users(workspace) == [("x",)]


def test_writers_wait_for_each_other(workspace):
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'x')")
    failed = []

    def add():
        try:
            for _ in range(20):
                with workspace.write() as cursor:
                    cursor.execute("UPDATE users SET row = row + 1")
        except duckdb.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with workspace.cursor() as cursor:
        assert cursor.execute("SELECT row FROM users").fetchall() == [(80,)]


def test_a_second_process_is_told_who_has_it(folder):
    code = (
        "import sys; from lookalike.workspace import Workspace; "
        f"Workspace.open({str(folder)!r}); print('open', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"open\n"
        error = _refused(folder)
    finally:
        child.communicate()
    assert f"is in use by process {child.pid} (python" in error.message
    assert "stop the other one" in error.hint
    with Workspace.open(folder, settings=ONE) as workspace:  # free again
        assert _users(workspace) == []


@pytest.mark.parametrize("version", ["0", "99"])
def test_another_version_is_left_as_it_is(folder, version):
    with Workspace.open(folder, settings=ONE) as workspace, workspace.write() as cursor:
        cursor.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", [version])
        cursor.execute("INSERT INTO runs VALUES ('r', 'x', '', '{}', 'running', '', now(), NULL, '{}')")
    before = (folder / DATABASE).read_bytes()
    error = _refused(folder)
    assert (
        f"has schema version {version}; this program works with version {SCHEMA_VERSION}"
        in error.message
    )
    assert (folder / DATABASE).read_bytes() == before
    _refused(folder)  # and it is not held open


@pytest.fixture
def first(folder):
    """A workspace as version 1 made it, with something in each kind of table."""
    with Workspace.open(folder, settings=ONE) as workspace, workspace.write() as cursor:
        cursor.execute("ALTER TABLE seed_members DROP COLUMN moment")
        cursor.execute("DROP TABLE compared_lists")
        cursor.execute("DROP TABLE general_models")
        cursor.execute("UPDATE meta SET value = '1' WHERE name = 'schema_version'")
        cursor.execute("INSERT INTO users (row, user_id) VALUES (7, '007')")
        cursor.execute("INSERT INTO seed_lists VALUES (1, 'buyers', now(), '{}')")
        cursor.execute("INSERT INTO seed_members VALUES (1, 7, MAP(['spend'], [2.5]))")
        cursor.execute("INSERT INTO runs VALUES ('r', 'x', '', '{}', 'done', '', now(), NULL, '{}')")
    return folder


def _version_and_columns(database):
    with duckdb.connect(str(database), read_only=True) as connection:
        version = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
        return version[0], _columns(connection)


def _baks(folder):
    return sorted(path.name for path in folder.glob("*.bak"))


def test_an_older_workspace_gets_what_it_lacks_and_keeps_what_it_holds(tmp_path, first):
    with Workspace.open(tmp_path / "new", create=True, settings=ONE):
        pass
    fresh = _version_and_columns(tmp_path / "new" / DATABASE)
    for _ in "ab":
        with Workspace.open(first, settings=ONE) as workspace, workspace.cursor() as cursor:
            assert cursor.execute("SELECT * FROM seed_members").fetchall() == [
                (1, 7, {"spend": 2.5}, None)
            ]
        assert _version_and_columns(first / DATABASE) == fresh
    assert _baks(first) == [f"{DATABASE}.v1.bak"]


def test_before_that_the_old_file_is_copied(first):
    before = (first / DATABASE).read_bytes()
    with Workspace.open(first, settings=ONE):
        assert (first / f"{DATABASE}.v1.bak").read_bytes() == before
    # the copy is a workspace of its own, which can be upgraded again
    (first / f"{DATABASE}.v1.bak").replace(first / DATABASE)
    with Workspace.open(first, settings=ONE) as workspace:
        assert _users(workspace) == [("007",)]
        child = f"from lookalike.workspace import Workspace; Workspace.open({str(first)!r})"
        done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=False)
        assert "is in use by process" in done.stderr  # copying did not free the lock


def test_an_earlier_copy_is_kept_beside_the_new_one(first):
    (first / f"{DATABASE}.v1.bak").write_bytes(b"of last year")
    with Workspace.open(first, settings=ONE):
        assert _baks(first) == [f"{DATABASE}.v1.1.bak", f"{DATABASE}.v1.bak"]
    assert (first / f"{DATABASE}.v1.bak").read_bytes() == b"of last year"


def test_without_room_for_a_copy_nothing_is_upgraded(first, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = (first / DATABASE).read_bytes()
    monkeypatch.setattr("shutil.copyfile", full)
    error = _refused(first)
    assert "is of version 1 and could not be copied" in error.message
    assert "No space left on device" in error.message
    assert (first / DATABASE).read_bytes() == before
    assert _baks(first) == []


UPGRADE = """
import sys, time
from lookalike import workspace

class Steps(dict):
    def __contains__(self, version):
        if version == str(workspace.SCHEMA_VERSION):  # all steps were taken, nothing is committed
            print("here", flush=True)
            time.sleep(60)
        return super().__contains__(version)

workspace.STEPS = Steps(workspace.STEPS)
workspace.Workspace.open(sys.argv[1])
"""


def test_killed_in_the_middle_the_old_version_is_intact(first):
    child = subprocess.Popen([sys.executable, "-c", UPGRADE, str(first)], stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"here\n"
    finally:
        child.kill()
        child.communicate()
    version, columns = _version_and_columns(first / DATABASE)
    assert version == "1"
    assert ("seed_members", "moment", "TIMESTAMP") not in columns
    with Workspace.open(first, settings=ONE) as workspace:
        assert _users(workspace) == [("007",)]
    assert _version_and_columns(first / DATABASE)[0] == str(SCHEMA_VERSION)
    assert _baks(first) == [f"{DATABASE}.v1.bak"]


def _columns(cursor):
    return cursor.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY ALL"
    ).fetchall()


@pytest.mark.parametrize("content", [b"not a database" * 1_000, b"", b"\0" * 5_000])
def test_a_damaged_file_is_left_as_it_is(tmp_path, folder, content):
    folder = folder.rename(tmp_path / "lock in Could not")  # no word of the path is a reason
    whole = (folder / DATABASE).read_bytes()
    content = content + whole[len(content) :] if content else whole[:6_000]
    (folder / DATABASE).write_bytes(content)
    error = _refused(folder)
    assert "cannot be read as a DuckDB file" in error.message
    assert "\n" not in error.message
    assert (folder / DATABASE).read_bytes() == content


def test_a_flipped_bit_is_damage_and_not_a_lock(folder):
    with Workspace.open(folder, settings=ONE) as workspace, workspace.write() as cursor:
        cursor.execute("INSERT INTO users SELECT i, 'u' || i, NULL, NULL FROM range(20000) t(i)")
    content = bytearray((folder / DATABASE).read_bytes())
    for place in range(12_288 + 100, len(content), 262_144):  # in every block, behind the headers
        content[place] ^= 1
    (folder / DATABASE).write_bytes(content)
    error = _refused(folder)
    assert "in use" not in error.message
    assert (folder / DATABASE).read_bytes() == content


def test_another_programs_database_is_left_as_it_is(tmp_path):
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 1 AS x")
    before = (tmp_path / DATABASE).read_bytes()
    assert "not a workspace of this program" in _refused(tmp_path).message
    assert (tmp_path / DATABASE).read_bytes() == before


def test_runs_of_a_program_that_stopped_are_interrupted(folder):
    with Workspace.open(folder, settings=ONE) as workspace:
        made = {
            status: runs.create(workspace, "expand", status, {})
            for status in ("queued", "running", "done", "failed", "cancelled")
        }
        with workspace.write() as cursor:
            for status, run in made.items():
                cursor.execute("UPDATE runs SET status = ? WHERE id = ?", [status, run])
    with Workspace.open(folder, settings=ONE) as workspace:
        found = {status: runs.get(workspace, run) for status, run in made.items()}
    assert {status: run.status for status, run in found.items()} == {
        "queued": "interrupted", "running": "interrupted", "done": "done", "failed": "failed",
        "cancelled": "cancelled",
    }  # fmt: skip
    assert found["running"].finished is not None
    assert "stopped while this was under way" in found["running"].message
    assert found["done"].message == ""


def test_leftovers_are_swept_and_whole_files_stay(folder):
    (folder / "exports").mkdir()
    for name in (".a.csv.12-34.partial", "whole.csv"):
        (folder / "exports" / name).write_text("x")
    with Workspace.open(folder, settings=ONE):
        assert [path.name for path in (folder / "exports").iterdir()] == ["whole.csv"]


def test_a_file_stands_under_its_name_once_it_is_whole(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old")
    with whole_file(target) as partial:
        partial.write_text("new")
        assert partial.parent == tmp_path
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    with contextlib.suppress(RuntimeError), whole_file(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_two_threads_write_the_same_file_without_mixing(tmp_path):
    names = []

    def write():
        with whole_file(tmp_path / "out") as partial:
            names.append(partial.name)
            partial.write_text("x")

    threads = [threading.Thread(target=write) for _ in range(2)]
    with whole_file(tmp_path / "out") as mine:
        mine.write_text("mine")
        for thread in threads:
            thread.start()
            thread.join()
        assert mine.name not in names
    assert (tmp_path / "out").read_text() == "mine"


def test_names_are_quoted_for_sql(workspace):
    name = 'a "b"; DROP TABLE users; --'
    with workspace.cursor() as cursor:
        assert cursor.execute(f"SELECT 1 AS {quoted(name)}").description[0][0] == name


def test_moments_are_whole_seconds_without_a_zone():
    assert (now().tzinfo, now().microsecond) == (None, 0)
