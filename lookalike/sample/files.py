"""The files of `sample_data/`: seed lists to upload, one of them a mess, and an A/B experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.workspace import whole_file

Values = NDArray[Any]

VARIANTS = ("control", "act_alike")
# What the treatment truly does, relative to the control: per user, per user, and three rates.
EFFECTS = {
    "impressions_per_user": 0.036,
    "revenue_per_user": 0.031,
    "ctr": -0.057,
    "hdr": -0.083,
    "gcr": 0.027,
}
UNKNOWN = 12
DAMAGED = "4.71193E+06"
MESS = 20
# one of thirty draws, taken because all its estimates lie near the true effects
DRAW = 5

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
    readme = README.format(
        good=good.num_rows,
        valued=valued.num_rows,
        messy=len(messy_ids),
        repeated=len(repeated),
        unknown=UNKNOWN,
        **EFFECTS,
    )
    files = {
        "README.md": readme,
        "good_seeds.csv": _csv(good),
        "seeds_with_value.csv": _csv(valued),
        "messy_seeds.csv": messy(np.random.default_rng(MESS), messy_ids, repeated, set(user_ids)),
        "experiment.csv": _csv(experiment(np.random.default_rng(DRAW), user_ids)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        with whole_file(folder / name) as partial:
            partial.write_bytes(text.encode("utf-8"))


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


def experiment(rng: np.random.Generator, user_ids: list[str]) -> pa.Table:
    """Draw a user-level A/B test with the true `EFFECTS`; people differ far more than variants.

    Args:
        rng: Where the draw comes from.
        user_ids: The users, n of them, each in one of the two variants.

    Returns:
        n rows: user_id, variant, impressions, clicks, hides, good_clicks, revenue and the
        `pre_` columns, on which the variants differ by chance alone.
    """
    n = len(user_ids)
    treated = rng.random(n) < 0.5
    lift = {name: 1 + effect * treated for name, effect in EFFECTS.items()}
    here = rng.random(n) < 0.9  # the others never came by, before or during the test
    activity = 45 * here * np.exp(0.7 * rng.normal(size=n) - 0.7**2 / 2)
    clicking, hiding, liking = (rng.beta(a, b, n) for a, b in ((3, 72), (0.8, 100), (4, 4)))
    worth = rng.gamma(3.0, 1 / 3.0, n)

    def period(
        impressions_lift: Values, ctr_lift: Values, worth_lift: Values
    ) -> tuple[Values, Values, Values]:
        weeks = rng.gamma(4.0, 0.25, n)  # the same person is busier at one time than at another
        impressions = rng.poisson(activity * weeks * impressions_lift)
        clicks = rng.binomial(impressions, clicking * ctr_lift)
        billed = rng.poisson(0.05 * impressions * worth * worth_lift)
        return impressions, clicks, (billed * rng.gamma(4.0, 0.1, n)).round(2)

    one = np.ones(n)
    pre_impressions, pre_clicks, pre_revenue = period(one, one, one)
    impressions, clicks, revenue = period(
        lift["impressions_per_user"],
        lift["ctr"],
        lift["revenue_per_user"] / lift["impressions_per_user"],
    )
    clicking_now = clicking * lift["ctr"]
    # a hide is of an impression that was not clicked: dividing gives the rate per impression
    hides = rng.binomial(impressions - clicks, (hiding * lift["hdr"] / (1 - clicking_now)).clip(0, 1))
    return pa.table(
        {
            "user_id": user_ids,
            "variant": np.array(VARIANTS)[treated.astype(int)],
            "impressions": impressions,
            "clicks": clicks,
            "hides": hides,
            "good_clicks": rng.binomial(clicks, (liking * lift["gcr"]).clip(0, 1)),
            "revenue": revenue,
            "pre_impressions": pre_impressions,
            "pre_clicks": pre_clicks,
            "pre_revenue": pre_revenue,
        }
    )


def _csv(table: pa.Table) -> str:
    columns = [
        [f"{value:.2f}" if isinstance(value, float) else str(value) for value in column.to_pylist()]
        for column in table.columns
    ]
    rows = (",".join(row) for row in zip(*columns, strict=True))
    return "\n".join([",".join(table.column_names), *rows, ""])
