"""Every setting in one place, read from `LOOKALIKE_*` environment variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from lookalike import memory
from lookalike.errors import BadInput

DATABASE_SHARE = 3  # a third of the memory is the database's, the rest is for models and pages
UNSET = "Unset it to use the default."
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
PEOPLE = ("allowed", "analysts", "administrators")
POSITIVE = (
    "threads", "upload_mb", "active_days", "seed_rows", "audience_users", "workers", "queue",
    "runs_each", "upload_days", "sign_in_hours",
)  # fmt: skip
SWITCHES = ("prepare", "sign_in")


def _default_threads() -> int:
    return max(1, (os.cpu_count() or 2) - 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can set; the variable is `LOOKALIKE_` and the name in capitals.

    Attributes:
        workspace: The workspace folder.
        threads: Threads for matrix work and for DuckDB; at least 1.
        workers: Runs that the app carries out at once; they share the threads for matrix work.
        memory_limit: DuckDB's memory limit, as DuckDB writes it ("4GB"); empty: see `database_memory`.
        upload_mb: The largest file a browser may upload, in megabytes.
        active_days: Users not seen for longer are not eligible, where `last_active` is known.
        prepare: 1: the app learns from past lists in the background; 0 leaves that to the command.
        seed_rows: The most rows of a seed list.
        audience_users: The most users of an audience.
        queue: The most runs that wait for their turn.
        runs_each: The most runs of one visitor that wait or run.
        upload_days: Uploads that nobody imported are kept so long.
        sign_in: 1: without sign-in configured nobody gets in; 0: then everybody does, as
            administrator.
        sign_in_hours: A visitor signs in again after so long.
        allowed: Who may look: e-mail addresses, domains ("@example.com"), or "*" for everybody
            whom the provider knows. Analysts and administrators are allowed in any case.
        analysts: Who may also start runs, change lists and download.
        administrators: Who may also change the data, and see who did what.
        log_level: The least of what is logged: debug, info, warning or error.
        log_format: text, or json for one JSON object a line.
    """

    workspace: Path = Path("workspace")
    threads: int = 0
    workers: int = 1
    memory_limit: str = ""
    upload_mb: int = 50
    active_days: int = 30
    prepare: int = 1
    seed_rows: int = 5_000_000
    audience_users: int = 50_000_000
    queue: int = 20
    runs_each: int = 5
    upload_days: int = 1
    sign_in: int = 0
    sign_in_hours: int = 12
    allowed: tuple[str, ...] = ()
    analysts: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    log_level: str = "info"
    log_format: str = "text"

    def __post_init__(self) -> None:
        if self.threads == 0:
            object.__setattr__(self, "threads", _default_threads())
        for name in POSITIVE:
            if getattr(self, name) < 1:
                raise BadInput(
                    f"{_variable(name)} is {getattr(self, name)}; it must be at least 1.", UNSET
                )
        for name in SWITCHES:
            if getattr(self, name) not in (0, 1):
                raise BadInput(f"{_variable(name)} is {getattr(self, name)}; it must be 0 or 1.", UNSET)
        for name, choices in (("log_level", LEVELS), ("log_format", FORMATS)):
            if getattr(self, name) not in choices:
                raise BadInput(
                    f"{_variable(name)} is {getattr(self, name)!r}; it must be one of "
                    f"{', '.join(choices)}.",
                    UNSET,
                )
        if self.memory_limit and not re.fullmatch(
            r"\d{1,6}(\.\d+)?\s*([KMGT]i?B|B)", self.memory_limit, re.IGNORECASE
        ):
            raise BadInput(
                f"LOOKALIKE_MEMORY_LIMIT is {self.memory_limit!r}; a size was expected.",
                'Write it like "4GB", or unset it.',
            )
        for name in PEOPLE:
            _check_people(name, getattr(self, name))

    @property
    def database_memory(self) -> str:
        """DuckDB's memory limit: the one that is set, or a third of what this process may use.

        Empty where that is not known: DuckDB then takes four fifths of the machine's.
        """
        there = memory.available()
        if self.memory_limit or there is None:
            return self.memory_limit
        return f"{there // DATABASE_SHARE // 1_000_000}MB"

    @property
    def threads_each(self) -> int:
        """Threads for the matrix work of one run; the same whether others run beside it or not.

        What a run comes to must not hang on that: sums are rounded by how they are divided.
        """
        return max(1, self.threads // self.workers)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables.

        Raises:
            BadInput: One is of the wrong form, or out of range.
        """
        env = os.environ if env is None else env
        given: dict[str, object] = {}
        for field in fields(cls):
            text = env.get(_variable(field.name), "").strip()
            if text:
                given[field.name] = _read(field.name, str(field.type), text)
        return cls(**given)  # type: ignore[arg-type]

    def check(self, name: str, count: int, what: str) -> None:
        """Refuse a count above the limit of that name.

        Args:
            name: A setting that is a limit, such as "seed_rows".
            count: What was found or asked for.
            what: What it is a count of, to begin a sentence with: "The list has 6,000,000 rows".

        Raises:
            BadInput: It is above the limit.
        """
        limit = getattr(self, name)
        if count > limit:
            raise BadInput(
                f"{what}; at most {limit:,} are allowed here.",
                f"An administrator can raise {_variable(name)}.",
            )


def _variable(name: str) -> str:
    return f"LOOKALIKE_{name.upper()}"


def _read(name: str, kind: str, text: str) -> object:
    if kind == "Path":
        return Path(text).expanduser()
    if kind == "str":
        return text.lower() if name.startswith("log_") else text
    if kind == "int":
        try:
            return int(text)
        except ValueError:
            raise BadInput(
                f"{_variable(name)} is {text!r}; a whole number was expected.", UNSET
            ) from None
    return tuple(part for part in (one.strip().lower() for one in text.split(",")) if part)


def _check_people(name: str, given: tuple[str, ...]) -> None:
    for one in given:
        if one == "*" and name == "allowed":
            continue
        if not re.fullmatch(r"[^@\s]*@[^@\s]+\.?[^@\s]*", one):
            raise BadInput(
                f"{_variable(name)} holds {one!r}; e-mail addresses or domains were expected.",
                'Write it like "ann@example.org,@example.com".',
            )
