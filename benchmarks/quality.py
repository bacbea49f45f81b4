"""Quality on real campaigns: import, embed, compare and expand by command line, tables to RESULTS.md.

    python -m benchmarks.quality CAMPAIGNS [--users USERS.csv] [--name NAME] [--splits 3]

CAMPAIGNS holds `interactions.parquet`, from which every campaign's item was removed, and `seeds/`,
one file a campaign.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import record
from lookalike import comparison, seeds
from lookalike.evaluation import backtest
from lookalike.methods.base import Method
from lookalike.methods.centroid import unit_rows
from lookalike.methods.reference import Given
from lookalike.pool import Pool, open_pool
from lookalike.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaigns", type=Path)
    parser.add_argument("--users", type=Path, help="attributes of the users, CSV with user_id")
    parser.add_argument("--name", help="what to call the data; default: the folder's name")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--methods", default=",".join(comparison.USUAL))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        workspace = scratch / "workspace"
        if args.users:
            timed(workspace, "import", "users", args.users)
        seconds = {
            "import": timed(workspace, "import", "interactions", args.campaigns / "interactions.parquet")
        }
        seconds["embed"] = timed(workspace, "embed")
        report = scratch / "compare.json"
        seconds["compare"] = timed(
            workspace,
            "compare",
            "--seeds",
            args.campaigns / "seeds",
            "--methods",
            args.methods,
            "--splits",
            args.splits,
            "--report",
            report,
        )
        found = json.loads(report.read_text("utf-8"))
        expanded = expand_three(workspace, args.campaigns / "seeds", scratch)
        seconds["expand three lists"] = sum(row["seconds"] for row in expanded)
        unwhitened = plain_centroid(workspace, found["points"], args.splits)
    name = args.name or args.campaigns.name
    write(name, args, found["summary"], unwhitened, expanded, seconds)


def timed(workspace: Path, *arguments: object) -> float:
    """Run one command of the program as a user would and return its seconds."""
    command = [sys.executable, "-m", "lookalike", *map(str, arguments), "--workspace", str(workspace)]
    print("$ python -m lookalike", *map(str, arguments), flush=True)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, flush=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return time.perf_counter() - began


def expand_three(workspace: Path, lists: Path, scratch: Path) -> list[dict]:
    """Expand the smallest, the middle and the largest list."""
    files = sorted(lists.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    rows = []
    for path in (files[0], files[len(files) // 2], files[-1]):
        report = scratch / f"{path.stem}.json"
        seconds = timed(
            workspace,
            "expand",
            "--seeds",
            path,
            "--size",
            "5%",
            "--out",
            scratch / "audience.csv",
            "--report",
            report,
        )
        found = json.loads(report.read_text("utf-8"))
        rows.append({**found, "list": path.stem, "seconds": seconds})
    return rows


def fit_plain(pool: Pool, positives: NDArray[np.int64], *_: object) -> Given:
    """The centroid of unit rows as they are stored, without whitening."""
    unit = unit_rows(np.asarray(pool.vectors.matrix))
    return Given((unit @ unit[positives].mean(axis=0)).astype(np.float32))


def plain_centroid(workspace: Path, points: list[dict], splits: int) -> dict[str, float]:
    """Mean recall of the un-whitened centroid by bucket, on the same lists and folds."""
    bucket_of = {point["seed_list"]: point["bucket"] for point in points}
    method = Method("plain", "Un-whitened centroid", "", fit_plain)
    found: dict[str, list[float]] = {"all": []}
    with Workspace.open(workspace) as opened:
        pool = open_pool(opened)
        for name, bucket in bucket_of.items():
            positives = pool.vectors.positions(seeds.load(opened, name).rows)
            ranks = backtest(pool, positives, np.ones(len(positives)), [method], splits=splits)
            for key in (bucket, "all"):
                found.setdefault(key, []).append(ranks["plain"].headline())
    return {bucket: float(np.mean(values)) for bucket, values in found.items()}


def write(
    name: str,
    args: argparse.Namespace,
    summary: list[dict],
    plain: dict[str, float],
    expanded: list[dict],
    seconds: dict[str, float],
) -> None:
    """Replace this data set's section of RESULTS.md."""
    methods = list(dict.fromkeys(row["method"] for row in summary))
    lines = [
        "Mean recall over audiences of 1, 2, 5 and 10 % of the users; 95 % intervals over lists.",
        "",
        "| bucket | lists | " + " | ".join(methods) + " | un-whitened centroid |",
        "|---|---|" + "---|" * (len(methods) + 1),
    ]
    for bucket in dict.fromkeys(row["bucket"] for row in summary):
        rows = {row["method"]: row for row in summary if row["bucket"] == bucket}
        cells = [cell(rows[method]) for method in methods]
        lists = next(iter(rows.values()))["lists"]
        lines.append(f"| {bucket} | {lists} | " + " | ".join(cells) + f" | {plain[bucket]:.3f} |")
    lines += ["", "Ratio to logistic over all lists, paired:", ""]
    for row in summary:
        if row["bucket"] == "all" and row["lift_low"] is not None and row["method"] != "logistic":
            low, high = row["lift_low"], row["lift_high"]
            lines.append(f"- {row['method']}: {row['lift_vs_baseline']:.3f} ({low:.3f}–{high:.3f})")
    lines += ["", "Single lists, expanded by command line (recall at 5 %, ten folds):", ""]
    for row in expanded:
        evidence = row["evidence"]
        place = evidence["k"].index(0.05)
        lines.append(
            f"- {row['list']}, {row['seeds']['matched']} seeds: {evidence['recall'][place]:.3f} "
            f"({evidence['low'][place]:.3f}–{evidence['high'][place]:.3f}), AUC {evidence['auc']:.3f}"
        )
    spent = ", ".join(f"{stage} {value:.0f} s" for stage, value in seconds.items())
    fits = ", ".join(
        f"{row['method']} {row['seconds']:.0f} s" for row in summary if row["bucket"] == "all"
    )
    lines += ["", f"Time on two shared cores: {spent}. Within compare: {fits}."]
    command = f"python -m benchmarks.quality {args.campaigns.name} --name {name} --splits {args.splits}"
    if args.users:
        command += f" --users {args.users.name}"
    record(f"Quality on {name}", command, lines)


def cell(row: dict) -> str:
    interval = "" if row["low"] is None else f" ({row['low']:.3f}–{row['high']:.3f})"
    return f"{row['recall']:.3f}{interval}"


if __name__ == "__main__":
    main()
