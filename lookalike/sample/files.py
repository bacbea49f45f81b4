"""The files of `sample_data/`: seed lists to upload, one of them a mess, and A/B experiments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.sample import experiments
from lookalike.workspace import whole_file

UNKNOWN = 12
DAMAGED = "4.71193E+06"
MESS = 20
# one of thirty draws, taken because all its estimates lie near the true effects
DRAW = 5
# the first draws of the other experiments; none was looked at and passed over
LARGE_DRAW, DAYS_DRAW, BROKEN_DRAW = 1, 2, 3
LARGE, BY_DAY = 300_000, 5_000  # users

README = """# Sample data

Files to try the app with. They belong to the sample world, an invented population of 20,000 users
that `python -m lookalike init --sample` loads. `python -m lookalike.sample` writes this folder
again, byte for byte.

**good_seeds.csv**: {good} people who acted on one new product that nobody's history mentions.
One column, `user_id`; every id is known. The list to try first.

**seeds_with_value.csv**: {valued} people and what each of them spent (`user_id`, `spend`).
Weight the list by `spend` to look for people like the best customers.

**messy_seeds.csv**: {messy} of the good seeds as real files arrive: semicolons, a byte-order mark,
blank lines, spaces around ids, {repeated} repeated rows, {unknown} unknown ids, and one id
that a spreadsheet has damaged.

**experiment.csv**: an A/B test over 20,000 users, one row each: the variant, impressions, clicks,
hides, good clicks and revenue, and the same of the weeks before it (`pre_` columns).
The true effects are: impressions per user {impressions_per_user:+.1%}, revenue per user
{revenue_per_user:+.1%}, click-through rate {ctr:+.1%}, hide rate {hdr:+.1%}, good-click rate {gcr:+.1%}.
What is measured differs from them by chance; this draw was chosen out of thirty for lying near.

**experiment.parquet**: the same test over {large:,} users, those 20,000 among them, with `country`,
`platform` and the audience `score` that everybody had before it. The true effects are those above, the
same in every country, on every platform and at every score. It is the first draw of its generator,
not chosen among several: each 95 % interval misses its true effect once in twenty such files.

**experiment_days.parquet**: a test over {by_day:,} users, one row a user and day, for {days} days. Users
enter it one after another. In `act_alike` they click {new:+.0%} on their first day, which wears off
to {lasting:+.0%} within about a week; the treatment does nothing else. A first draw as well.

**experiment_broken.parquet**: a test over 20,000 users in which the treatment does nothing, and whose
log lost half of the treated users with fewer than {light} impressions: {broken:,} are left. The
split shows it, the time before the test shows where, and the lifts are not to be believed.
"""


def write(folder: Path, user_ids: list[str], good: pa.Table, valued: pa.Table) -> None:
    """Write the sample files and their README; the same arguments give the same bytes.

    Args:
        folder: Made when missing.
        user_ids: Everybody in the sample world, who is also in the experiment.
        good: A list, user_id alone; its first 240 are also the messy list.
        valued: A list with user_id and spend.
    """
    good_ids = good["user_id"].to_pylist()
    messy_ids, repeated = good_ids[:240], good_ids[:9]
    known = set(user_ids)
    small, large, days, broken = (
        np.random.default_rng(draw) for draw in (DRAW, LARGE_DRAW, DAYS_DRAW, BROKEN_DRAW)
    )
    broken_test = experiments.broken_experiment(broken, user_ids)
    readme = README.format(
        good=good.num_rows,
        valued=valued.num_rows,
        messy=len(messy_ids),
        repeated=len(repeated),
        unknown=UNKNOWN,
        large=LARGE,
        by_day=BY_DAY,
        days=experiments.DAYS,
        new=experiments.NOVELTY + experiments.LASTING,
        lasting=experiments.LASTING,
        light=experiments.LIGHT,
        broken=broken_test.num_rows,
        **experiments.EFFECTS,
    )
    files = {
        "README.md": readme.encode(),
        "good_seeds.csv": _csv(good),
        "seeds_with_value.csv": _csv(valued),
        "messy_seeds.csv": messy(np.random.default_rng(MESS), messy_ids, repeated, known).encode(
            "utf-8"
        ),
        "experiment.csv": _csv(experiments.experiment(small, user_ids)),
        "experiment.parquet": _parquet(
            experiments.scored_experiment(large, with_strangers(large, user_ids, LARGE))
        ),
        "experiment_days.parquet": _parquet(experiments.daily_experiment(days, user_ids[:BY_DAY])),
        "experiment_broken.parquet": _parquet(broken_test),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        with whole_file(folder / name) as partial:
            partial.write_bytes(data)


def with_strangers(rng: np.random.Generator, user_ids: Sequence[str], n: int) -> list[str]:
    """Return n ids in order: those given, and as many of other people as are wanting."""
    known = np.array([int(user.removeprefix("u_")) for user in user_ids])
    others = np.setdiff1d(rng.choice(10**7, n, replace=False), known)
    more = rng.permutation(others)[: n - len(known)]
    return [f"u_{number:07d}" for number in np.sort(np.concatenate([known, more])).tolist()]


def messy(rng: np.random.Generator, ids: list[str], repeated: list[str], known: set[str]) -> str:
    """Return a seed file with the faults that real ones have, and every id still recoverable."""
    strangers = [f"u_{number:07d}" for number in rng.choice(10**7, 10 * UNKNOWN, replace=False)]
    unknown = [stranger for stranger in strangers if stranger not in known][:UNKNOWN]
    rows = rng.permutation(np.array([*ids, *repeated, *unknown, DAMAGED], dtype=object)).tolist()
    lines = ["\ufeffuser_id;source"]
    for row, fault in zip(rows, rng.random(len(rows)), strict=True):
        shown = f"  {row}" if fault < 0.06 else f"{row} " if fault < 0.12 else row
        lines.append(f"{shown};{'newsletter' if fault < 0.6 else 'shop'}")
        if fault > 0.97:
            lines.append("")
    return "\r\n".join([*lines, "", ""])


def _csv(table: pa.Table) -> bytes:
    columns = [
        [f"{value:.2f}" if isinstance(value, float) else str(value) for value in column.to_pylist()]
        for column in table.columns
    ]
    rows = (",".join(row) for row in zip(*columns, strict=True))
    return "\n".join([",".join(table.column_names), *rows, ""]).encode()


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=19,
        row_group_size=table.num_rows,  # one dictionary a column
        use_dictionary=[name for name in table.column_names if name != "user_id"],
        column_encoding={"user_id": "DELTA_BYTE_ARRAY"},  # neighbours share their beginnings
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data
