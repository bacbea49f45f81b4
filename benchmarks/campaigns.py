"""Learning across campaigns, in the form of the table of Zhu et al. 2021: tables to RESULTS.md.

    python -m benchmarks.campaigns DATA --set ml-1m [--part report] [--splits 2] [--threshold 500]

Each campaign is an item that is taken out of the interactions before embeddings are learned. The
general models learn from the items that stay: no campaign and no item is in both. Lists are tested
whole, and cut down to a few seeds with the rest held out.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import EDGES, command, in_words, lookalike
from benchmarks.results import record
from lookalike import general, seeds
from lookalike.evaluation import Ranks, backtest
from lookalike.importing import snapshots
from lookalike.methods import METHODS, Method, chosen
from lookalike.pool import Pool, open_pool
from lookalike.workspace import Workspace

PRETRAINED = tuple(name for name in METHODS if METHODS[name].general)
BESIDE = ("logistic", "lsh", "ridge", "mlp", "auto_quick")
SMALL = (3, 10, 40)
LEFT = 10  # users at least that a list which is cut down leaves to be found
BASE = "mlp"

Found = dict[str, dict[str, Ranks]]  # by list and method


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=EDGES, required=True, help="the data set to run")
    parser.add_argument("--part", choices=("tune", "report"), default="report")
    parser.add_argument("--per-bucket", type=int, default=20)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--threshold", type=int, default=500, help="seeds from which a list is large")
    parser.add_argument("--beside", default=",".join(BESIDE), help="methods to compare with")
    parser.add_argument("--most", type=int, default=1_000, help="campaigns that are tested")
    parser.add_argument("--made", type=Path, help="a workspace that an earlier call left here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.made or Path(scratch) / "workspace"
        if not folder.exists():
            make(args, folder, Path(scratch) / "campaigns")
        with Workspace.open(folder) as workspace:
            report(args, workspace)


def make(args: argparse.Namespace, folder: Path, campaigns: Path) -> None:
    """Make the campaigns, learn embeddings and general models without them, save the lists."""
    source = args.data / args.set
    made = ["--part", args.part, "--per-bucket", args.per_bucket, "--edges", EDGES[args.set]]
    command(args.data / "make_campaigns.py", source / "interactions.parquet", campaigns, *made)
    if (source / "users.csv").exists():
        lookalike(folder, "import", "users", source / "users.csv")
    lookalike(folder, "import", "interactions", campaigns / "interactions.parquet")
    lookalike(folder, "embed")
    networks = [word for name in PRETRAINED for word in ("--network", name)]
    lookalike(folder, "pretrain", *networks)  # before any list is saved: items alone
    lookalike(folder, "seeds", "add", "campaigns", campaigns / "seeds")


def report(args: argparse.Namespace, workspace: Workspace) -> None:
    """Test every method on every list, and write the tables."""
    snapshot = snapshots.get(workspace)
    pool = open_pool(workspace, general=general.available(workspace, snapshot.id))
    lists = {
        one.name: pool.vectors.positions(seeds.load(workspace, one.name).rows)
        for one in seeds.saved(workspace)
    }
    places = np.linspace(0, len(lists) - 1, min(args.most, len(lists))).astype(int)
    lists = {sorted(lists)[place]: lists[sorted(lists)[place]] for place in places}
    began = time.perf_counter()
    methods = chosen((*args.beside.split(","), *PRETRAINED))
    whole = {
        name: backtest(pool, users, np.ones(len(users)), methods, splits=args.splits)
        for name, users in sorted(lists.items())
    }
    cut = {size: cut_down(pool, lists, methods, size) for size in SMALL}
    groups = {
        f"under {args.threshold:,} seeds": [n for n in whole if len(lists[n]) < args.threshold],
        f"{args.threshold:,} seeds and more": [n for n in whole if len(lists[n]) >= args.threshold],
    }
    learned = "" if pool.general is None else f"{pool.general.version.campaigns:,}"
    lines = [
        (
            f"{len(whole)} campaigns of the part “{args.part}”, each item taken out of the interactions "
            f"before embeddings are learned; general models learned from {learned} of the others. "
            f"{args.splits} folds a list. In brackets: ratio of the mean recall at 1, 2, 5 and 10 % to "
            f"{BASE}, paired over campaigns, with 95 % intervals."
        ),
        "",
    ]
    for title, names in groups.items():
        lines += table(f"{title}: {len(names)} campaigns", {name: whole[name] for name in names})
    for size, found in cut.items():
        lines += table(f"cut down to {size} seeds: {len(found)} campaigns", found)
    lines += costs(whole)
    lines += [f"In all {time.perf_counter() - began:.0f} s on two shared cores."]
    words = f"python -m benchmarks.campaigns DATA --set {args.set} --part {args.part}"
    words += f" --splits {args.splits} --beside {args.beside} --most {args.most}"
    record(f"Learning across campaigns on {args.set}", words, lines)


def cut_down(
    pool: Pool, lists: dict[str, NDArray[np.int64]], methods: Sequence[Method], size: int
) -> Found:
    """Test every method on a few seeds of each list, the rest held out."""
    rng = np.random.default_rng(size)
    found = {}
    for name, users in sorted(lists.items()):
        fold_of = np.zeros(len(users), np.int64)
        fold_of[rng.permutation(len(users))[:size]] = -1
        fold_of[~np.isin(users, pool.eligible)] = -1
        if (fold_of == 0).sum() >= LEFT:
            found[name] = backtest(pool, users, np.ones(len(users)), methods, fold_of=fold_of)
    return found


def table(title: str, found: Found) -> list[str]:
    """One line a method: AUC, P@5 %, R@5 %, and mean recall with its ratio to the base."""
    lines = [f"{title[0].upper()}{title[1:]}", ""]
    lines += ["| method | AUC | P@5 % | R@5 % | mean recall |", "|---|---|---|---|---|"]
    for method in next(iter(found.values()), {}):
        ranks = [one[method] for one in found.values()]
        heads = np.array([one.headline() for one in ranks])
        base = np.array([one[BASE].headline() for one in found.values()])
        cells = [
            f"{mean([one.auc() or np.nan for one in ranks]):.3f}",
            f"{mean([one.precision_in_top() for one in ranks]):.3f}",
            f"{mean([one.recall(0.05) for one in ranks]):.3f}",
            f"{heads.mean():.3f} [{in_words(heads, base)}]",
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return [*lines, ""]


def costs(found: Found) -> list[str]:
    """Say what it takes to fit one list, seconds."""
    spent = {
        method: mean(
            [
                (one[method].seconds - one[method].scoring) / len(one[method].candidates)
                for one in found.values()
            ]
        )
        for method in next(iter(found.values()), {})
    }
    told = ", ".join(f"{method} {seconds:.2f}" for method, seconds in spent.items())
    return [f"Seconds to fit a whole list, on average: {told}.", ""]


def mean(values: Sequence[float]) -> float:
    return float(np.nanmean(values))


if __name__ == "__main__":
    main()
