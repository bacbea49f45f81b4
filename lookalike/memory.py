"""How much memory this process may use: the machine's, or less where a container says so."""

from __future__ import annotations

import os
from pathlib import Path

from lookalike.errors import WorkspaceUnavailable

GROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")
LIMITS = ("memory.max", "memory/memory.limit_in_bytes")  # of control groups, version 2 and 1
GIGABYTE = 1_000_000_000


def available() -> int | None:
    """Return the bytes that this process and its group may use at most; None where it is not known."""
    known = [limit for limit in (_of_machine(), *_of_groups()) if limit is not None]
    return min(known, default=None)


def check(needed: int, what: str) -> None:
    """Refuse what can never fit; what only may not fit is tried.

    Args:
        needed: Bytes that will be held at once.
        what: What needs them, to begin a sentence with: "Reading 9,000,000,000 features".

    Raises:
        WorkspaceUnavailable: That is more than there is.
    """
    there = available()
    if there is not None and needed > there:
        raise WorkspaceUnavailable(
            f"{what} needs about {needed / GIGABYTE:.1f} GB of memory; "
            f"{there / GIGABYTE:.1f} GB are there.",
            "Use a machine or a container with more memory, or import less.",
        )


def _of_machine() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None


def _of_groups() -> list[int]:
    """Return the limits of the process' own control group and those above it, where there are any."""
    folders = [GROUPS]
    try:
        for line in OWN_GROUP.read_text("ascii").splitlines():
            own = GROUPS / line.split(":", 2)[2].lstrip("/")
            folders += [own, *(above for above in own.parents if above.is_relative_to(GROUPS))]
    except (OSError, IndexError, UnicodeDecodeError):
        pass
    found = [_number(folder / name) for folder in folders for name in LIMITS]
    return [limit for limit in found if limit is not None]


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):  # not there, or "max"
        return None
