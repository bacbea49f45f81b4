"""How much exported audiences have in common, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from lookalike import audience
from lookalike.errors import BadInput
from lookalike.overlap import Overlap
from lookalike.workspace import Workspace

POINTS = 100
DERIVED = ("share", "other_share", "jaccard")


@dataclass(frozen=True, slots=True)
class AudienceOverlap(Overlap[int]):
    """Two exported audiences, by their numbers; those held out count as members.

    Attributes:
        clashes: Held out of one of them but not of the other: people who are to see nothing, and
            are sent something all the same.
    """

    clashes: int


@dataclass(frozen=True, slots=True)
class Overlaps:
    """All pairs of some exported audiences.

    Attributes:
        names: What to call each, by its number.
        pairs: In the order in which they were asked for.
    """

    names: dict[int, str]
    pairs: tuple[AudienceOverlap, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one line a pair: the fields of `AudienceOverlap`, share, other_share and jaccard."""
        names = [*AudienceOverlap.__dataclass_fields__, *DERIVED]
        lines = [
            {
                **asdict(pair),
                "share": pair.share,
                "other_share": pair.other_share,
                "jaccard": pair.jaccard,
            }
            for pair in self.pairs
        ]
        return pd.DataFrame(lines, columns=names)

    def table(self) -> pd.DataFrame:
        """Return the same for people, shares in percent."""
        columns = {
            "Audience": [self.names[pair.one] for pair in self.pairs],
            "And": [self.names[pair.other] for pair in self.pairs],
            "Users": [pair.size for pair in self.pairs],
            "Users of the other": [pair.other_size for pair in self.pairs],
            "In both": [pair.common for pair in self.pairs],
            "Of the first, %": [round(POINTS * pair.share, 1) for pair in self.pairs],
            "Of the other, %": [round(POINTS * pair.other_share, 1) for pair in self.pairs],
            "In both of all, %": [round(POINTS * pair.jaccard, 1) for pair in self.pairs],
            "Held out of one alone": [pair.clashes for pair in self.pairs],
        }
        return pd.DataFrame(columns)

    def sentences(self) -> list[str]:
        """Say what needs a decision: people held out of one audience and reached by another."""
        said = []
        for pair in self.pairs:
            if pair.clashes:
                people = "1 person is" if pair.clashes == 1 else f"{pair.clashes:,} people are"
                said.append(
                    f"{people} held out of one of {self.names[pair.one]!r} and "
                    f"{self.names[pair.other]!r} and reached by the other: if both run at once, that "
                    "hold-out is no fair comparison."
                )
        return said


def overlaps(workspace: Workspace, ids: Sequence[int]) -> Overlaps:
    """Hold exported audiences against each other.

    Args:
        workspace: Where they are.
        ids: Their numbers; two at least.

    Raises:
        BadInput: Fewer than two different audiences.
        NotFound: There is no such audience.
    """
    chosen = list(dict.fromkeys(ids))
    if len(chosen) < 2:
        raise BadInput("One audience has nothing to overlap with.", "Choose two audiences or more.")
    known = {number: audience.get(workspace, number) for number in chosen}
    with workspace.cursor() as cursor:
        sizes = dict(
            cursor.execute(
                "SELECT audience, count(*) FROM audience_members "
                "WHERE list_contains($1::INTEGER[], audience) GROUP BY audience",
                [chosen],
            ).fetchall()
        )
        found = cursor.execute(
            "SELECT one.audience, other.audience, count(*), "
            "count(*) FILTER (one.holdout <> other.holdout) "
            "FROM audience_members AS one JOIN audience_members AS other USING (row) "
            "WHERE one.audience <> other.audience AND list_contains($1::INTEGER[], one.audience) "
            "AND list_contains($1::INTEGER[], other.audience) GROUP BY 1, 2",
            [chosen],
        ).fetchall()
    common = {(one, other): counts for one, other, *counts in found}
    pairs = [
        AudienceOverlap(
            one, other, sizes.get(one, 0), sizes.get(other, 0), *common.get((one, other), (0, 0))
        )
        for place, one in enumerate(chosen)
        for other in chosen[place + 1 :]
    ]
    return Overlaps({number: f"{one.name} ({number})" for number, one in known.items()}, tuple(pairs))
