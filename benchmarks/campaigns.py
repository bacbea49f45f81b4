"""Learning across campaigns, in the form of the table of Zhu et al. 2021: tables to RESULTS.md.

    python -m benchmarks.campaigns DATA --set ml-1m [--made FOLDER] [--part report] [--seconds 1200]

Each campaign is an item that is taken out of the interactions before embeddings are learned. The
general models learn from the items that stay: no campaign and no item is in both. Lists are tested
whole, by folds, and cut down to a few seeds with the rest held out. Each figure is kept as soon as it
is known, so that a run that was stopped goes on, and the tables can be written from what there is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.campaign_claims import claims
from benchmarks.campaign_tables import SMALL, WHOLE, Figure, Figures, costs, curves, tables
from benchmarks.quality import EDGES, command, lookalike
from benchmarks.results import record
from lookalike import general, past, seeds
from lookalike.evaluation import backtest
from lookalike.importing import snapshots
from lookalike.methods import METHODS, chosen
from lookalike.pool import Pool, open_pool
from lookalike.pretraining import ABLATIONS
from lookalike.settings import Settings
from lookalike.workspace import Workspace

PUBLISHED = ("logistic", "one_stage", "mlp", "lsh", "hubble")  # rows of the paper, and then those
PRETRAINED = ("mlp_pretrained", "shared_bottom", "mmoe", "metaheac")  # that learn from campaigns
BESIDE = ("ridge", "ridge_prior", "prototype", "attention", "deepfm", "auto")
ROWS = tuple(name for name in (*PUBLISHED, *PRETRAINED, *ABLATIONS, *BESIDE) if name in METHODS)
LEFT = 10  # users at least that a list which is cut down leaves to be found
FOLDS = (2, 1)  # of small lists, which have few seeds to hold out, and of large ones

Lists = dict[str, NDArray[np.int64]]  # positions of a list's users, by its name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=EDGES, required=True, help="the data set to run")
    parser.add_argument("--part", choices=("tune", "report"), default="report")
    parser.add_argument("--per-bucket", type=int, default=22)
    parser.add_argument(
        "--threshold", type=int, help="seeds from which a list is large; else the median"
    )
    parser.add_argument("--methods", default=",".join(ROWS), help="rows, in the order of the table")
    parser.add_argument(
        "--slow", default="auto,deepfm", help="methods that are tried when others are done"
    )
    parser.add_argument("--seconds", type=float, default=3e4, help="begin with no list after these")
    parser.add_argument(
        "--made", type=Path, help="workspace and figures stay here, and are gone on with"
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        folder = args.made or Path(scratch)
        make(args, folder)
        settings = Settings(threads=1)
        with Workspace.open(folder / "workspace", settings=settings) as workspace:
            measure(args, workspace, folder / "figures.jsonl")


def make(args: argparse.Namespace, folder: Path) -> None:
    """Make what is missing: campaigns, embeddings and past lists without them, general models, lists."""
    source, campaigns, store = args.data / args.set, folder / "campaigns", folder / "workspace"
    if not store.exists():
        cut = ["--part", args.part, "--per-bucket", args.per_bucket, "--edges", EDGES[args.set]]
        command(args.data / "make_campaigns.py", source / "interactions.parquet", campaigns, *cut)
        if (source / "users.csv").exists():
            lookalike(store, "import", "users", source / "users.csv")
        lookalike(store, "import", "interactions", campaigns / "interactions.parquet")
        lookalike(store, "embed")
    with Workspace.open(store) as workspace:
        unprepared = past.available(workspace, snapshots.get(workspace)) is None
        saved = [one.name for one in seeds.saved(workspace)]
        held = [one.networks for one in general.versions(workspace)[:1]]
    if unprepared:
        if saved:
            raise SystemExit(f"{store} has campaigns among its lists, but no past lists: remove it.")
        lookalike(store, "prepare")
    wanted = [name for name in args.methods.split(",") if METHODS[name].general]
    if not held or not set(wanted) <= set(held[0]):
        words = [word for name in wanted for word in ("--network", name)]
        words += [word for name in saved for word in ("--leave-out", f"list:{name}")]
        lookalike(store, "pretrain", *words)
    if not saved:  # last of all: none of them is to be learned from
        lookalike(store, "seeds", "add", "campaigns", campaigns / "seeds")


def measure(args: argparse.Namespace, workspace: Workspace, path: Path) -> None:
    """Try the methods on the lists, as far as the time goes, and write the tables."""
    snapshot = snapshots.get(workspace)
    version = general.versions(workspace)[0]
    pool = open_pool(workspace, past=past.available(workspace, snapshot), general=version.id)
    lists = {
        one.name: pool.vectors.positions(seeds.load(workspace, one.name).rows)
        for one in seeds.saved(workspace)
    }
    sizes = {name: len(users) for name, users in lists.items()}
    threshold = args.threshold or int(np.median(list(sizes.values())))
    methods, slow = args.methods.split(","), args.slow.split(",")
    found = kept(path, version.id)
    ends = time.monotonic() + args.seconds
    # in an order of its own, so that those that the time sufficed for stand for all
    order = np.random.default_rng(0).permutation(sorted(lists)).tolist()
    for group in ([one for one in methods if one not in slow], [one for one in methods if one in slow]):
        for done, name in enumerate(order):
            if time.monotonic() > ends:
                break
            folds = FOLDS[sizes[name] >= threshold]
            for setting in (WHOLE, *SMALL):
                missing = [one for one in group if name not in found.get((setting, one), {})]
                added = tried(pool, lists[name], setting, missing, folds) if missing else {}
                keep(path, setting, name, version.id, added)
                for method, figure in added.items():
                    found.setdefault((setting, method), {})[name] = figure
            if done % 10 == 9:
                print(f"{done + 1} lists, {ends - time.monotonic():.0f} s left", flush=True)
    write(args, found, sizes, threshold, version)


def keep(path: Path, setting: str, name: str, version: int, figures: dict[str, Figure]) -> None:
    """Put figures of a list down, a line a method; what needs no general model belongs to none."""
    with path.open("a", encoding="utf-8") as file:
        for method, figure in figures.items():
            number = version if METHODS[method].general else 0
            file.write(json.dumps([setting, name, number, method, *figure]) + "\n")


def kept(path: Path, version: int) -> Figures:
    """Return the figures that an earlier call left; those of other general models do not count."""
    found: Figures = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            setting, name, number, method, *figure = json.loads(line)
        except json.JSONDecodeError:
            continue  # the call was killed while it wrote this
        if number == (version if METHODS[method].general else 0):
            found.setdefault((setting, method), {})[name] = Figure(*figure)
    return found


def tried(
    pool: Pool, users: NDArray[np.int64], setting: str, methods: list[str], folds: int
) -> dict[str, Figure]:
    """Return what the methods come to on a list, whole or cut down; nothing where it is too short."""
    fold_of: NDArray[np.int64] | None = None
    if setting != WHOLE:
        rng = np.random.default_rng(len(users))
        fold_of = np.zeros(len(users), np.int64)
        fold_of[rng.permutation(len(users))[: int(setting)]] = -1  # smaller ones are part of larger
        if (fold_of == 0).sum() < LEFT:
            return {}
        fold_of[~np.isin(users, pool.eligible)] = -1
    ones = np.ones(len(users))
    ranks = backtest(pool, users, ones, chosen(methods), splits=folds, fold_of=fold_of)
    return {
        method: Figure(
            one.auc(),
            one.precision_in_top(),
            one.recall(0.05),
            one.headline(),
            (one.seconds - one.scoring) / len(one.candidates),
        )
        for method, one in ranks.items()
    }


def write(
    args: argparse.Namespace,
    found: Figures,
    sizes: dict[str, int],
    threshold: int,
    version: general.Version,
) -> None:
    """Replace this data set's section of RESULTS.md."""
    lines = [
        (
            f"{len(sizes)} campaigns of the part “{args.part}”, {min(sizes.values()):,} to "
            f"{max(sizes.values()):,} users, each item taken out of the interactions before anything is "
            f"built; general models learned from {version.campaigns:,} of the items that stay. Lists of "
            f"{threshold:,} seeds and more are large"
            f"{'' if args.threshold else ', which halves the campaigns'}. Whole lists: mean of "
            f"{FOLDS[0]} folds of a small one and {FOLDS[1]} of a large one, a tenth held out in each."
        ),
        "",
        *tables(found, sizes, threshold, args.methods.split(",")),
        *claims(found, sizes, threshold),
        *costs(found, sizes, threshold, args.methods.split(",")),
        *curves(version.how["losses"], version.how["pace"]),
    ]
    words = f"python -m benchmarks.campaigns DATA --set {args.set} --part {args.part}"
    words += f" --per-bucket {args.per_bucket}"
    words += "" if args.methods == ",".join(ROWS) else f" --methods {args.methods}"
    record(f"Learning across campaigns on {args.set}", words, lines)


if __name__ == "__main__":
    main()
