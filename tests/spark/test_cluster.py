"""On a cluster of two executors models and audiences are those of one machine, through kills."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.spark.worlds import LISTS, check_models, check_same

ROOT = Path(__file__).parents[2]


def test_the_work_survives_killed_executors(world, lists):
    folder = world.users.parent
    with (folder / "seeds.npz").open("wb") as handle:
        np.savez(handle, **{one.name: one.without for one in world.asked})
    (folder / "lists.json").write_text(json.dumps(lists.ids), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.spark.cluster", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = {"trained": LISTS, "lists": LISTS, "killed": 2, "alive": 0}
    assert json.loads(done.stdout.splitlines()[-1]) == told
    check_models(lists, folder / "trained")
    check_same(world, folder / "cluster")
