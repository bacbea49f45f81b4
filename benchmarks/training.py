"""What training many lists at once saves, and what it costs in quality.

    python -m benchmarks.training [--lists 50 --seeds 1000]
    python -m benchmarks.training --data DATA --sets ml-100k,lastfm

Speed is measured as a ratio to named peers in the same interleaved rounds, one thread. The peers are
the same networks trained one list after another by automatic differentiation, every user of a batch
with a dropout of its own, and a plain loop over a DataLoader. DATA holds a folder for each set with
`interactions.parquet`, and `make_campaigns.py`, as for `benchmarks.quality`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.quality import EDGES, command, lookalike
from benchmarks.results import record
from lookalike import seeds as seed_lists
from lookalike import vectors
from lookalike.methods import score_all
from lookalike.methods.mlp import Entrance, Network, fit_mlp, folded
from lookalike.methods.mlp_deep import train_deep
from lookalike.methods.mlp_recipe import DEFAULT, Recipe
from lookalike.methods.mlp_stacked import Listed, fit_mlp_many
from lookalike.methods.mlp_training import Sample, train
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT
from lookalike.settings import Settings
from lookalike.workspace import Workspace

DIM = 64
TASTES = 12  # columns that the users of a made-up list have in common
USER_BY_USER = replace(DEFAULT, dropout=0.5, epochs=20)  # tuned for a dropout of each user's own
KS = (0.01, 0.02, 0.05, 0.10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lists", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="measure quality on real campaigns instead")
    parser.add_argument("--sets", default="ml-100k,lastfm")
    args = parser.parse_args()
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        torch.set_num_threads(1)
        if args.data:
            quality(args, Path(folder))
        else:
            with Workspace.open(Path(folder), create=True, settings=Settings(threads=1)) as workspace:
                speed(args, workspace)


def one_by_one(
    pool: Pool, lists: Sequence[Listed], rng: np.random.Generator, recipe: Recipe = USER_BY_USER
) -> list[Network]:
    """Train each list alone by automatic differentiation, its nets side by side: the peer."""
    found = []
    entrance = Entrance.of(pool, recipe)
    for positives, weights in lists:
        others = pool.negatives(positives, recipe.negatives_for(len(positives)), rng)
        data = tensors(pool, positives, weights, others, recipe)
        layers = train_deep(*data, recipe, int(rng.integers(2**31)), lambda *_: None)
        found.append(folded(layers, recipe, entrance))
    return found


def alone_each(pool: Pool, lists: Sequence[Listed], rng: np.random.Generator) -> list[Network]:
    """Train each list alone."""
    return [fit_mlp(pool, *one, rng, SILENT) for one in lists]


def tensors(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    others: NDArray[np.int64],
    recipe: Recipe,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Users as they enter, their labels, and weights of mean 1 that balance the classes."""
    sample = np.concatenate([positives, others])
    users = Entrance.of(pool, recipe).users(pool, sample)[:, :-1].contiguous()
    labels = torch.from_numpy((np.arange(len(sample)) < len(positives)).astype(np.float32))
    balance = np.ones(len(sample))
    balance[: len(positives)] = weights / weights.sum() * len(others)
    return users, labels, torch.from_numpy((balance / balance.mean()).astype(np.float32))


def plain_loop(
    users: torch.Tensor, labels: torch.Tensor, importance: torch.Tensor, recipe: Recipe
) -> None:
    """Train the same networks as most would: a DataLoader, a module, an optimizer."""
    loader = DataLoader(TensorDataset(users, labels, importance), batch_size=recipe.batch, shuffle=True)
    nets = torch.nn.ModuleList(
        torch.nn.Sequential(
            torch.nn.Linear(users.shape[1], recipe.hidden[0]),
            torch.nn.ReLU(),
            torch.nn.Dropout(recipe.dropout),
            torch.nn.Linear(recipe.hidden[0], 1),
        )
        for _ in range(recipe.nets)
    )
    optimizer = torch.optim.AdamW(
        nets.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    for _ in range(recipe.epochs):
        for some, label, weight in loader:
            optimizer.zero_grad()
            loss = sum(
                functional.binary_cross_entropy_with_logits(net(some)[:, 0], label, weight=weight)
                for net in nets
            )
            loss.backward()
            optimizer.step()


def made_up(users: int, lists: int, seeds: int, rng: np.random.Generator):
    """Return vectors, and for each list of users drawn to a few common columns its seeds and rest."""
    matrix = rng.normal(size=(users, DIM)).astype(np.float32)
    found = []
    for _ in range(lists):
        columns = rng.choice(DIM, TASTES, replace=False)
        near = matrix[:, columns[: TASTES // 2]].sum(axis=1) + np.abs(
            matrix[:, columns[TASTES // 2 :]]
        ).sum(axis=1)
        keen = near + rng.gumbel(scale=2.0, size=users)
        found.append(rng.permutation(np.argpartition(-keen, 2 * seeds)[: 2 * seeds]))
    everybody = np.arange(users, dtype=np.int32)
    vectors_ = vectors.in_memory(everybody, matrix, [("all", 0, DIM)])
    return vectors_, [np.sort(one[:seeds]) for one in found], [one[seeds:] for one in found]


def recalls(
    pool: Pool, scorers: Sequence[Network], lists: Sequence[Listed], hidden: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Recall of the held-out users at 1, 2, 5 and 10 %, averaged, shape (lists,)."""
    found = []
    for first in range(0, len(scorers), 16):  # the scores of so many lists in memory at a time
        scores = score_all(pool, scorers[first : first + 16])
        for place, column in enumerate(scores.T, first):
            column[lists[place][0]] = -np.inf
            above = np.searchsorted(np.sort(-column), -column[hidden[place]])
            tops = [max(1, int(k * len(pool))) for k in KS]
            found.append(np.mean([np.mean(above < top) for top in tops]))
    return np.array(found)


def paired(own: NDArray[np.float64], base: NDArray[np.float64]) -> str:
    """The mean difference over lists with its 95 % interval, in points."""
    apart = 100 * (own - base)
    half = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / len(apart) ** 0.5
    return f"{apart.mean():+.2f} ({apart.mean() - half:+.2f} to {apart.mean() + half:+.2f})"


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of this process: the wall clock tells more of who else is on the machine."""
    began = time.process_time()
    work()
    return time.process_time() - began


def told(name: str, peer: str, own: list[float], base: list[float]) -> str:
    ratios = np.array(base) / np.array(own)
    return (
        f"| {name} | {np.median(own):.2f} | {peer} | {np.median(base):.2f} "
        f"| {np.median(ratios):.1f} | {ratios.min():.1f}–{ratios.max():.1f} |"
    )


def speed(args: argparse.Namespace, workspace: Workspace) -> None:
    """Time the ways to train in turn, round by round."""
    rng = np.random.default_rng(0)
    made, chosen, hidden = made_up(args.users, args.lists, args.seeds, rng)
    pool = Pool(made, np.arange(args.users), frozenset(), workspace)
    lists: list[Listed] = [(one, np.ones(len(one))) for one in chosen]
    few = lists[: max(1, args.lists // 10)]  # what a round trains by the slow ways, times 10
    one_by_one(pool, lists[:1], rng, replace(USER_BY_USER, epochs=1))  # torch wakes up
    positives, weights = lists[0]
    others = pool.negatives(positives, DEFAULT.negatives_for(len(positives)), rng)
    data = tensors(pool, positives, weights, others, DEFAULT)
    entered = Entrance.of(pool, DEFAULT).users(pool, np.concatenate([positives, others]))
    seeds = len(positives)
    sample = Sample(entered[None, :seeds], data[2][None, :seeds], entered[seeds:], data[2][None, seeds:])
    seconds: dict[str, list[float]] = {}
    for number in range(args.rounds):
        chance = np.random.default_rng(number)
        ways: dict[str, Callable[[], object]] = {
            "together": partial(fit_mlp_many, pool, lists, chance, SILENT),
            "alone": partial(alone_each, pool, few, chance),
            "peer": partial(one_by_one, pool, few, chance),
        }
        for batch in (256, 4_096):
            recipe = replace(DEFAULT, batch=batch)
            ways[f"loop {batch}"] = partial(plain_loop, *data, recipe)
            ways[f"own {batch}"] = partial(train, sample, recipe, 0, lambda *_: None)
        for name, work in ways.items():
            seconds.setdefault(name, []).append(timed(work))
    scale = args.lists / len(few)
    peer = [scale * one for one in seconds["peer"]]
    networks = fit_mlp_many(pool, lists, np.random.default_rng(1), SILENT)
    singles = alone_each(pool, lists, np.random.default_rng(1))
    before = one_by_one(pool, lists, np.random.default_rng(1))
    base, alone, together = (recalls(pool, one, lists, hidden) for one in (before, singles, networks))
    autograd = "one by one by autograd, dropout user by user"
    about = (
        f"{args.lists} lists of {args.seeds:,} seeds, {args.users:,} users, {DIM} columns; one thread, "
        f"CPU seconds, medians of {args.rounds} interleaved rounds. One by one, {len(few)} of the lists "
        "are trained and their time scaled up."
    )
    recall = (
        "Mean recall at 1, 2, 5 and 10 % of the lists' held-out halves, and the paired difference in "
        f"points with its 95 % interval: {autograd} {base.mean():.4f}; one by one {alone.mean():.4f}, "
        f"{paired(alone, base)}; together {together.mean():.4f}, {paired(together, base)}."
    )
    lines = [
        about,
        "",
        "| way | seconds | peer | its seconds | times as fast | range |",
        "|---|---|---|---|---|---|",
        told("lists together", autograd, seconds["together"], peer),
        told("lists one by one", autograd, [scale * one for one in seconds["alone"]], peer),
        *(
            told(
                f"one list, batches of {batch:,}",
                "DataLoader loop, same recipe",
                seconds[f"own {batch}"],
                seconds[f"loop {batch}"],
            )
            for batch in (256, 4_096)
        ),
        "",
        recall,
    ]
    run = f"python -m benchmarks.training --lists {args.lists} --seeds {args.seeds}"
    record("Training many lists", f"{run} --users {args.users} --rounds {args.rounds}", lines)


def quality(args: argparse.Namespace, scratch: Path) -> None:
    """Measure recall on campaigns that were not looked at when the recipe was chosen."""
    about = (
        "Half of each list is trained on, the other half held out; mean recall at 1, 2, 5 and 10 %, "
        "paired differences in points with 95 % intervals."
    )
    lines = [
        about,
        "",
        "| set | lists | seeds | by autograd | one by one | difference | together | difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in args.sets.split(","):
        campaigns, folder = scratch / name / "campaigns", scratch / name / "workspace"
        made = ["--part", "report", "--per-bucket", 15, "--edges", EDGES[name]]
        source = args.data / name / "interactions.parquet"
        command(args.data / "make_campaigns.py", source, campaigns, *made)
        lookalike(folder, "import", "interactions", campaigns / "interactions.parquet")
        lookalike(folder, "embed")
        lookalike(folder, "seeds", "add", name, campaigns / "seeds")
        with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
            lines.append(compared(workspace, name))
    run = f"python -m benchmarks.training --data DATA --sets {args.sets}"
    record("Training many lists, quality", run, lines)


def compared(workspace: Workspace, name: str) -> str:
    """Train every list of 20 to 800 users each way, twice with other halves and draws."""
    pool = open_pool(workspace)
    all_lists = [
        pool.vectors.positions(seed_lists.load(workspace, one.name).rows)
        for one in seed_lists.saved(workspace)
    ]
    chosen = [one for one in all_lists if 20 <= len(one) <= 800]
    found: list[list[NDArray[np.float64]]] = []
    for number in range(2):
        rng = np.random.default_rng(number)
        orders = [rng.permutation(one) for one in chosen]
        lists = [(np.sort(one[: len(one) // 2]), np.ones(len(one) // 2)) for one in orders]
        hidden = [one[len(one) // 2 :] for one in orders]
        ways = (
            one_by_one(pool, lists, rng),
            alone_each(pool, lists, rng),
            fit_mlp_many(pool, lists, rng, SILENT),
        )
        found.append([recalls(pool, one, lists, hidden) for one in ways])
    base, alone, together = np.mean(found, axis=0)
    sizes = [len(one) // 2 for one in chosen]
    return (
        f"| {name} | {len(chosen)} | {min(sizes)}–{max(sizes)} | {base.mean():.4f} "
        f"| {alone.mean():.4f} | {paired(alone, base)} "
        f"| {together.mean():.4f} | {paired(together, base)} |"
    )


if __name__ == "__main__":
    main()
