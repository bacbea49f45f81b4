"""Twenty lists trained and scored on a cluster of two executors; in both, one is killed at its work.

A process of its own, since a process has one Spark. It prints a line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.methods import METHODS, stored
from lookalike.methods.stored import Stored
from lookalike.spark import Asked, score, start, train
from tests.spark.waiting import Waiting, WaitingFit

CLUSTER = "local-cluster[2,1,1024]"


def executor_of(worker: int) -> int:
    """The executor's JVM above one of its Python processes."""
    process = worker
    while process > 1:
        process = int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
        words = Path(f"/proc/{process}/cmdline").read_bytes()
        if b"CoarseGrainedExecutorBackend" in words:
            return process
    raise LookupError(worker)


@contextmanager
def killing(folder: Path, killed: list[int]) -> Iterator[None]:
    """Kill the first executor that leaves a mark in the folder while the body runs."""
    folder.mkdir()
    over = threading.Event()
    watch = threading.Thread(target=kill_one, args=(folder, killed, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def kill_one(folder: Path, killed: list[int], over: threading.Event) -> None:
    while not over.wait(0.02):
        for mark in folder.glob("*.pid"):
            executor = executor_of(int(mark.stem))
            os.kill(executor, signal.SIGKILL)
            killed.append(executor)
            (folder / "killed").touch()
            return


def main(folder: Path) -> None:
    given = np.load(folder / "seeds.npz")
    asked = [
        Asked(name, stored.load(folder / "models" / f"{place}.npz"), 0.1, given[name])
        for place, name in enumerate(given.files)
    ]
    marks = folder / "marks"
    stored.KEPT[Waiting.__name__] = Waiting
    first = asked[0]
    asked[0] = replace(first, model=Stored(Waiting(first.model.scorer, marks), (), {}))
    killed: list[int] = []
    spark = start(CLUSTER, {"spark.sql.shuffle.partitions": "4", "spark.executor.memory": "600m"})
    network = METHODS["mlp"]
    METHODS["mlp"] = replace(network, fit=WaitingFit(network.fit, folder / "fitting"))
    lists = json.loads((folder / "lists.json").read_text("utf-8"))
    with killing(folder / "fitting", killed):
        trained = train(spark, lists, str(folder / "users"), str(folder / "trained"), method="mlp")
    with killing(marks, killed):
        done = score(spark, asked, str(folder / "users"), str(folder / "cluster"))
    alive = [one for one in killed if Path(f"/proc/{one}/cmdline").exists()]
    told = {"trained": len(trained.seeds), "lists": len(done.rows)}
    print(json.dumps({**told, "killed": len(killed), "alive": len(alive)}))  # noqa: T201
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
