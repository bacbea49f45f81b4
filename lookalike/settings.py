"""Every setting in one place, read from `LOOKALIKE_*` environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from lookalike.errors import BadInput


def _default_threads() -> int:
    return max(1, (os.cpu_count() or 2) - 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can set; the variable is `LOOKALIKE_` and the name in capitals.

    Attributes:
        workspace: The workspace folder.
        threads: Threads for matrix work and for DuckDB; at least 1.
        memory_limit: DuckDB's memory limit, as DuckDB writes it ("4GB"); empty is its default.
        upload_mb: The largest file a browser may upload, in megabytes.
        active_days: Users not seen for longer are not eligible, where `last_active` is known.
        prepare: 1: the app learns from past lists in the background; 0 leaves that to the command.
    """

    workspace: Path = Path("workspace")
    threads: int = 0
    memory_limit: str = ""
    upload_mb: int = 50
    active_days: int = 30
    prepare: int = 1

    def __post_init__(self) -> None:
        if self.threads == 0:
            object.__setattr__(self, "threads", _default_threads())
        for name in ("threads", "upload_mb", "active_days"):
            if getattr(self, name) < 1:
                raise BadInput(
                    f"LOOKALIKE_{name.upper()} is {getattr(self, name)}; it must be at least 1.",
                    "Unset it to use the default.",
                )

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables.

        Raises:
            BadInput: A number is not a number, or out of range.
        """
        env = os.environ if env is None else env
        given: dict[str, object] = {}
        for field in fields(cls):
            text = env.get(f"LOOKALIKE_{field.name.upper()}", "").strip()
            if not text:
                continue
            if field.name == "workspace":
                given[field.name] = Path(text).expanduser()
            elif field.name == "memory_limit":
                given[field.name] = text
            else:
                try:
                    given[field.name] = int(text)
                except ValueError:
                    raise BadInput(
                        f"LOOKALIKE_{field.name.upper()} is {text!r}; a whole number was expected.",
                        "Unset it to use the default.",
                    ) from None
        return cls(**given)  # type: ignore[arg-type]
