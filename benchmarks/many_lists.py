"""Many lists in one command, whole and killed half-way: `python -m benchmarks.many_lists`.

Two hundred lists of 50 to 20,000 seeds against a million users with 64 imported columns. The command
is run once undisturbed, and once killed (SIGKILL) when about half its time is over and started again;
the files of both must be the same, byte for byte. Memory is the most that the process had resident at
once, mapped files included.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import large_world
from benchmarks.results import record
from lookalike import Workspace

LOOK = 0.05  # seconds between two looks at a process
KILOBYTES = 1024
MADE = "manifest.json"  # tells when and where: the only file that may differ


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of the command.

    Attributes:
        seconds: By the clock.
        processor: Of the processor.
        peak: Most resident memory, in megabytes.
        killed: Whether it was.
    """

    seconds: float
    processor: float
    peak: float
    killed: bool


def main() -> None:
    """Run the command three times and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--lists", type=int, default=200)
    parser.add_argument("--method", default="auto")
    given = parser.parse_args()
    os.environ["LOOKALIKE_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        seeds = np.geomspace(50, min(20_000, given.users // 20), given.lists).astype(int)
        sizes = {f"list-{place:03d}": int(size) for place, size in enumerate(seeds)}
        large_world.write(folder, given.users, interactions=False, sizes=sizes)
        with Workspace.open(folder / "workspace", create=True) as workspace:
            for kind in ("users", "embeddings"):
                workspace.import_table(kind, folder / f"{kind}.parquet")
        whole = run(folder, "whole", given.method)
        first = run(folder, "halves", given.method, kill_after=whole.seconds / 2)
        second = run(folder, "halves", given.method)
        same = files(folder / "whole") == files(folder / "halves")
        count = len(files(folder / "whole"))
    if not first.killed:
        raise SystemExit("It was over before it could be killed.")
    rows = [
        (
            f"{given.lists} lists of {seeds[0]} to {seeds[-1]:,} seeds, {given.users:,} users, "
            f"{large_world.DIM} columns, `{given.method}`, audiences of 1 %, one thread."
        ),
        "",
        "| | seconds | of the processor | peak memory, MB |",
        "|---|---|---|---|",
    ]
    for name, ran in (("undisturbed", whole), ("until killed", first), ("started again", second)):
        rows.append(f"| {name} | {ran.seconds:.0f} | {ran.processor:.0f} | {ran.peak:,.0f} |")
    together = (first.processor + second.processor) / whole.processor
    rows += [
        "",
        (
            f"The {count} files are {'the same, byte for byte' if same else 'NOT the same'}; both parts "
            f"together took {together:.2f} times the processor of the undisturbed run."
        ),
    ]
    command = f"python -m benchmarks.many_lists --users {given.users} --lists {given.lists}"
    record("Many lists in one command", f"{command} --method {given.method}", rows)
    if not same:
        raise SystemExit(1)


def run(folder: Path, out: str, method: str, kill_after: float | None = None) -> Ran:
    """Run the command, and kill it after so many seconds."""
    command = [sys.executable, "-m", "lookalike", "expand", "--seeds", str(folder / "lists")]
    command += ["--out", str(folder / out), "--method", method, "--splits", "0", "--size", "1%"]
    command += ["--workspace", str(folder / "workspace")]
    log = folder / f"{out}.log"
    began, peak = time.perf_counter(), 0
    with log.open("w") as saying:
        process = subprocess.Popen(command, stdout=saying, stderr=subprocess.STDOUT)
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, resident(process.pid))
            if kill_after is not None and time.perf_counter() - began > kill_after:
                process.kill()
            time.sleep(LOOK)
    process.returncode = os.waitstatus_to_exitcode(status)
    killed = process.returncode == -signal.SIGKILL
    if process.returncode and not killed:
        raise SystemExit(log.read_text("utf-8", "replace"))
    processor = used.ru_utime + used.ru_stime
    return Ran(time.perf_counter() - began, processor, peak / KILOBYTES, killed)


def resident(process: int) -> int:
    """Return the most that a process had resident so far in kilobytes, 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line[:6] == "VmHWM:"), 0)


def files(folder: Path) -> dict[str, str]:
    """Return the hash of every file but the manifest."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != MADE
    }


if __name__ == "__main__":
    main()
