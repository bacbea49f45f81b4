"""What is known of an audience: the things that set it apart, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd
import plotly.graph_objects as go

from lookalike.charts import portrait as portrait_charts
from lookalike.holdings import ITEMS_EACH

SMALLEST = 10  # no number is told of a group of fewer people
NAMED = 3  # in the sentence
CHARTED = 4  # of a kind
POINTS = 100
KINDS = {"attribute": "Attribute", "category": "Category", "item": "Item", "feature": "Feature"}


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that users have or lack, more or less common in the audience than in the rest.

    Attributes:
        kind: A key of `KINDS`.
        name: "country=DE", a category, an item_id or a feature.
        label: What to call it for people.
        share: Of the audience that has it.
        elsewhere: Of the other users that has it.
        listed: Of the seeds that has it; None where that would tell of fewer than ten people.
        ratio: share / elsewhere.
        low: Of its 95 % interval, for this thing on its own.
        high: Of the same.
        p: Adjusted for everything that was tested.
    """

    kind: str
    name: str
    label: str
    share: float
    elsewhere: float
    listed: float | None
    ratio: float
    low: float
    high: float
    p: float

    def sentence(self) -> str:
        """Say how much more or less common it is."""
        shares = f"{_percent(self.share)} against {_percent(self.elsewhere)}"
        if not self.elsewhere:
            return f"only they have {self.label} ({shares})"
        return f"{_times(self.ratio)} times as many have {self.label} ({shares})"


@dataclass(frozen=True, slots=True)
class Mean:
    """A number whose mean differs, over the users of whom it is known.

    Attributes:
        label: What it is.
        mean: In the audience.
        elsewhere: Among the other users.
        listed: Among the seeds; None where it is known of fewer than ten.
        difference: mean - elsewhere.
        low: Of its 95 % interval.
        high: Of the same.
        p: Adjusted for everything that was tested.
    """

    label: str
    mean: float
    elsewhere: float
    listed: float | None
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Portrait:
    """What sets an audience apart; plain data.

    Attributes:
        users: In the audience.
        others: Eligible users that are neither in it nor seeds.
        seeds: The list's users.
        tested: How many things were looked at.
        hidden: How many of those that differ are not told, for fewer than ten people are behind them.
        over: What more of the audience have, the surest and strongest first; at most 50 of a kind.
        under: What fewer have, in the same order.
        means: The numbers that differ, the clearest first.
    """

    users: int
    others: int
    seeds: int
    tested: int
    hidden: int
    over: tuple[Trait, ...]
    under: tuple[Trait, ...]
    means: tuple[Mean, ...]

    def __repr__(self) -> str:
        return f"Portrait of {self.users:,} users: {self.sentence()}"

    def sentence(self) -> str:
        """Say in a sentence or two what the audience is about."""
        if min(self.users, self.others) < SMALLEST:
            few = "audience" if self.users < SMALLEST else "rest of the users"
            return f"The {few} is under {SMALLEST} people: nothing is told of so few."
        if not self.over:
            things = f"{self.tested:,} things that were looked at"
            more = " more" if self.under else " clearly more or less"
            return f"Of the {things}, none is{more} common here than in a random draw of as many users."
        said = "; ".join(trait.sentence() for trait in self.telling(1)[:NAMED])
        return f"Compared with the other users: {said}."

    def resemblance(self) -> str | None:
        """Say whether the list leans the same way; None where that cannot be told."""
        known = [trait for trait in self.over if trait.listed is not None]
        if not known:
            return None
        same = sum(trait.listed is not None and trait.listed > trait.elsewhere for trait in known)
        return (
            f"The seed list leans the same way in {same:,} of {len(known):,} things that are more "
            "common in the audience."
        )

    def busyness(self) -> str | None:
        """Warn where the audience simply does more, or less, of everything; None where it does not."""
        each = next((one for one in self.means if one.label == ITEMS_EACH), None)
        if each is None or not self.over:
            return None
        more, some = ("more", "a little more") if each.difference > 0 else ("less", "a little less")
        return (
            f"They do {more} altogether, {each.mean:.3g} different items each against "
            f"{each.elsewhere:.3g}, so {some} of everything is to be expected."
        )

    def telling(self, each: int = CHARTED) -> list[Trait]:
        """Return the first few over-represented things of each kind, the strongest first."""
        return first_of_each(self.over, each)

    def table(self, *, under: bool = False) -> pd.DataFrame:
        """Return what more of the audience have (or, with `under`, fewer), for people."""
        traits = self.under if under else self.over
        columns = {
            "What": [trait.label for trait in traits],
            "Kind": [KINDS[trait.kind] for trait in traits],
            "Audience, %": [round(POINTS * trait.share, 2) for trait in traits],
            "Others, %": [round(POINTS * trait.elsewhere, 2) for trait in traits],
            "Seed list, %": [
                None if trait.listed is None else round(POINTS * trait.listed, 2) for trait in traits
            ],
            "Times as many": [float(f"{trait.ratio:.3g}") for trait in traits],
            "At least": [float(f"{trait.low:.3g}") for trait in traits],
            "At most": [float(f"{trait.high:.3g}") for trait in traits],
        }
        return pd.DataFrame(columns)

    def numbers(self) -> pd.DataFrame:
        """Return the means that differ, for people."""
        heads = ("Number", "Audience", "Others", "Seed list", "Difference", "At least", "At most")
        lines = [
            (one.label, one.mean, one.elsewhere, one.listed, one.difference, one.low, one.high)
            for one in self.means
        ]
        return pd.DataFrame(
            [[_rounded(cell) if place else cell for place, cell in enumerate(line)] for line in lines],
            columns=list(heads),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return all traits as a table: the fields of `Trait`."""
        names = list(Trait.__dataclass_fields__)
        return pd.DataFrame([asdict(trait) for trait in (*self.over, *self.under)], columns=names)

    def figure(self) -> go.Figure:
        """Draw how many times as many have the most telling things, with intervals."""
        return portrait_charts.ratios([asdict(trait) for trait in self.telling()])


def first_of_each(traits: Iterable[Trait], each: int) -> list[Trait]:
    """Return the first few traits of each kind, in their order."""
    seen = dict.fromkeys(KINDS, 0)
    found = []
    for trait in traits:
        seen[trait.kind] += 1
        if seen[trait.kind] <= each:
            found.append(trait)
    return found


def _percent(share: float) -> str:
    return f"{POINTS * share:.3g} %"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= POINTS else f"{ratio:.2g}"


def _rounded(value: float | str | None) -> float | str | None:
    return float(f"{value:.3g}") if isinstance(value, float) else value
