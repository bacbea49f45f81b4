"""A workspace folder: the DuckDB file in it, cursors, one write lock, repair at the start."""

from __future__ import annotations

import contextlib
import datetime as dt
import filecmp
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import ClassVar, Self

import duckdb

from lookalike.errors import WorkspaceUnavailable
from lookalike.settings import Settings
from lookalike.unavailable import said_when_full, why_not

SCHEMA_VERSION = 3
# what a workspace of each earlier version lacks
STEPS = {
    "1": "ALTER TABLE seed_members ADD COLUMN moment TIMESTAMP;"
    "CREATE TABLE compared_lists "
    "(run VARCHAR NOT NULL, seed_list VARCHAR NOT NULL, facts JSON NOT NULL);",
    "2": "CREATE TABLE general_models (id INTEGER NOT NULL, snapshot INTEGER NOT NULL, "
    "created TIMESTAMP NOT NULL, campaigns INTEGER NOT NULL, how JSON NOT NULL);",
}
DATABASE = "workspace.duckdb"
PARTIAL = ".partial"


def now() -> dt.datetime:
    """Return the present moment in UTC, without a zone, as the tables keep it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def quoted(identifier: str) -> str:
    """Quote a column or table name for SQL."""
    return '"' + identifier.replace('"', '""') + '"'


class Workspace:
    """A handle on a workspace folder; a process holds one a folder, shared by its threads.

    Use `Workspace.open`. Reading: `with workspace.cursor() as cur`. Writing what belongs
    together: `with workspace.write() as cur`, which is one transaction under one lock.
    """

    _opened: ClassVar[dict[Path, Workspace]] = {}
    _opening: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.path = path
        self.settings = settings
        self._connection = connection
        self._write_lock = threading.RLock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    @classmethod
    def open(
        cls, path: str | Path | None = None, *, create: bool = False, settings: Settings | None = None
    ) -> Self:
        """Open a workspace folder, and with `create` make it where there is none.

        A folder that this process has open already is handed out again.

        Raises:
            WorkspaceUnavailable: It does not exist, another process holds it, it is damaged,
                or it was made by another version; nothing is overwritten.
        """
        settings = settings or Settings.from_env()
        folder = Path(path if path is not None else settings.workspace).expanduser().absolute()
        with cls._opening:
            held = cls._opened.get(folder)
            if isinstance(held, cls):
                return held
            if held is not None:  # opened through a base class: the same file, a richer handle
                handle = cls(folder, held._connection, held.settings)
                handle._write_lock = held._write_lock
            else:
                handle = cls(folder, _connect_current(folder, create, settings), settings)
                try:
                    handle._prepare()
                except BaseException:
                    handle._connection.close()
                    raise
            cls._opened[folder] = handle
            return handle

    def close(self) -> None:
        """Close the file for this whole process."""
        with self._opening:
            self._opened.pop(self.path, None)
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor of its own for reading (a connection cannot be shared by threads)."""
        with said_when_full(self.path), self._connection.cursor() as cursor:
            yield cursor

    @contextlib.contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor inside one transaction: all that is written is kept, or none of it."""
        with said_when_full(self.path), self._write_lock, self._connection.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                # a statement that failed may have ended the transaction already
                with contextlib.suppress(duckdb.Error):
                    cursor.rollback()
                raise
            cursor.commit()

    def folder(self, name: str) -> Path:
        """Return a sub-folder ("vectors", "models", "scores", "exports"), made when missing."""
        path = self.path / name
        path.mkdir(exist_ok=True)
        return path

    def file_in(self, name: str, filename: str) -> Path:
        """Return the path of a file in a sub-folder; the file need not exist."""
        return self.folder(name) / filename

    @contextlib.contextmanager
    def brief_file(self, suffix: str) -> Iterator[Path]:
        """Give a path for a file that lives as long as the body, which may write it.

        The next start sweeps it, should the process be killed meanwhile.
        """
        path = self.file_in("tmp", f"{secrets.token_hex(8)}{suffix}{PARTIAL}")
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def writing_file(self, path: Path) -> Iterator[Path]:
        """Give a temporary name beside `path`; rename it to `path` once it is whole and synced."""
        with said_when_full(self.path), whole_file(path) as partial:
            yield partial

    def _prepare(self) -> None:
        """Make the schema in a new file; bring an old one up to date, sweep and repair it."""
        with self.write() as cursor:
            tables = {name for (name,) in cursor.execute("SHOW TABLES").fetchall()}
            if not tables:
                cursor.execute(resources.files("lookalike").joinpath("schema.sql").read_text("utf-8"))
                cursor.execute(
                    "INSERT INTO meta VALUES ('schema_version', ?), ('created', ?)",
                    [str(SCHEMA_VERSION), now().isoformat()],
                )
            elif "meta" not in tables:
                raise WorkspaceUnavailable(
                    f"{self.path / DATABASE} is a DuckDB file but not a workspace of this program.",
                    "Choose another folder; this one was left as it is.",
                )
            version = _version(cursor) or "unknown"
            while version in STEPS:
                cursor.execute(STEPS[version])
                version = str(int(version) + 1)
                cursor.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", [version])
            if version != str(SCHEMA_VERSION):
                raise WorkspaceUnavailable(
                    f"The workspace {self.path} has schema version {version}; "
                    f"this program works with version {SCHEMA_VERSION}.",
                    "Use the release that made it, or a newer one of this program; "
                    "it was left as it is.",
                )
            cursor.execute(
                "UPDATE runs SET status = 'interrupted', finished = ?, "
                "message = 'The program stopped while this was under way.' "
                "WHERE status IN ('queued', 'running')",
                [now()],
            )
        for pattern in (f"*{PARTIAL}", f"*{PARTIAL}.wal"):
            for leftover in self.path.rglob(pattern):
                leftover.unlink(missing_ok=True)


def _version(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the schema version of a workspace; None where there is none."""
    try:
        # all of them: a result that is not read to its end stays open, and no checkpoint can pass it
        found = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchall()
    except duckdb.CatalogException:  # a new file, or another program's
        return None
    return str(found[0][0]) if found else None


def _connect_current(folder: Path, create: bool, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Connect; where the file is of an older version, keep a copy of it first."""
    connection = _connect(folder, create, settings)
    try:
        version = _version(connection)
    except duckdb.Error as error:
        connection.close()
        raise why_not(folder / DATABASE, error) from error
    if version not in STEPS:
        return connection
    connection.close()  # closing a copied file would free the lock of an open one
    _keep_old(folder / DATABASE, version)
    return _connect(folder, False, settings)


def _keep_old(database: Path, version: str) -> None:
    """Copy a closed file of an older version beside itself, before it is brought up to date."""
    number = 0
    while True:
        copy = database.with_name(f"{database.name}.v{version}{f'.{number}' if number else ''}.bak")
        if not copy.exists():
            break
        if filecmp.cmp(database, copy, shallow=False):  # killed between copying and upgrading
            return
        number += 1
    try:
        with whole_file(copy) as partial:
            shutil.copyfile(database, partial)
    except OSError as error:
        raise WorkspaceUnavailable(
            f"The workspace {database.parent} is of version {version} and could not be copied before "
            f"bringing it up to date: {error.strerror}.",
            f"{database.stat().st_size // 1_000_000 + 1:,} MB are needed; it was left as it is.",
        ) from error


def next_number(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return the next id of a table's rows; one that was given out before is never given again.

    Args:
        cursor: Inside the transaction that uses it.
        table: With a column id; the last one is kept in meta as last_<its name in the singular>.
    """
    counter = f"last_{table.removesuffix('s')}"
    found = cursor.execute(
        f"SELECT greatest((SELECT coalesce(max(id), 0) FROM {quoted(table)}), "
        "(SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE name = ?)) + 1",
        [counter],
    ).fetchone()
    number = int(found[0]) if found else 1
    cursor.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [counter, str(number)])
    return number


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; sync and rename it to `path` once it is complete.

    If the body raises, the temporary file goes and what stood under `path` stays as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{PARTIAL}")
    try:
        yield partial
        with partial.open("rb+") as handle:
            os.fsync(handle.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _connect(folder: Path, create: bool, settings: Settings) -> duckdb.DuckDBPyConnection:
    database = folder / DATABASE
    if not database.exists():
        if not create:
            raise WorkspaceUnavailable(
                f"There is no workspace in {folder}.",
                f"Make one: python -m lookalike init --workspace {folder}",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceUnavailable(
                f"The folder {folder} cannot be made: {error.strerror}.", "Choose another folder."
            ) from error
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": settings.threads,
        "temp_directory": str(folder / "tmp"),
    }
    if limit := settings.database_memory:
        config["memory_limit"] = limit
    try:
        return duckdb.connect(str(database), config=config)
    except duckdb.Error as error:
        raise why_not(database, error) from error
