"""Where an audience ends and who of the ranked users is in it: size, exclusions, tiers, hold-out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.errors import BadInput, shown
from lookalike.hashing import mixed
from lookalike.ranking import Ranking, counted

MOST_HELD_OUT = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """What part of a ranking is wanted.

    Attributes:
        size: A float up to 1 is a share of the eligible users, an int a number of users.
        least_score: Take everybody who scores at least this, instead of a size; None for the size.
        exclude: Names of saved lists whose users must not be in it.
        exclude_audiences: Numbers of exported audiences whose users must not be in it.
        holdout: Share of the audience that is kept from the export, for a later experiment.
        salt: Decides who is held out: the same salt holds out the same users at every size.
        tiers: Sizes as shares of the eligible users; each user is given the smallest that holds them.
    """

    size: float = 0.05
    least_score: float | None = None
    exclude: tuple[str, ...] = ()
    exclude_audiences: tuple[int, ...] = ()
    holdout: float = 0.0
    salt: str = ""
    tiers: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.holdout <= MOST_HELD_OUT:
            raise BadInput(
                f"A hold-out of {100 * self.holdout:g} % is not possible.",
                f"Hold out up to {100 * MOST_HELD_OUT:g} % of the audience; 5 to 20 % is usual.",
            )
        for tier in self.tiers:
            if not 0 < tier <= 1:
                raise BadInput(
                    f"A tier of {tier:g} is not a share of the users.", "Write tiers like 1%,2%,5%."
                )

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Cut:
        """Read what `to_json` wrote."""
        lists = {name: tuple(given[name]) for name in ("exclude", "exclude_audiences", "tiers")}
        return cls(**{**given, **lists})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """The users of an audience, best first, those held out among them.

    Attributes:
        rows: `users.row`, int32, shape (n,).
        scores: float32, shape (n,).
        holdout: Who is held out, bool, shape (n,).
        available: Ranked users that are not excluded: what ranks and percentiles are among.
        excluded: Ranked users that are.
        ends: Where each tier ends: its share of the eligible users to a number of users, ascending;
            the last is the audience itself. Empty without tiers.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    holdout: NDArray[np.bool_]
    available: int
    excluded: int
    ends: tuple[tuple[float, int], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def held_out(self) -> int:
        """How many users are held out."""
        return int(self.holdout.sum())

    @property
    def threshold(self) -> float:
        """The lowest score in the audience."""
        return float(self.scores[-1])

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of who is in it and who is held out: lists of the same name may change."""
        digest = hashlib.sha256(np.ascontiguousarray(self.rows, "<i4").tobytes())
        digest.update(self.holdout.tobytes())
        return digest.hexdigest()

    def table(self, *, held_out: bool = False) -> pa.Table:
        """Return the users to export, or those held out: row, score, rank, percentile and tier.

        Ranks count the audience from 1, the held-out users among it. The percentile is the share
        of the available users, in percent, that score no higher.
        """
        return self.whole().filter(pa.array(self.holdout == held_out)).drop_columns(["holdout"])

    def whole(self) -> pa.Table:
        """Return everybody: the columns of `table`, and holdout."""
        ranks = np.arange(1, len(self) + 1, dtype=np.int32)
        columns: dict[str, Any] = {
            "row": self.rows,
            "score": self.scores,
            "rank": ranks,
            "percentile": np.round(100.0 * (1.0 + self.available - ranks) / self.available, 4),
            "holdout": self.holdout,
        }
        if self.ends:
            labels = [percent(share) for share, _ in self.ends]
            place = np.searchsorted([end for _, end in self.ends], ranks)
            columns["tier"] = pa.DictionaryArray.from_arrays(
                pa.array(place, pa.int32()), labels
            ).dictionary_decode()
        return pa.table(columns)


def select(ranking: Ranking, cut: Cut, excluded: NDArray[np.int32]) -> Selection:
    """Cut an audience from a ranking.

    Args:
        ranking: Every candidate, best first.
        cut: What is wanted.
        excluded: `users.row` of those who must not be in it, int32, in any order.

    Raises:
        BadInput: More users than there are, nobody reaches the score, or nobody is left.
    """
    out = np.isin(ranking.candidates["row"], excluded) if len(excluded) else None
    candidates = ranking.candidates if out is None else ranking.candidates[~out]
    lost = len(ranking) - len(candidates)
    if not len(candidates):
        raise BadInput(
            f"Nobody is left: all {lost:,} users that could be in it are on an exclusion list.",
            "Exclude fewer lists.",
        )
    return first_of(candidates, cut, ranking.eligible, len(candidates), lost)


def first_of(
    candidates: NDArray[np.void], cut: Cut, eligible: int, available: int, lost: int
) -> Selection:
    """Cut an audience from a ranking that holds nobody who is excluded, but maybe not everybody.

    Args:
        candidates: The best, best first, `RANKED`: enough of them for the size, or all.
        cut: What is wanted.
        eligible: Eligible users.
        available: Those of them that are neither seeds nor excluded.
        lost: Those that are excluded and no seeds.

    Raises:
        BadInput: More users than there are, or nobody reaches the score.
    """
    if cut.least_score is None:
        count = counted(cut.size, eligible, available, lost)
    else:
        count = int(np.searchsorted(-candidates["score"], -np.float32(cut.least_score), side="right"))
        if not count:
            raise BadInput(
                f"Nobody scores {cut.least_score:g} or more; the highest score is "
                f"{float(candidates['score'][0]):.4g}.",
                "Give a lower score.",
            )
    chosen = candidates[:count]
    rows = np.ascontiguousarray(chosen["row"])
    return Selection(
        rows=rows,
        scores=np.ascontiguousarray(chosen["score"]),
        holdout=held_out(rows, cut.holdout, cut.salt),
        available=available,
        excluded=lost,
        ends=_ends(cut, eligible, available, count),
    )


def held_out(rows: NDArray[np.int32], share: float, salt: str) -> NDArray[np.bool_]:
    """Say of each user whether they are held out: by a hash of the row and the salt alone.

    So a user's lot does not depend on the size of the audience: nested audiences hold out nested
    users. The share holds on average; the number differs from it as coin tosses do.
    """
    if not share:
        return np.zeros(len(rows), bool)
    key = np.frombuffer(hashlib.sha256(salt.encode()).digest()[:8], np.uint64)[0]
    # hashed twice: the first hash orders ties in the ranking
    tossed = mixed(mixed(rows) ^ key)
    return tossed < np.uint64(min(share * 2.0**64, 2.0**64 - 2048))


def parse_size(text: str) -> float | int:
    """Read a size: "0.05" and "5%" are shares of the eligible users, "50000" is a count.

    Raises:
        BadInput: It is none of these.
    """
    plain = re.sub(r"[\s_]", "", text)
    # "50,000" is a count; any other comma may be a decimal one ("2,5%"), and is not guessed at
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+", plain):
        plain = plain.replace(",", "")
    if plain.isdecimal() and int(plain) >= 1:
        return int(plain)
    share = _share(plain)
    if share is not None:
        return share
    raise BadInput(
        f"{shown(text)} is not an audience size.",
        "Write a share of the eligible users (0.05 or 5%) or a number of users (50000).",
    )


def parse_tiers(text: str) -> tuple[float, ...]:
    """Read tiers, "1%,2%,5%": shares of the eligible users, returned ascending.

    Raises:
        BadInput: One is not a share.
    """
    shares = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        share = _share(re.sub(r"[\s_]", "", part))
        if share is None:
            raise BadInput(f"{part!r} is not a tier.", "Write shares of the users: 1%,2%,5%,10%.")
        shares.append(share)
    return tuple(sorted(set(shares)))


def percent(share: float) -> str:
    """Write a share as a tier is called: "5 %"."""
    return f"{100 * share:.6g} %"


def _share(plain: str) -> float | None:
    try:
        share = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        return None
    return share if 0 < share <= 1 else None


def _ends(cut: Cut, eligible: int, available: int, count: int) -> tuple[tuple[float, int], ...]:
    if not cut.tiers:
        return ()
    inner = {tier: counted(float(tier), eligible, available) for tier in sorted(cut.tiers)}
    ends = [(tier, end) for tier, end in inner.items() if end < count]
    own = next((tier for tier, end in inner.items() if end == count), None)
    if own is None:
        asked = cut.least_score is None and isinstance(cut.size, float) and cut.size <= 1
        own = cut.size if asked else float(f"{count / eligible:.3g}")
        if own in inner:  # a size that is nearly a tier
            own = count / eligible
    return (*ends, (own, count))
