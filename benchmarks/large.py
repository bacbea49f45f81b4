"""What large workspaces cost: `python -m benchmarks.large --users 200000 1000000 5000000`.

Worlds of communities, 64 embedding columns; every step is done by a process of its own, so that
its memory is its own. Memory is what the process asked for itself, at most; pages of mapped files,
which the system takes back when it needs them, do not count. Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import large_steps, large_world
from benchmarks.results import record

MB = 1024
LOOK = 0.02  # seconds between two looks at a process' memory


def main() -> None:
    """Measure all steps at all sizes and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--interactions", action="store_true", help="10 a user, too")
    parser.add_argument("--limit", default="", help="LOOKALIKE_MEMORY_LIMIT, such as 2GB")
    parser.add_argument("--worlds", type=Path, help="where worlds are kept; by default nowhere")
    parser.add_argument("--steps", nargs="+", help="only these")
    parser.add_argument("--keep", action="store_true", help="keep the workspaces beside the worlds")
    given = parser.parse_args()
    os.environ |= {"LOOKALIKE_THREADS": "1", "LOOKALIKE_MEMORY_LIMIT": given.limit}
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.worlds or Path(scratch)
        found = {users: _measured(given, folder / str(users), users) for users in given.users}
    command = "python -m benchmarks.large --users " + " ".join(map(str, given.users))
    title = "Large workspaces"
    if given.interactions:
        command, title = command + " --interactions", title + " with interactions"
    if given.limit:
        command, title = f"{command} --limit {given.limit}", f"{title}, {given.limit} for DuckDB"
    if not given.steps:
        record(title, command, table(found))
    else:
        print("\n".join(table(found)))


def _measured(given: argparse.Namespace, world: Path, users: int) -> dict[str, dict[str, float]]:
    """Carry out every step; return its seconds and megabytes by its name."""
    if not (world / "lists").is_dir():
        large_world.write(world, users, interactions=given.interactions)
    workspace = world / ("workspace-i" if given.interactions else "workspace")
    found = {}
    for name in given.steps or large_steps.STEPS:
        if name in large_steps.OF_INTERACTIONS and not given.interactions:
            continue
        found[name] = _watched(name, world, workspace)
        print(f"{users:>9,} {name}: {found[name]}", file=sys.stderr, flush=True)
    if not given.keep:
        shutil.rmtree(workspace)
    return found


def _watched(name: str, world: Path, workspace: Path) -> dict[str, float]:
    """Carry out one step in a process, and look at its memory meanwhile."""
    forked = multiprocessing.get_context("fork")
    said, saying = forked.Pipe(duplex=False)
    child = forked.Process(target=_carry_out, args=(name, world, workspace, saying))
    child.start()
    most = 0
    while child.is_alive():
        most = max(most, _own_memory(child.pid or 0))
        child.join(LOOK)
    if child.exitcode:
        raise SystemExit(f"{name} failed for {world}")
    return {**said.recv(), "megabytes": most / MB}


def _own_memory(process: int) -> int:
    """Return the anonymous resident memory of a process in kilobytes, 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line[:8] == "RssAnon:"), 0)


def _carry_out(name: str, world: Path, workspace: Path, saying: Connection) -> None:
    began, wall = _processor(), time.perf_counter()
    large_steps.STEPS[name](world, workspace)
    saying.send({"seconds": _processor() - began, "wall": time.perf_counter() - wall})


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def table(found: dict[int, dict[str, dict[str, float]]]) -> list[str]:
    """Lay the figures out by step, with their growth between the two largest worlds."""
    sizes = sorted(found)
    heads = [f"{users:,} users: s | MB" for users in sizes]
    growth = "" if len(sizes) < 2 else f" s, times (linear: {sizes[-1] / sizes[-2]:g}) | MB, times |"
    lines = [
        f"{os.cpu_count()} cores, one thread; {large_world.DIM} columns.",
        "",
        f"| step | {' | '.join(heads)} |{growth}",
        "|---" * (1 + 2 * len(sizes) + (2 if growth else 0)) + "|",
    ]
    for name in found[sizes[0]]:
        cells = [name]
        for users in sizes:
            one = found[users][name]
            cells += [f"{one['seconds']:.1f}", f"{one['megabytes']:,.0f}"]
        if growth:
            small, large = (found[users][name] for users in sizes[-2:])
            cells += [f"{large[what] / small[what]:.1f}" for what in ("seconds", "megabytes")]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
