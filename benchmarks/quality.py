"""Quality on real campaigns: interactions in, campaigns made, every method run, tables to RESULTS.md.

    python -m benchmarks.quality DATA --set ml-1m [--part report] [--splits 2] [--small 60]
    python -m benchmarks.quality DATA --pool ml-1m,lastfm,yelp-features

DATA holds a folder for each set with `interactions.parquet`, perhaps `users.csv`, and
`make_campaigns.py`, which takes single items out of the interactions and makes their users seed lists.
The per-list figures stay in DATA's stead under `--keep`, so that several sets can be pooled.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import record
from lookalike import past, runs, seeds, tested
from lookalike.buckets import bucket_of
from lookalike.evaluation import backtest
from lookalike.importing import snapshots
from lookalike.methods import METHODS, chosen
from lookalike.methods.base import Method
from lookalike.methods.centroid import unit_rows
from lookalike.methods.reference import Given
from lookalike.pool import Pool, open_pool
from lookalike.significance import holm, p_values, ratio
from lookalike.workspace import Workspace

EDGES = {
    "ml-100k": "10,25,50,100,200,600",
    "lastfm": "10,20,40,80,160,700",
    "ml-1m": "20,60,180,500,1200,3500",
    "yelp-features": "20,40,80,160,320,3000",
}
SMALL = (3, 5, 10, 20, 40)
SMALL_METHODS = ("auto", "auto_quick", "logistic", "centroid", "mlp")
LEFT = 10  # users at least that a sub-sampled list leaves to be found
AGAINST = ("logistic", "blend")
BLENDS = ("auto", "auto_quick")  # not single methods


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=EDGES, help="the data set to run")
    parser.add_argument("--part", choices=("tune", "report"), default="report")
    parser.add_argument("--per-bucket", type=int, default=25)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--small", type=int, default=60, help="lists that are sub-sampled")
    alone = ",".join(name for name, method in METHODS.items() if not method.general)
    parser.add_argument("--methods", default=alone, help="those of past campaigns need `pretrain`")
    parser.add_argument("--keep", type=Path, default=Path("quality"), help="per-list figures go here")
    parser.add_argument("--pool", help="sets to pool, from what was kept")
    args = parser.parse_args()
    if args.pool:
        pooled(args.pool.split(","), args)
        return
    with tempfile.TemporaryDirectory() as folder:
        run_set(args, Path(folder))


def run_set(args: argparse.Namespace, scratch: Path) -> None:
    """Make the campaigns of one set, do everything by command line, and write the tables."""
    source, campaigns, folder = args.data / args.set, scratch / "campaigns", scratch / "workspace"
    made = ["--part", args.part, "--per-bucket", args.per_bucket, "--edges", EDGES[args.set]]
    maker = [args.data / "make_campaigns.py", source / "interactions.parquet", campaigns, *made]
    command(*maker)
    seconds = {}
    if (source / "users.csv").exists():
        lookalike(folder, "import", "users", source / "users.csv")
    interactions = campaigns / "interactions.parquet"
    seconds["import"] = lookalike(folder, "import", "interactions", interactions)
    seconds["embed"] = lookalike(folder, "embed")
    seconds["prepare"] = lookalike(folder, "prepare")  # before any list is saved: items alone
    options = ["--methods", args.methods, "--splits", args.splits, "--buckets", EDGES[args.set]]
    report = ["--report", scratch / "compare.json"]
    seconds["compare"] = lookalike(folder, "compare", "--seeds", campaigns / "seeds", *options, *report)
    summary = json.loads((scratch / "compare.json").read_text("utf-8"))["summary"]
    with Workspace.open(folder) as workspace:
        run = runs.recent(workspace, ["compare"], limit=1)[0].id
        through = tested.kept(workspace, run)
        heads = {
            name: {method: one.ranks[method].headline() for method in one.ranks}
            for name, one in through.items()
            if one.ranks
        }
        sizes = {name: through[name].seeds for name in heads}
        snapshot = snapshots.get(workspace)
        pool = open_pool(workspace, past=past.available(workspace, snapshot))
        plain = {name: plain_centroid(workspace, pool, name, args.splits) for name in heads}
        began = time.perf_counter()
        small = sub_sampled(workspace, pool, list(heads), args.small)
        seconds["sub-sampled lists"] = time.perf_counter() - began
    args.keep.mkdir(parents=True, exist_ok=True)
    kept = {"heads": heads, "plain": plain, "small": small}
    (args.keep / f"{args.set}-{args.part}.json").write_text(json.dumps(kept), "utf-8")
    write_set(args, summary, heads, sizes, plain, small, seconds)


def command(*arguments: object) -> float:
    """Run a Python program as a user would, print what it says, and return its seconds."""
    print("$", *arguments, flush=True)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *map(str, arguments)], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return time.perf_counter() - began


def lookalike(workspace: Path, *arguments: object) -> float:
    """Run one command of the program on the workspace and return its seconds."""
    return command("-m", "lookalike", *arguments, "--workspace", workspace)


def fit_plain(pool: Pool, positives: NDArray[np.int64], *_: object) -> Given:
    """The centroid of unit rows as they are stored, without whitening."""
    unit = pool.shared.get("plain")
    if unit is None:
        core = pool.vectors.matrix[:, : pool.vectors.core]
        unit = pool.shared.setdefault("plain", unit_rows(np.asarray(core)))
    return Given((unit @ unit[positives].mean(axis=0)).astype(np.float32))


def plain_centroid(workspace: Workspace, pool: Pool, name: str, splits: int) -> float:
    """Headline recall of the un-whitened centroid on the same folds."""
    method = Method("plain", "Un-whitened centroid", "", fit_plain)
    positives = pool.vectors.positions(seeds.load(workspace, name).rows)
    ranks = backtest(pool, positives, np.ones(len(positives)), [method], splits=splits)
    return ranks["plain"].headline()


def sub_sampled(
    workspace: Workspace, pool: Pool, names: Sequence[str], most: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Headline recall by size, list and method, with a few seeds of each list and the rest held out."""
    rng = np.random.default_rng(0)
    names = [names[place] for place in np.linspace(0, len(names) - 1, min(most, len(names))).astype(int)]
    found: dict[str, dict[str, dict[str, float]]] = {str(size): {} for size in SMALL}
    for name in names:
        positives = pool.vectors.positions(seeds.load(workspace, name).rows)
        order = rng.permutation(len(positives))
        for size in SMALL:
            if len(positives) < size + LEFT:
                continue
            fold_of = np.zeros(len(positives), np.int64)
            fold_of[order[:size]] = -1
            fold_of[~np.isin(positives, pool.eligible)] = -1
            ones = np.ones(len(positives))
            ranks = backtest(pool, positives, ones, chosen(SMALL_METHODS), fold_of=fold_of)
            found[str(size)][name] = {method: one.headline() for method, one in ranks.items()}
    return found


def column(lists: Sequence[dict[str, float]], method: str) -> NDArray[np.float64]:
    return np.array([one[method] for one in lists])


def in_words(values: NDArray[np.float64], base: NDArray[np.float64]) -> str:
    found, low, high = ratio(values, base, 10_000)
    limits = "" if low is None else f" ({low:.3f}–{high:.3f})"
    return "–" if found is None else f"{found:.3f}{limits}"


def write_set(
    args: argparse.Namespace,
    summary: list[dict],
    heads: dict[str, dict[str, float]],
    sizes: dict[str, int],
    plain: dict[str, float],
    small: dict[str, dict[str, dict[str, float]]],
    seconds: dict[str, float],
) -> None:
    """Replace this data set's section of RESULTS.md."""
    buckets = list(dict.fromkeys(row["bucket"] for row in summary))
    rows = {(row["bucket"], row["method"]): row for row in summary}
    methods = list(dict.fromkeys(row["method"] for row in summary))
    lists = {bucket: rows[bucket, methods[0]]["lists"] for bucket in buckets}
    lines = [
        (
            f"{len(heads)} campaigns of the part “{args.part}”, each item taken out of the interactions "
            f"before anything is built; {args.splits} folds a list. Past lists are items of the same "
            "interactions, none of them a campaign. Mean recall at 1, 2, 5 and 10 % of the "
            "users, with 95 % intervals over campaigns; * differs from logistic, † from the best other "
            "method, by Holm over all comparisons of the table."
        ),
        "",
        "| method | " + " | ".join(f"{bucket} ({lists[bucket]})" for bucket in buckets) + " |",
        "|---|" + "---|" * len(buckets),
    ]
    for method in methods:
        cells = " | ".join(cell(rows[bucket, method]) for bucket in buckets)
        lines.append(f"| {method} | {cells} |")
    everything = list(heads.values())
    plains = np.array(list(plain.values()))
    lines += [f"| un-whitened centroid | {'| ' * (len(buckets) - 1)}{plains.mean():.3f} |", ""]
    lines += ["Paired ratios of mean recall over all campaigns, 95 % intervals:", ""]
    lines += ["| method | to logistic | to blend | auto to it |", "|---|---|---|---|"]
    for method in methods:
        own = column(everything, method)
        ratios = [
            in_words(own, column(everything, base)) if base in methods else "–" for base in AGAINST
        ]
        ratios.append(in_words(column(everything, "auto"), own) if "auto" in methods else "–")
        lines.append(f"| {method} | {' | '.join(ratios)} |")
    lines += ["", *default_by_bucket(buckets, heads, sizes, EDGES[args.set])]
    lines += ["", "Sub-sampled lists, so many seeds of a campaign and the rest held out:", ""]
    lines += small_table(small)
    fits = ", ".join(
        f"{method} {(rows['all', method]['fit_seconds'] + rows['all', method]['score_seconds']):.0f} s"
        for method in methods
    )
    spent = ", ".join(f"{stage} {value:.0f} s" for stage, value in seconds.items())
    lines += ["", f"Time on two shared cores: {spent}. Within compare: {fits}."]
    run = f"python -m benchmarks.quality DATA --set {args.set} --part {args.part}"
    run += f" --per-bucket {args.per_bucket} --splits {args.splits} --small {args.small}"
    record(f"Quality on {args.set}", run, lines)


def default_by_bucket(
    buckets: Sequence[str], heads: dict[str, dict[str, float]], sizes: dict[str, int], edges: str
) -> list[str]:
    """Compare auto with logistic and with the best single method, bucket by bucket."""
    bounds = [int(edge) for edge in edges.split(",")]
    found, p_of = [], []
    for bucket in buckets:
        held = [one for name, one in heads.items() if bucket in ("all", bucket_of(sizes[name], bounds))]
        single = [name for name in held[0] if name not in BLENDS and not METHODS[name].reference]
        best = max(single, key=lambda name: column(held, name).mean())
        own = column(held, "auto")
        for base in ("logistic", best):
            found.append((bucket, len(held), base, in_words(own, column(held, base))))
            p_of.append(p_values((own - column(held, base))[:, None])[0])
    lines = ["The default against logistic and against the best single method of the bucket:", ""]
    lines += ["| bucket | lists | against | ratio of auto to it | p, Holm |", "|---|---|---|---|---|"]
    for (bucket, lists, base, words), p in zip(found, holm(p_of), strict=True):
        lines.append(f"| {bucket} | {lists} | {base} | {words} | {p:.4f} |")
    return lines


def small_table(small: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """One line a size: mean recall of each method, and the ratio of auto to logistic."""
    lines = [
        "| seeds | lists | "
        + " | ".join(SMALL_METHODS)
        + " | auto / logistic | auto_quick / logistic |",
        "|---|---|" + "---|" * (len(SMALL_METHODS) + 2),
    ]
    for size, lists in small.items():
        held = list(lists.values())
        if not held:
            continue
        cells = [f"{column(held, method).mean():.3f}" for method in SMALL_METHODS]
        base = column(held, "logistic")
        cells += [in_words(column(held, method), base) for method in ("auto", "auto_quick")]
        lines.append(f"| {size} | {len(held)} | {' | '.join(cells)} |")
    return lines


def cell(row: dict) -> str:
    interval = "" if row["low"] is None else f" ({row['low']:.3f}–{row['high']:.3f})"
    marks = "".join(
        mark
        for mark, key in (("*", "p_holm"), ("†", "p_vs_best_holm"))
        if row[key] is not None and row[key] < 0.05
    )
    return f"{row['recall']:.3f}{marks}{interval}"


def pooled(names: Sequence[str], args: argparse.Namespace) -> None:
    """Put the campaigns of several sets together, each set with the same weight."""
    kept = {
        name: json.loads((args.keep / f"{name}-{args.part}.json").read_text("utf-8")) for name in names
    }
    ratios = {}
    for name, one in kept.items():
        held = list(one["heads"].values())
        ratios[name] = column(held, "auto").mean() / column(held, "logistic").mean()
    lines = [
        "auto to logistic: "
        + ", ".join(f"{name} {value:.3f}" for name, value in ratios.items())
        + f"; mean of the sets {np.mean(list(ratios.values())):.3f}.",
        "",
        "All campaigns of the sets together, paired ratios of mean recall, 95 % intervals:",
        "",
        "| method | recall | to lsh | to the un-whitened centroid |",
        "|---|---|---|---|",
    ]
    together = [lists for one in kept.values() for lists in one["heads"].values()]
    plain = np.array([value for one in kept.values() for value in one["plain"].values()])
    for method in together[0]:
        own = column(together, method)
        against = in_words(own, column(together, "lsh")), in_words(own, plain)
        lines.append(f"| {method} | {own.mean():.3f} | {' | '.join(against)} |")
    lines += ["", "Sub-sampled lists of all sets together:", ""]
    small = {
        str(size): {
            f"{name} {key}": value
            for name, one in kept.items()
            for key, value in one["small"][str(size)].items()
        }
        for size in SMALL
    }
    lines += small_table(small)
    record("Quality, sets together", f"python -m benchmarks.quality DATA --pool {args.pool}", lines)


if __name__ == "__main__":
    main()
