"""What the work costs against named limits and peers: `python -m benchmarks.speed [--rounds 5]`.

A million users with 64 columns, one thread each. In every round everything is timed once, ours and its
peer in turn, in CPU seconds; the table has the medians and the range of the rounds' ratios. A limit is
what the machine could do at best (the bare multiplication of tensors in memory); a peer is what one
would use instead. Training is measured by `benchmarks.training`, Spark by `benchmarks.spark`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from benchmarks.results import record
from lookalike import export, seeds
from lookalike.cutting import Cut, select
from lookalike.importing.snapshots import Snapshot
from lookalike.methods import METHODS, Scorer, score_all
from lookalike.one_pass import Wanted, best
from lookalike.pool import Block, Pool
from lookalike.progress import SILENT
from lookalike.ranking import RANKED, Ranking, rank
from lookalike.settings import Settings
from lookalike.vectors import Vectors
from lookalike.workspace import Workspace, now

DIM = 64
LISTS = 30
SEEDS = 1_000
NOBODY = np.array([], np.int64)
Timed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison.

    Attributes:
        what: What is done.
        peer: What it is held against.
        wanted: The ratio of their time to ours to reach; None for none.
        ours: Does it.
        theirs: Does it as the peer.
    """

    what: str
    peer: str
    wanted: float | None
    ours: Timed
    theirs: Timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with (
        threadpool_limits(1),
        tempfile.TemporaryDirectory() as folder,
        Workspace.open(Path(folder), create=True, settings=Settings(threads=1)) as workspace,
    ):
        pool = made_pool(workspace, Path(folder), args.users)
        lines = [*scoring(pool), *models(pool), *files(workspace, pool, Path(folder))]
        ours, theirs = measured(lines, args.rounds)
        table = report(lines, ours, theirs)
        saved = what_floors_save(pool, Path(folder))
    head = (
        f"{args.users:,} users, {DIM} columns, one thread each, CPU seconds, medians of {args.rounds} "
        f"interleaved rounds; an audience is 1 % of the users unless it says otherwise."
    )
    command = f"python -m benchmarks.speed --users {args.users} --rounds {args.rounds}"
    record("Speed", command, [head, "", *table, "", *saved])


def made_pool(workspace: Workspace, folder: Path, users: int) -> Pool:
    """Return users of a dozen tastes whose vectors are mapped from a file, as the app has them."""
    rng = np.random.default_rng(0)
    tastes = rng.normal(size=(12, DIM)).astype(np.float32)
    path = folder / "vectors.npy"
    matrix = np.lib.format.open_memmap(path, "w+", np.float32, (users, DIM))
    for start in range(0, users, 100_000):
        part = rng.standard_normal((min(100_000, users - start), DIM), np.float32)
        part += 0.7 * tastes[rng.integers(0, 12, len(part))]
        matrix[start : start + len(part)] = part
    matrix.flush()
    del matrix
    held = np.load(path, mmap_mode="c")
    snapshot = Snapshot(1, "imported", DIM, users, now(), "made", {})
    mean, covariance = held.mean(axis=0, dtype=np.float64), np.cov(held[:100_000], rowvar=False)
    vectors = Vectors(snapshot, held, np.arange(users, dtype=np.int32), mean, covariance)
    pool = Pool(vectors, np.arange(users), frozenset(), workspace)
    pool.__dict__["activity"] = np.zeros(users, np.float32)
    return pool


def seeds_of(pool: Pool, number: int) -> NDArray[np.int64]:
    """Return a list's seeds: users near a direction of their own."""
    rng = np.random.default_rng(100 + number)
    part = np.sort(rng.choice(len(pool), 20_000, replace=False))
    near = pool.vectors.matrix[part] @ rng.standard_normal(pool.vectors.snapshot.dim).astype(np.float32)
    return np.sort(part[np.argsort(-near)[:SEEDS]])


def fitted(pool: Pool, name: str, number: int) -> object:
    """Return a list's model."""
    chosen = seeds_of(pool, number)
    rng = np.random.default_rng(number)
    return METHODS[name].fit(pool, chosen, np.ones(len(chosen)), rng, SILENT)


def scoring(pool: Pool) -> list[Line]:
    """One list and thirty in one pass against the bare multiplications of the same models."""
    resident = torch.from_numpy(np.array(pool.vectors.matrix))
    count = len(pool) // 100
    found = []
    heads = [fitted(pool, "ridge", number) for number in range(LISTS)]
    weights = torch.from_numpy(np.stack([one.weights for one in heads], axis=1))
    column = weights[:, :1].contiguous()
    one = [Wanted(heads[0], count, NOBODY)]
    thirty = [Wanted(head, count, NOBODY) for head in heads]
    many = [Wanted(head, len(pool) // 20, NOBODY) for head in heads]
    bare, bare_thirty = lambda: resident @ column, lambda: resident @ weights

    def passes() -> None:
        for wanted in thirty:
            best(pool, [wanted])

    limit = "the bare multiplication, tensors in memory"
    found += [
        Line("`ridge`, one list from the map", limit, 0.7, lambda: best(pool, one), bare),
        Line(
            f"`ridge`, {LISTS} lists in one pass",
            limit,
            0.8,
            lambda: best(pool, thirty),
            bare_thirty,
        ),
        Line("the same, audiences of 5 %", limit, None, lambda: best(pool, many), bare_thirty),
        Line(
            f"`ridge`, {LISTS} lists in one pass",
            f"{LISTS} passes",
            2.5,
            lambda: best(pool, thirty),
            passes,
        ),
    ]
    nets = [fitted(pool, "mlp", number) for number in range(LISTS)]

    def multiplied(network: object) -> Timed:
        return lambda: (resident @ network.inner) @ network.outer

    net, net_thirty = [Wanted(nets[0], count, NOBODY)], [Wanted(net, count, NOBODY) for net in nets]
    found += [
        Line(
            "`mlp`, one list from the map",
            limit + " of its layers",
            0.7,
            lambda: best(pool, net),
            multiplied(nets[0]),
        ),
        Line(
            f"`mlp`, {LISTS} lists in one pass",
            limit + " of their layers",
            0.8,
            lambda: best(pool, net_thirty),
            lambda: [multiplied(one)() for one in nets],
        ),
    ]
    return found


def models(pool: Pool) -> list[Line]:
    """Fitting and scoring against scikit-learn's, and nearest users against faiss."""
    chosen = seeds_of(pool, 0)
    others = pool.negatives(chosen, 10 * len(chosen), np.random.default_rng(0))
    sample = np.asarray(pool.vectors.matrix[np.concatenate([chosen, others])])
    labels = np.arange(len(sample)) < len(chosen)
    whole = np.array(pool.vectors.matrix)
    network, ridge = fitted(pool, "mlp", 0), fitted(pool, "ridge", 0)
    theirs = MLPClassifier((64,), max_iter=20, batch_size=256, random_state=0)
    regression = LogisticRegression(max_iter=200)
    index = faiss.IndexFlatIP(DIM)
    index.add(whole)
    faiss.omp_set_num_threads(1)
    query = whole[chosen].mean(axis=0, keepdims=True)
    centroid = fitted(pool, "centroid", 0)
    count = len(pool) // 100

    def theirs_fit() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs.fit(sample, labels)

    theirs_fit()
    regression.fit(sample, labels)
    return [
        Line(
            "`mlp`: fitting a list",
            "scikit-learn's MLPClassifier, 20 epochs (one net; ours has three)",
            None,
            lambda: fitted(pool, "mlp", 0),
            theirs_fit,
        ),
        Line(
            "`mlp`: scoring everybody",
            "the same, predict_proba",
            None,
            lambda: score_all(pool, [network]),
            lambda: theirs.predict_proba(whole),
        ),
        Line(
            "`ridge`: fitting a list",
            "scikit-learn's LogisticRegression",
            None,
            lambda: fitted(pool, "ridge", 0),
            lambda: regression.fit(sample, labels),
        ),
        Line(
            "`ridge`: scoring everybody",
            "the same, decision_function",
            None,
            lambda: score_all(pool, [ridge]),
            lambda: regression.decision_function(whole),
        ),
        Line(
            "`centroid`: the nearest 1 %, whitened",
            "faiss's exact search, not whitened",
            None,
            lambda: best(pool, [Wanted(centroid, count, NOBODY)]),
            lambda: index.search(query, count),
        ),
    ]


def files(workspace: Workspace, pool: Pool, folder: Path) -> list[Line]:
    """Matching a list and writing an audience against pandas."""
    count = len(pool)
    ids = np.char.add("user-", np.arange(count).astype(str))
    with workspace.write() as cursor:
        cursor.register(
            "incoming", pd.DataFrame({"row": np.arange(count, dtype=np.int32), "user_id": ids})
        )
        cursor.execute("INSERT INTO users (row, user_id) SELECT row, user_id FROM incoming")
        cursor.unregister("incoming")
    rng = np.random.default_rng(1)
    given = rng.permutation(ids)
    users = pd.DataFrame({"user_id": ids, "row": np.arange(count)})
    candidates = np.empty(count, RANKED)
    candidates["row"] = rng.permutation(count)
    candidates["score"] = np.sort(rng.normal(size=count))[::-1]
    table = select(Ranking(candidates, count), Cut(size=1.0), np.array([], np.int32)).table()
    listed = folder / "list.csv"
    pd.DataFrame({"user_id": given}).to_csv(listed, index=False)
    plain = export.template("csv")
    ours, theirs = folder / "ours.csv", folder / "theirs.csv"

    def pandas_export() -> None:
        frame = table.to_pandas().merge(users, on="row")
        frame[["user_id", "score", "rank", "percentile"]].to_csv(theirs, index=False)

    def pandas_match() -> None:
        frame = pd.read_csv(listed, dtype=str)
        frame.drop_duplicates("user_id").merge(users, on="user_id", how="left")

    return [
        Line(
            f"writing {count:,} users (CSV)",
            "pandas: merge and to_csv",
            4.0,
            lambda: export.write(workspace, table, plain, ours),
            pandas_export,
        ),
        Line(
            f"reading and matching a list of {count:,} ids, with reasons",
            "pandas: read_csv, drop_duplicates, merge",
            None,
            lambda: seeds.match_file(workspace, listed),
            pandas_match,
        ),
    ]


def measured(lines: list[Line], rounds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return CPU seconds of ours and of the peers, each of shape (rounds, lines)."""
    for line in lines:  # what is made once, and memory that is touched for the first time
        line.ours(), line.theirs()
    found = np.empty((rounds, len(lines), 2))
    for turn in range(rounds):
        for place, line in enumerate(lines):
            both = (line.ours, line.theirs)
            for which in (0, 1) if turn % 2 else (1, 0):
                os.sync()  # what the other wrote would be flushed by a file that we make durable
                began = time.process_time()
                both[which]()
                found[turn, place, which] = time.process_time() - began
    return found[..., 0], found[..., 1]


def report(lines: list[Line], ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> list[str]:
    """Return the table."""
    ratios = theirs / ours
    rows = [
        "| what | against | ours, s | theirs, s | ratio | range | wanted |",
        "|---|---|---|---|---|---|---|",
    ]
    for place, line in enumerate(lines):
        own, peer, ratio = (float(np.median(part[:, place])) for part in (ours, theirs, ratios))
        low, high = ratios[:, place].min(), ratios[:, place].max()
        wanted = "" if line.wanted is None else f"{line.wanted:.2f}"
        rows.append(
            f"| {line.what} | {line.peer} | {own:.3f} | {peer:.3f} | {ratio:.2f} | "
            f"{low:.2f}–{high:.2f} | {wanted} |"
        )
    return rows


def what_floors_save(pool: Pool, folder: Path) -> list[str]:
    """What `auto` saves where its network sees only who can still be wanted, and whether it matters."""
    rows = [
        "| `auto`, audience | embeddings | pass, s | all to the network, s | ratio | shown | same |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, users in (
        ("imported", pool),
        ("with the views of learned ones", with_views(pool, folder)),
    ):
        scorer = fitted(users, "auto", 0)
        counted = Counted(scorer.network)
        watched = replace(scorer, network=counted)
        for share in (0.01, 0.05, 0.1):
            wanted = Wanted(scorer, int(share * len(users)), NOBODY)
            began = time.process_time()
            (found,) = best(users, [wanted])
            middle = time.process_time()
            scores = score_all(users, [scorer])[:, 0]
            whole = rank(users, scores, NOBODY).candidates[: wanted.count]
            end = time.process_time()
            counted.users = 0
            best(users, [Wanted(watched, wanted.count, NOBODY)])
            same = len(np.intersect1d(found["row"], whole["row"])) / wanted.count
            rows.append(
                f"| {100 * share:g} % | {kind} | {middle - began:.2f} | {end - middle:.2f} | "
                f"{(end - middle) / (middle - began):.2f} | {100 * counted.users / len(users):.1f} % | "
                f"{100 * same:.3f} % |"
            )
    return rows


class Counted:
    """A network that counts the users that it is shown."""

    def __init__(self, network: Scorer) -> None:
        self.network = network
        self.users = 0

    def score(self, users: Block) -> NDArray[np.float32]:
        """Return the network's scores, shape (users,)."""
        self.users += len(users.dense)
        return self.network.score(users)


def with_views(pool: Pool, folder: Path) -> Pool:
    """Return a fifth of the users with the columns of a learned snapshot, all of the same tastes."""
    users = len(pool) // 5
    rng = np.random.default_rng(5)
    turned = [rng.normal(size=(DIM, width)).astype(np.float32) for width in (64, 64, 64, 128)]
    core = pool.vectors.matrix[:users]
    sides = [
        core @ turn + 4 * rng.standard_normal((users, turn.shape[1]), np.float32) for turn in turned
    ]
    activity = rng.exponential(size=(users, 1)).astype(np.float32)
    np.save(folder / "views.npy", np.hstack([*sides[:3], activity, sides[3]]))
    held = np.load(folder / "views.npy", mmap_mode="c")
    names = [
        ("als", 0, 64),
        ("smooth", 64, 128),
        ("svd", 128, 192),
        ("activity", 192, 193),
        ("wide", 193, 321),
    ]
    snapshot = replace(pool.vectors.snapshot, dim=321, users=users, how={"views": names})
    mean, covariance = held.mean(axis=0, dtype=np.float64), np.cov(held, rowvar=False)
    vectors = Vectors(snapshot, held, np.arange(users, dtype=np.int32), mean, covariance)
    made = replace(pool, vectors=vectors, eligible=np.arange(users))
    made.__dict__["activity"] = activity[:, 0]
    return made


if __name__ == "__main__":
    main()
