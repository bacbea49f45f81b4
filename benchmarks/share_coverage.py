"""Does the expected share of look-alikes keep its word? Lists whose other half is known.

    python -m benchmarks.share_coverage [--lists 400] [--method centroid]

From the sample world come lists of so many seeds and half, as many, or twice as many look-alikes, all
drawn alike and told apart by chance. Only the seeds are shown; the share of look-alikes in an
audience is then counted and compared with the interval that was given for it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.results import record
from lookalike import embeddings
from lookalike.evaluation import GRID, SIZES, Ranks, backtest
from lookalike.expected_share import LEVEL, BackTest, with_shares
from lookalike.methods import METHODS, Method, score_all
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT
from lookalike.ranking import Ranking, rank
from lookalike.sample import lists, population, world
from lookalike.workspace import Workspace

RATIOS = (0.5, 1.0, 2.0)  # look-alikes for each seed
EDGES = (20, 50, 150, 400, 1_000, 2_500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lists", type=int, default=400)
    parser.add_argument("--method", choices=METHODS, default="centroid")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    made = world.generate()
    # the same people again, with what they like
    people = population.people(np.random.default_rng(world.SEED).spawn(5)[0], population.FULL)
    with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder), create=True) as workspace:
        world.load(workspace, made)
        embeddings.learn(workspace)
        pool = open_pool(workspace)
        position_of = positions(workspace, pool, made.users["user_id"].to_pylist())
        items = [[int(name[2:]) for name in names] for names in made.campaigns.values()]
        found = []
        for number in range(given.lists):
            rng = np.random.default_rng([given.seed, number])
            seeds = int(np.exp(rng.uniform(np.log(EDGES[0]), np.log(EDGES[-1]))))
            ratio = float(rng.choice(RATIOS))
            campaign = lists.Campaign(
                "", tuple(items[number % len(items)]), seeds + round(ratio * seeds), None
            )
            suits = people.affinity(slice(None), np.array(campaign.items))
            drawn = position_of[lists.draw(rng, people, campaign, suits)[0]]
            one = trial(pool, np.sort(drawn[:seeds]), np.sort(drawn[seeds:]), METHODS[given.method], rng)
            found.append(one.assign(number=number, seeds=seeds, ratio=ratio))
            print(f"{number + 1} of {given.lists}", end="\r", flush=True)
    write(pd.concat(found), given)


def positions(workspace: Workspace, pool: Pool, user_ids: list[str]) -> NDArray[np.int64]:
    """Return the position of every user, in the order of the sample world."""
    with workspace.cursor() as cursor:
        known = dict(cursor.execute("SELECT user_id, row FROM users").fetchall())
    return pool.vectors.positions(np.array([known[user] for user in user_ids], np.int32))


def trial(
    pool: Pool,
    seeds: NDArray[np.int64],
    hidden: NDArray[np.int64],
    method: Method,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Expand the seeds and count the hidden look-alikes at every size on offer.

    Returns:
        Columns k, share, share_low, share_high and truth, the share that there is.
    """
    weights, state = np.ones(len(seeds)), int(rng.integers(2**31))
    ranks = backtest(pool, seeds, weights, [method], random_state=state)[method.name]
    scores = score_all(pool, [method.fit(pool, seeds, weights, rng, SILENT)])[:, 0]
    ranking = rank(pool, scores, seeds)
    is_hidden = np.isin(ranking.candidates["row"], pool.vectors.rows[hidden])
    points = expected(ranks, ranking, int(is_hidden.sum()))
    return points.assign(truth=[is_hidden[:people].mean() for people in points.people])


def expected(ranks: Ranks, ranking: Ranking, look_alikes: int) -> pd.DataFrame:
    """Return what is expected at every size on offer."""
    curve = pd.DataFrame({"method": "", "k": GRID, "recall": [ranks.recall(k) for k in GRID]})
    tested = BackTest(
        ranks.eligible, float(ranks.candidates.mean()), len(ranks.rank), len(ranks.candidates)
    )
    points = curve[curve.k.isin(SIZES)]
    people = np.array([ranking.count(k) for k in points.k], float)
    return with_shares(points, people, curve, tested, look_alikes)


def write(found: pd.DataFrame, given: argparse.Namespace) -> None:
    """Record how often the truth was inside, over all and by group."""
    found = found.assign(
        inside=(found.truth >= found.share_low - 1e-9) & (found.truth <= found.share_high + 1e-9),
        below=found.truth < found.share_low - 1e-9,
        bucket=pd.cut(found.seeds, EDGES, right=False, include_lowest=True),
    )
    named = {
        "all": found,
        **{f"{100 * k:g} % of users": part for k, part in found.groupby("k")},
        **{
            f"{bucket.left:,.0f} to {bucket.right - 1:,.0f} seeds": part
            for bucket, part in found.groupby("bucket", observed=True)
        },
        **{f"{ratio:g} look-alikes a seed": part for ratio, part in found.groupby("ratio")},
    }
    told = (
        f"{given.lists} lists of the sample world, method {given.method}, {len(SIZES)} sizes each; "
        f"the share of look-alikes that turned out, against its {100 * LEVEL:.0f} % interval."
    )
    columns = ("where", "lists", "inside", "below", "above", "mean expected", "mean truth", "mean width")
    lines = [told, "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name, part in named.items():
        numbers = (
            part.inside.mean(),
            part.below.mean(),
            1 - part.inside.mean() - part.below.mean(),
            part.share.mean(),
            part.truth.mean(),
            (part.share_high - part.share_low).mean(),
        )
        cells = (f"{100 * number:.1f} %" for number in numbers)
        lines.append(f"| {name} | {part.number.nunique()} | {' | '.join(cells)} |")
    command = f"python -m benchmarks.share_coverage --lists {given.lists} --method {given.method} "
    record(f"Expected share of look-alikes, {given.method}", command + f"--seed {given.seed}", lines)


if __name__ == "__main__":
    main()
