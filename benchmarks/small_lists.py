"""Lists of a few seeds on real campaigns: every method made for them, against tuned logistic regression.

    python -m benchmarks.small_lists DATA --sets ml-1m,lastfm [--lists 60] [--keep FOLDER]

Campaigns are single items, taken out of the interactions before anything is built; so many seeds of
each are drawn, all methods get the same, and the rest are to be found; last, four fifths of each. Past
lists are the items that stay. `auto` is tried as it is and as it would be if past lists had been tried
once each, without attention over their seeds; both share their neural network. What was worked out is
kept and not done again, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.quality import EDGES, LEFT, SMALL, command, in_words, lookalike
from benchmarks.results import record
from lookalike import past, preparation, seeds
from lookalike.evaluation import rank_of
from lookalike.importing import snapshots
from lookalike.methods import METHODS, Scorer, score_all, trials
from lookalike.methods.auto import fit_with
from lookalike.methods.base import KS
from lookalike.methods.mlp import fit_mlp
from lookalike.methods.views import Views
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT
from lookalike.significance import holm, p_values
from lookalike.workspace import Workspace

SINGLE = ("logistic", "ridge", "centroid", "ridge_prior", "prototype")
BLENDED = ("auto before", "auto", "auto_quick before", "auto_quick")
BEFORE = " before"
WHOLE = "whole"

Figures = dict[str, dict[str, dict[str, list[float]]]]  # by size, list and method: recall, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="ml-1m,lastfm")
    parser.add_argument("--part", choices=("tune", "report"), default="report")
    parser.add_argument("--per-bucket", type=int, default=25)
    parser.add_argument("--lists", type=int, default=60, help="campaigns of each set")
    parser.add_argument("--methods", default=",".join((*SINGLE, *BLENDED)))
    parser.add_argument("--keep", type=Path, help="workspaces and per-list figures stay here")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        keep = args.keep or Path(folder)
        names = args.sets.split(",")
        figures = {name: run_set(name, keep / f"{name}-{args.part}", args) for name in names}
    write(figures, args)


def run_set(name: str, folder: Path, args: argparse.Namespace) -> Figures:
    """Work out what is missing of one set's figures, and return all."""
    made(name, folder, args)
    kept = folder / "small.json"
    found: Figures = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    wanted = args.methods.split(",")
    with Workspace.open(folder / "workspace") as workspace:
        snapshot = snapshots.get(workspace)
        after = open_pool(workspace, past=past.available(workspace, snapshot))
        with mock.patch.object(past, "_path", before_of):
            before = open_pool(workspace, past=snapshot.id)
        pools = {"": after, BEFORE: before}
        for done, (size, key, chosen, held) in enumerate(drawn(workspace, after, args.lists)):
            own = found.setdefault(str(size), {}).setdefault(key, {})
            asked = [one for one in wanted if size != WHOLE or one.removesuffix(BEFORE) == "auto"]
            missing = [method for method in asked if method not in own]
            own |= tried(pools, missing, chosen, held)
            if missing and done % 10 == 0:
                kept.write_text(json.dumps(found), "utf-8")
                print(f"{name}: {done} lists", flush=True)
    kept.write_text(json.dumps(found), "utf-8")
    return found


def made(name: str, folder: Path, args: argparse.Namespace) -> None:
    """Make campaigns and a workspace, and learn from past lists as before and as now.

    The campaigns' lists are saved last: none of them is a past list.
    """
    campaigns, store, source = folder / "campaigns", folder / "workspace", args.data / name
    if not store.exists():
        cut = ["--part", args.part, "--per-bucket", args.per_bucket, "--edges", EDGES[name]]
        command(args.data / "make_campaigns.py", source / "interactions.parquet", campaigns, *cut)
        if (source / "users.csv").exists():
            lookalike(store, "import", "users", source / "users.csv")
        lookalike(store, "import", "interactions", campaigns / "interactions.parquet")
        lookalike(store, "embed")
    with Workspace.open(store) as workspace:
        number = snapshots.get(workspace).id
        kept = past.load(workspace, number)
        if not before_of(workspace, number).exists():
            if kept is None or "prototype" in kept.views:
                with (
                    mock.patch.object(Views, "experienced", "prior"),
                    mock.patch.object(preparation, "SPLITS", preparation.SPLITS[:1]),
                    mock.patch.object(trials, "TEMPERATURES", past.FORMER),
                ):
                    preparation.carry_out(workspace, preparation.ask(workspace))
            path_of(workspace, number).rename(before_of(workspace, number))
        preparation.carry_out(workspace, preparation.ask(workspace))
        without_lists = not seeds.saved(workspace)
    if without_lists:
        lookalike(store, "seeds", "add", "campaigns", campaigns / "seeds")


def path_of(workspace: Workspace, snapshot: int) -> Path:
    """Where the past lists of a snapshot are kept."""
    return workspace.file_in("models", f"past-{snapshot}.npz")


def before_of(workspace: Workspace, snapshot: int) -> Path:
    """Where those that were tried once each are kept."""
    return workspace.file_in("models", f"before-{snapshot}.npz")


def drawn(
    workspace: Workspace, pool: Pool, most: int
) -> Iterator[tuple[int | str, str, NDArray[np.int64], NDArray[np.int64]]]:
    """Give size, list, seeds and users to be found; a list's smaller draws are part of its larger."""
    names = sorted(one.name for one in seeds.saved(workspace))
    rng = np.random.default_rng(0)
    for place in np.linspace(0, len(names) - 1, min(most, len(names))).astype(int):
        users = pool.vectors.positions(seeds.load(workspace, names[place]).rows)
        order = rng.permutation(users)
        for size in (*SMALL, WHOLE):
            count = int(0.8 * len(users)) if size == WHOLE else int(size)
            held = np.sort(order[count:])
            if size == WHOLE or len(held) >= LEFT:
                eligible = held[np.isin(held, pool.eligible)]
                yield size, names[place], np.sort(order[:count]), eligible


def tried(
    pools: dict[str, Pool], methods: list[str], chosen: NDArray[np.int64], held: NDArray[np.int64]
) -> dict[str, list[float]]:
    """Return headline recall and the seconds of the fit by method."""
    found: dict[str, list[float]] = {}
    ones, network, training = np.ones(len(chosen)), None, 0.0
    for method in methods:
        name = method.removesuffix(BEFORE)
        pool = pools[BEFORE if method.endswith(BEFORE) else ""]
        rng = np.random.default_rng([0, *name.encode()])
        if name == "auto" and network is None:
            began = time.perf_counter()
            network = fit_mlp(pool, chosen, ones, rng, SILENT)
            training = time.perf_counter() - began
        began = time.perf_counter()
        if name == "auto":
            scorer: Scorer = fit_with(pool, chosen, ones, network, SILENT)
        else:
            scorer = METHODS[name].fit(pool, chosen, ones, rng, SILENT)
        seconds = time.perf_counter() - began + (training if name == "auto" else 0.0)
        scores = score_all(pool, [scorer])[:, 0]
        ranks = rank_of(scores, pool.tie_order, pool.outside(chosen), held)
        tops = [max(1, int(np.floor(k * len(pool.eligible) + 1e-9))) for k in KS]
        found[method] = [float(np.mean([(ranks <= top).mean() for top in tops])), seconds]
    return found


def column(lists: dict[str, dict[str, list[float]]], method: str, what: int = 0) -> NDArray[np.float64]:
    return np.array([one[method][what] for one in lists.values()])


def write(figures: dict[str, Figures], args: argparse.Namespace) -> None:
    """Write recall by size for each set and for all together, and what adapting to a list costs."""
    methods = args.methods.split(",")
    together = {
        str(size): {
            f"{name} {key}": value
            for name, one in figures.items()
            for key, value in one.get(str(size), {}).items()
        }
        for size in (*SMALL, WHOLE)
    }
    few = {str(size): together[str(size)] for size in SMALL}
    campaigns = {name: len(one[str(SMALL[0])]) for name, one in figures.items()}
    held = ", ".join(f"{count} of {name}" for name, count in campaigns.items())
    lines = [
        (
            f"Campaigns of the part “{args.part}”: {held}. So many seeds of each, the rest to be found "
            "among all users; past lists are the items that stay, none of them a campaign. Ratio of "
            "mean recall (at 1, 2, 5 and 10 %) to logistic, C chosen for each list; 95 % intervals "
            "over campaigns, paired; “whole” is four fifths of each campaign. “before”: past lists "
            "tried once each, without attention over their seeds."
        ),
        "",
    ]
    several = {"All sets": few} if len(figures) > 1 else {}
    for title, sizes in (several | figures).items():
        lines += [f"{title}:", "", *ratios(methods, {size: sizes[size] for size in few}), ""]
    lines += ["Now to before; Holm over the sizes and sets of a method:", ""]
    lines += [*joined(figures, together), "", *cost(methods, few)]
    run = f"python -m benchmarks.small_lists DATA --sets {args.sets} --part {args.part}"
    run += f" --per-bucket {args.per_bucket} --lists {args.lists} --methods '{args.methods}'"
    record("Lists of a few seeds" + (f" on {args.sets}" if not several else ""), run, lines)


def ratios(methods: list[str], sizes: Figures) -> list[str]:
    """One line a method, one column a size."""
    heads = [f"{size} seeds ({len(lists)})" for size, lists in sizes.items()]
    lines = ["| method | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for method in methods:
        cells = [
            f"{column(lists, method).mean():.3f}"
            if method == "logistic"
            else in_words(column(lists, method), column(lists, "logistic"))
            for lists in sizes.values()
        ]
        lines.append(f"| {method}{' (recall)' * (method == 'logistic')} | {' | '.join(cells)} |")
    return lines


def joined(figures: dict[str, Figures], together: Figures) -> list[str]:
    """Test each set and size, for the default method and for the same without its network."""
    lines = ["| method | set | seeds | ratio | p, Holm |", "|---|---|---|---|---|"]
    for method in (one for one in BLENDED if not one.endswith(BEFORE)):
        rows, p_of = [], []
        for name, sizes in figures.items():
            for size, lists in asked_of(sizes, method):
                own, base = column(lists, method), column(lists, method + BEFORE)
                rows.append(f"| {method} | {name} | {size} | {in_words(own, base)} |")
                p_of.append(p_values((own - base)[:, None])[0])
        lines += [f"{row} {p:.4f} |" for row, p in zip(rows, holm(p_of), strict=True)]
        for size, lists in asked_of(together, method) if len(figures) > 1 else []:
            words = in_words(column(lists, method), column(lists, method + BEFORE))
            lines.append(f"| {method} | all | {size} | {words} | |")
    return lines


def asked_of(sizes: Figures, method: str) -> list[tuple[str, dict[str, dict[str, list[float]]]]]:
    """The sizes, with their lists, at which a method was tried."""
    return [(size, lists) for size, lists in sizes.items() if method in next(iter(lists.values()), {})]


def cost(methods: list[str], sizes: Figures) -> list[str]:
    """Median milliseconds of a fit by method, and how many of ridge's that is."""
    lists = {f"{size} {key}": one for size, held in sizes.items() for key, one in held.items()}
    plain = float(np.median(column(lists, "ridge", 1)))
    lines = ["What a new list costs, all that lists share being made before:", ""]
    lines += ["| method | ms | to ridge |", "|---|---|---|"]
    for method in methods:
        own = float(np.median(column(lists, method, 1)))
        lines.append(f"| {method} | {1000 * own:.2f} | {own / plain:.1f} |")
    return lines


if __name__ == "__main__":
    main()
