"""On a cluster of two executors the audiences are those of one machine, even when one is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.spark.worlds import LISTS, check_same

ROOT = Path(__file__).parents[2]


def test_the_work_survives_a_killed_executor(world):
    folder = world.users.parent
    with (folder / "seeds.npz").open("wb") as handle:
        np.savez(handle, **{one.name: one.without for one in world.asked})
    done = subprocess.run(
        [sys.executable, "-m", "tests.spark.cluster", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"lists": LISTS, "killed": 1, "alive": 0}
    check_same(world, folder / "cluster")
