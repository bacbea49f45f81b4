"""Kills at random moments of a program that imports, learns, trains, saves and exports in a loop.

The command `python -m tests.fuzz.kills --count 30 --seed 0`. After each kill the workspace must
open, hold all that the program had said to be finished, and nothing half-done.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from lookalike import expansion, runs, seeds
from lookalike.importing import KINDS, import_table
from lookalike.importing.snapshots import snapshots
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities

from . import stopping

LONGEST = 6.0  # seconds that the program may work before it is killed


def main() -> None:
    """Run the kills; an assertion says what was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "ROUND"), help="of this command itself")
    given = parser.parse_args()
    if given.child:
        work(Path(given.child[0]), int(given.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        run(given.count, given.seed, Path(folder) / "ws", LONGEST)


def run(count: int, seed: int, folder: Path, longest: float) -> Counter[str]:
    """Kill the program so many times in one workspace; return how often it had finished what."""
    communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        stopping.expand(workspace)
    chance = random.Random(seed)
    finished: list[tuple[str, object]] = []
    for number in range(count):
        moment = chance.uniform(0.0, longest)
        finished += _until_killed(folder, number, moment)
        stopping.state(folder)
        check(folder, finished)
        under_way = _interrupted(folder)
        print(
            f"kill {number + 1}: after {moment:.2f} s, {len(finished)} finished, {under_way} interrupted"
        )
    return Counter(what for what, _ in finished)


def _until_killed(folder: Path, number: int, seconds: float) -> list[tuple[str, object]]:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.fuzz.kills",
        "--child",
        str(folder),
        str(number),
    ]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "open\n", "the workspace did not open"
            time.sleep(seconds)
            assert child.poll() is None, "the program ended by itself"
        finally:
            child.kill()
        said = child.stdout.read()
    # a line that was cut off says nothing
    return [tuple(json.loads(line)) for line in said.splitlines(keepends=True) if line.endswith("\n")]


def work(folder: Path, number: int) -> None:
    """Do one thing after another, in an order of its own, and say so, until killed."""
    chance = random.Random(number)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        print("open", flush=True)
        for step in itertools.count():
            label = f"r{number}s{step}"
            what = chance.choice(("list", "expand", "export", "learn", *KINDS))
            if what in KINDS:
                import_table(workspace, what, [stopping.table(what, label)])
                _say("import", label if what == "interactions" else "")
            elif what == "list":
                _say("list", [label, stopping.save_list(workspace, label)])
            else:
                _say(what, getattr(stopping, what)(workspace))


def _say(what: str, facts: object) -> None:
    print(json.dumps([what, facts]), flush=True)


def check(folder: Path, finished: list[tuple[str, object]]) -> None:
    """Assert that all that was said to be finished is there, whole."""
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        known = {one.id for one in snapshots(workspace)}
        saved = {one.name: one.seeds for one in seeds.saved(workspace)}
        with workspace.cursor() as cursor:
            rows = dict(
                cursor.execute(
                    "SELECT item_id, count(*) FROM interactions WHERE starts_with(item_id, 'of ') "
                    "GROUP BY item_id"
                ).fetchall()
            )
            hashes = {found for (found,) in cursor.execute("SELECT file_hash FROM audiences").fetchall()}
        assert set(rows.values()) <= {stopping.NEW}, "an import is there in part"
        for what, facts in finished:
            if what == "import" and facts:
                assert f"of {facts}" in rows, "an import is lost"
            elif what == "list":
                assert saved[facts[0]] == facts[1], "a list is lost"  # type: ignore[index]
            elif what == "expand":
                assert expansion.load(workspace, str(facts)).audience(0.1).rows, "a run is lost"
            elif what == "learn":
                assert facts in known, "a snapshot is lost"
            elif what == "export":
                assert facts in hashes, "an export is lost"
        target = folder / "exports" / "audience.csv"
        if target.exists():
            head, *lines = target.read_text("utf-8").splitlines()
            place = head.split(",").index("rank")
            ranks = [int(line.split(",")[place]) for line in lines]
            assert ranks == list(range(1, stopping.EXPORTED + 1)), "an exported file is not whole"


def _interrupted(folder: Path) -> int:
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        return sum(run.status == "interrupted" for run in runs.recent(workspace, limit=10_000))


if __name__ == "__main__":
    main()
