"""A backup brings a workspace back as it was, or says why not and leaves nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from lookalike import backup, expansion
from lookalike.api import Workspace
from lookalike.errors import BadInput
from lookalike.settings import Settings
from lookalike.workspace import DATABASE, SCHEMA_VERSION

from .worlds import add_users, add_vectors

ONE = Settings(threads=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with a finished expansion, its backup, and what it said of itself."""
    folder = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(0)
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace.open(folder / "ws", create=True, settings=ONE) as workspace,
    ):
        patch.setattr(expansion, "BESIDE", (), raising=False)
        add_users(workspace, [f"u{row:03d}" for row in range(80)], country=["DE"] * 80)
        add_vectors(workspace, rng.normal(size=(80, 4)))
        run = workspace.expand([f"u{row:03d}" for row in range(0, 80, 4)], method="centroid")
        run.audience(0.2).to_csv(folder / "audience.csv")
        (workspace.folder("models") / "past-1.npz").write_bytes(b"weights")
        (workspace.folder("uploads") / "upload-1.csv").write_bytes(b"not of interest")
        (workspace.folder("scores") / ".x.partial").write_bytes(b"half")
        for kind, name in (("models", "0.npz"), ("scores", "0.npy"), ("scores", ".0.npy.partial")):
            (workspace.folder(kind) / "many").mkdir(exist_ok=True)
            (workspace.folder(kind) / "many" / name).write_bytes(b"of a list")
        held = backup.save(workspace, folder / "backup.zip")
        tables = rows_of(workspace)
    return folder, run.run.id, tables, held


@pytest.fixture
def file(made, tmp_path):
    return shutil.copy(made[0] / "backup.zip", tmp_path / "backup.zip")


def rows_of(workspace):
    """Every table's rows, in order."""
    with workspace.cursor() as cursor:
        names = sorted(name for (name,) in cursor.execute("SHOW TABLES").fetchall())
        return {name: cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def damaged(path, change):
    """Change a backup's entries and write it again."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def said(**changes):
    def change(entries):
        entries[backup.CONTENTS] = json.dumps(json.loads(entries[backup.CONTENTS]) | changes).encode()

    return change


def refused(path, folder):
    with pytest.raises(BadInput) as raised:
        backup.restore(path, folder)
    assert raised.value.hint
    return raised.value.message


def test_a_restored_workspace_equals_the_original(made, file, tmp_path):
    origin, run, tables, held = made
    assert backup.restore(file, tmp_path / "new") == held == backup.describe(file)
    assert held.schema_version == SCHEMA_VERSION
    assert sorted(held.files) == sorted(
        [
            *("models/past-1.npz", f"models/{run}.npz", "models/many/0.npz"),
            *(f"scores/{run}.npy", "scores/many/0.npy", DATABASE),
        ]
    )
    assert (tmp_path / "new" / "scores" / "many" / "0.npy").read_bytes() == b"of a list"
    with Workspace.open(tmp_path / "new", settings=ONE) as workspace:
        assert rows_of(workspace) == tables
        assert len(tables["users"]) == 80
        again = expansion.load(workspace, run)
        again.audience(0.2).to_csv(tmp_path / "audience.csv")
    assert (tmp_path / "audience.csv").read_bytes() == (origin / "audience.csv").read_bytes()
    assert (tmp_path / "new" / "models" / "past-1.npz").read_bytes() == b"weights"
    assert not (tmp_path / "new" / backup.UNFINISHED).exists()


def test_while_somebody_writes_it_holds_one_moment(workspace, tmp_path):
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'a')")
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (1, 'b')")
        backup.save(workspace, tmp_path / "b.zip")
    backup.restore(tmp_path / "b.zip", tmp_path / "new")
    with Workspace.open(tmp_path / "new", settings=ONE) as restored:
        assert [row[1] for row in rows_of(restored)["users"]] == ["a"]
    assert [path.name for path in workspace.folder("tmp").iterdir()] == []


def test_an_empty_folder_may_be_there(file, tmp_path):
    (tmp_path / "new" / "lost+found").mkdir(parents=True)  # a fresh volume
    backup.restore(file, tmp_path / "new")
    assert (tmp_path / "new" / DATABASE).exists()


@pytest.mark.parametrize("there", ["workspace.duckdb", "photo.jpg", ".hidden"])
def test_nothing_is_overwritten(file, tmp_path, there):
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / there).write_text("mine")
    assert "is not empty" in refused(file, folder)
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(there, "mine")]


def test_a_file_is_no_folder(file, tmp_path):
    (tmp_path / "x").write_text("")
    assert "is a file" in refused(file, tmp_path / "x")


def test_a_backup_is_not_replaced(workspace, tmp_path):
    (tmp_path / "b.zip").write_text("last week's")
    with pytest.raises(BadInput, match="exists already"):
        backup.save(workspace, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "last week's"
    with pytest.raises(BadInput, match="does not exist"):
        backup.save(workspace, tmp_path / "nowhere" / "b.zip")


def test_a_full_disk_is_said_and_leaves_nothing(workspace, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_copied", full)
    with pytest.raises(BadInput, match="cannot be written: No space left on device"):
        backup.save(workspace, tmp_path / "b.zip")
    assert not list(tmp_path.glob("*b.zip*"))
    assert list(workspace.folder("tmp").iterdir()) == []


def test_a_full_disk_at_the_restore_leaves_nothing(file, tmp_path, monkeypatch):
    monkeypatch.setattr(backup.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "Full")))
    assert "cannot be restored" in refused(file, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda entries: entries.pop(DATABASE), f"damaged: {DATABASE} is missing"),
        (
            lambda entries: entries.update({DATABASE: entries[DATABASE][:-1] + b"x"}),
            f"damaged: the checksum of {DATABASE} is wrong",
        ),
        (lambda entries: entries.pop(backup.CONTENTS), "is not a backup of this program"),
        (said(files={}), "holds files that no backup has"),
        (said(files={DATABASE: "", "../evil": ""}), "holds files that no backup has"),
        (said(files={DATABASE: "", "scores/../../evil": ""}), "holds files that no backup has"),
        (said(files={DATABASE: "", "/etc/passwd": ""}), "holds files that no backup has"),
        (said(format="x"), "is not a backup of this program"),
        (said(schema_version=SCHEMA_VERSION + 1), f"newer version .* works with {SCHEMA_VERSION}"),
        (said(format=backup.FORMAT + 1), "newer version"),
        (lambda entries: entries.update({backup.CONTENTS: b"[]"}), "is not a backup of this program"),
    ],
)
def test_what_cannot_be_restored_is_said_and_leaves_nothing(file, tmp_path, change, says):
    damaged(file, change)
    with pytest.raises(BadInput, match=says):
        backup.restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists() or list((tmp_path / "new").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"backup.zip", "new"}


def test_any_flipped_byte_is_noticed_or_harmless(made, file, tmp_path):
    """Whatever is restored from a damaged file equals the original, or it is refused."""
    whole = (made[0] / "backup.zip").read_bytes()
    for number, place in enumerate(np.linspace(0, len(whole) - 1, 40).astype(int)):
        content = bytearray(whole)
        content[place] ^= 0xFF
        file.write_bytes(content)
        folder = tmp_path / f"new{number}"
        try:
            held = backup.restore(file, folder)
        except BadInput:
            assert not folder.exists() or list(folder.iterdir()) == []
        else:
            assert held.files == made[3].files


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 half"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    assert "is not a backup of this program, or is damaged" in refused(
        tmp_path / "x.zip", tmp_path / "n"
    )
    assert "There is no file" in refused(tmp_path / "y.zip", tmp_path / "n")


KILLED = """
import sys, time
from pathlib import Path
from lookalike import backup

def here(*_):
    print("here", flush=True)
    time.sleep(60)

if sys.argv[1] == "save":
    from lookalike.workspace import Workspace
    backup._copied = here
    backup.save(Workspace.open(sys.argv[2]), Path(sys.argv[3]))
elif sys.argv[1] == "unpack":
    backup.os.fsync = here
    backup.restore(Path(sys.argv[2]), Path(sys.argv[3]))
else:
    replace = Path.replace
    Path.replace = lambda self, to: here() if self.name == "workspace.duckdb" else replace(self, to)
    backup.restore(Path(sys.argv[2]), Path(sys.argv[3]))
"""


def killed(*arguments):
    command = [sys.executable, "-c", KILLED, *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"here\n"
    finally:
        child.kill()
        child.communicate()


def test_killed_while_it_is_written_there_is_no_backup(made, tmp_path):
    shutil.copytree(made[0] / "ws", tmp_path / "ws")
    killed("save", tmp_path / "ws", tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()
    with Workspace.open(tmp_path / "ws", settings=ONE) as workspace:
        assert list(workspace.folder("tmp").iterdir()) == []


@pytest.mark.parametrize("moment", ["unpack", "move"])
def test_killed_while_it_is_restored_there_is_no_workspace_and_a_second_try_works(
    made, file, tmp_path, moment
):
    killed(moment, file, tmp_path / "new")
    assert not (tmp_path / "new" / DATABASE).exists()
    backup.restore(file, tmp_path / "new")
    with Workspace.open(tmp_path / "new", settings=ONE) as workspace:
        assert rows_of(workspace) == made[2]
