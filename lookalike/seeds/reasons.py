"""Why ids of a list are no users: what commonly happens to ids on their way here, recognised."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.errors import listed
from lookalike.seeds import affixes as seed_affixes
from lookalike.seeds import damage as seed_damage
from lookalike.seeds.hashes import EMAIL, SHA256
from lookalike.seeds.rules import NUMBER, RULES, UUID, Way, joined

IMPORTED = "Export the ids exactly as they were imported"
# what a rule would put right, and how a sentence says so
FAULTS = {
    "ignore-case": "Only capital letters differ",
    "uuid": "UUIDs with other dashes or braces than ours",
    "no-quotes": "Quotes or brackets around the ids",
    "no-spaces": "Spaces inside the ids",
    "no-decimals": "Decimals that a program added to whole numbers",
    "no-zeros": "Only zeros in front differ, which spreadsheets drop",
    NUMBER: "Only the number in the id is that of a user, not what stands around it",
    "add-prefix": "The prefix “{}” of ours is missing",
    "drop-prefix": "A prefix “{}” that ours do not have",
    "add-suffix": "The suffix “{}” of ours is missing",
    "drop-suffix": "A suffix “{}” that ours do not have",
}
DAMAGED = {
    "shortened": "Long numbers that a spreadsheet shortened",
    "decimals": "Decimals that a program added to whole numbers",
    "date": "Dates that a spreadsheet made of the ids",
    "rounded": "Numbers that a spreadsheet rounded after 15 digits",
    "number": "Numbers or dates that a spreadsheet made of the ids",
}
HASHES = {"MD5": "^[0-9a-fA-F]{32}$", "SHA-1": "^[0-9a-fA-F]{40}$", "SHA-256": SHA256}
FIFTEEN = Way(
    "fifteen",
    "",
    "concat(left(id, 15), length(id))",
    r"CASE WHEN regexp_full_match(user_id, '\d{16,}') "
    "THEN concat(left(user_id, 15), length(user_id)) END",
    seed_damage.ROUNDED,
)
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some ids of a list are no users.

    Attributes:
        kind: A word for it, "unknown" where no cause is recognised.
        reason: What is wrong with them, without a full stop.
        count: How many distinct ids.
        given: The first of them.
        ours: The user's id that it probably stands for; "" where that cannot be told.
        remedy: What to do, a sentence.
        rule: Under which rule they would match; "" where there is none, or it would be ambiguous.
    """

    kind: str
    reason: str
    count: int
    given: str
    ours: str
    remedy: str
    rule: str = ""

    def example(self) -> str:
        """Show one of the ids, beside what it probably stands for."""
        given = f"“{listed([self.given], 1)}”"
        return f"“{listed([self.ours], 1)}” for {given}" if self.ours else given

    def sentence(self) -> str:
        """Say it in full."""
        ids = f"{self.count:,} unmatched id{'s' * (self.count != 1)}, such as {self.example()}"
        return f"{self.reason}: {ids}. {self.remedy}"


@dataclass(eq=False, slots=True)
class _Left:
    """The ids without a reason as yet, and the reasons found; `place` says which id has which."""

    cursor: duckdb.DuckDBPyConnection
    ids: pa.StringArray
    place: np.ndarray
    why: list[Reason]

    @property
    def open(self) -> np.ndarray:
        return np.flatnonzero(self.place < 0)

    def blame(self, at: np.ndarray, reason: Callable[[int, str], Reason]) -> None:
        """Give some ids a reason, made from their number and the first of them."""
        if len(at):
            self.place[at] = len(self.why)
            self.why.append(reason(len(at), self.ids[int(at[0])].as_py()))

    def like(self, pattern: str) -> np.ndarray:
        """Return those of the open ids that look like this."""
        open_ = self.open
        flags = pc.match_substring_regex(self.ids.take(pa.array(open_)), pattern)
        return open_[flags.to_numpy(zero_copy_only=False)]

    def by(self, way: Way, fault: str, remedy: str, *, offered: bool = True, least: float = 0.0) -> None:
        """Blame what would match in another way, if at least this share of the open ids would."""
        open_ = self.open
        fewest = max(1.0, least * len(open_))
        open_ = open_[way.worth_a_look(self.ids.take(pa.array(open_)))]
        if not len(open_):
            return
        found = joined(self.cursor, way, open_, self.ids.take(pa.array(open_)))
        if len(found["code"]) < fewest:
            return
        clear = bool((found["users"] == 1).all())
        rule = way.name if offered and clear else ""
        if offered and not clear:
            remedy = f"{IMPORTED}: some of them could be several users."
        ours = self.cursor.execute(
            "SELECT user_id FROM users WHERE row = ?", [int(found["row"][0])]
        ).fetchone()
        example = ours[0] if ours else ""
        self.blame(
            found["code"],
            lambda count, given: Reason(way.name, fault, count, given, example, remedy, rule),
        )


def tell(
    cursor: duckdb.DuckDBPyConnection,
    ids: pa.StringArray,
    shared: np.ndarray,
    damaged: np.ndarray,
    held: Collection[str],
) -> tuple[tuple[Reason, ...], np.ndarray]:
    """Say of every unmatched id why it is no user, as far as can be told.

    Args:
        cursor: Reads the workspace.
        ids: (n,) distinct ids that did not match.
        shared: (n,) bool, addresses or hashes that several users have.
        damaged: (n,) bool, ids that look as if a spreadsheet had rewritten them.
        held: Which fields of contact data the users have.

    Returns:
        The reasons, the commonest first and "unknown" last, and (n,) int16 which of them each has.
    """
    left = _Left(cursor, ids, np.full(len(ids), -1, dtype=np.int16), [])
    left.blame(
        np.flatnonzero(shared),
        lambda count, given: Reason(
            "shared",
            "Addresses of several users at once, so they name none",
            count,
            given,
            "",
            "Give the user ids of these instead.",
        ),
    )
    for way in (rule for rule in RULES.values() if rule.name != NUMBER):
        fault = FAULTS[way.name] + (_width(cursor) if way.name == "no-zeros" else "")
        left.by(way, fault, f"{IMPORTED}.")
    left.by(FIFTEEN, DAMAGED["rounded"], seed_damage.AS_TEXT, offered=False)
    for way in seed_affixes.likely(cursor, ids.take(pa.array(left.open))):
        fault = FAULTS[way.name.partition(":")[0]].format(way.affix)
        left.by(way, fault, f"{IMPORTED}.")
    _by_looks(left, held)
    _by_damage(left, damaged, aside="decimals")
    # numbers of other things agree by accident, but hardly most of them
    left.by(RULES[NUMBER], FAULTS[NUMBER], f"{IMPORTED}.", least=0.5)
    _by_damage(left, damaged)
    left.blame(
        left.open,
        lambda count, given: Reason(
            UNKNOWN,
            "Not users of this workspace",
            count,
            given,
            "",
            "Check that the list and the workspace come from the same system.",
        ),
    )
    order = sorted(
        range(len(left.why)), key=lambda at: (left.why[at].kind == UNKNOWN, -left.why[at].count, at)
    )
    ranks = np.empty(len(order), dtype=np.int16)
    ranks[order] = np.arange(len(order))
    return tuple(left.why[at] for at in order), ranks[left.place]


def _by_looks(left: _Left, held: Collection[str]) -> None:
    """Blame hashes and e-mail addresses, unless the workspace's own ids look the same."""
    if not len(left.open):
        return
    addressed = bool({"email", "email_sha256"} & set(held))
    for kind, pattern in HASHES.items():
        hashes = left.like(pattern)
        own = f"^{UUID}$" if kind == "MD5" else pattern  # a UUID without dashes looks like one
        if not len(hashes) or _ours_look(left.cursor, own):
            continue
        text = f"{kind} hashes"
        remedy = "Upload SHA-256 hashes, or the ids as the workspace knows them."
        if kind == "SHA-256":
            known = "ids or addresses" if addressed else "ids"
            text = f"{kind} hashes, but not of the users' {known}"
            remedy = (
                "Hash the id as it is, or the address in small letters without spaces, and add no salt."
            )
        left.blame(hashes, _reason("hash", text, remedy))
    if not _ours_look(left.cursor, EMAIL):
        lacking = " that no user has" if addressed else ", and the workspace has none"
        remedy = "Upload user ids" + ("." if addressed else ", or import users with a column email.")
        left.blame(left.like(EMAIL), _reason("e-mail", f"E-mail addresses{lacking}", remedy))


def _by_damage(left: _Left, damaged: np.ndarray, aside: str = "") -> None:
    broken = left.open[damaged[left.open]]
    kinds = seed_damage.kinds(left.ids.take(pa.array(broken)))
    for place, damage in enumerate(seed_damage.DAMAGES):
        if damage.kind == aside:
            continue
        reason = _reason(damage.kind, DAMAGED[damage.kind], damage.remedy)
        left.blame(broken[kinds == place], reason)


def _reason(kind: str, text: str, remedy: str) -> Callable[[int, str], Reason]:
    return lambda count, given: Reason(kind, text, count, given, "", remedy)


def _width(cursor: duckdb.DuckDBPyConnection) -> str:
    """Say how many digits the users' ids have, where they are numbers of one width."""
    found = cursor.execute(
        r"SELECT min(length(user_id)), max(length(user_id)) FROM users "
        r"WHERE regexp_full_match(user_id, '\d+')"
    ).fetchone()
    least, most = found or (None, None)
    return f" (ours have {least} digits)" if least is not None and least == most else ""


def _ours_look(cursor: duckdb.DuckDBPyConnection, pattern: str) -> bool:
    """Say whether most of the first users' ids look like this."""
    found = cursor.execute(
        "SELECT avg(CAST(regexp_matches(user_id, ?) AS INTEGER)) "
        "FROM (SELECT user_id FROM users LIMIT 1000)",
        [pattern],
    ).fetchone()
    return bool(found and found[0] is not None and found[0] > 0.5)
