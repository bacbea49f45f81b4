"""Ways to compare the ids of a list with the workspace's: the rules that a user may choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.errors import BadInput, did_you_mean, shown

UUID = r"\{?[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?"
AROUND = r"""["'`“”„‘’‚«»()\[\]{}<>]"""
INSIDE = r"[\s\x{00a0}\x{200b}\x{2007}\x{202f}\x{feff}]"
NUMBER = "number-alone"  # the boldest of the rules: looked at last
NO_UUID_MARKS = "lower(regexp_replace({}, '[-{{}}]', '', 'g'))"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to compare: two ids are the same where their keys are.

    Attributes:
        name: What the command line and the saved report call it.
        label: What the page calls it, to follow "Match them".
        given: The key of a given id as SQL over `id`; NULL where this way says nothing of it.
        ours: The key of a user as SQL over the columns of `users`; NULL where there is none.
        pattern: What an id must look like to be worth a look; "" takes all.
        affix: What is put in front or behind, or taken away: `$affix` in the SQL.
    """

    name: str
    label: str
    given: str
    ours: str = "user_id"
    pattern: str = ""
    affix: str = ""

    def worth_a_look(self, ids: pa.StringArray) -> np.ndarray:
        """Say which ids this way may say something of, (n,) bool."""
        if not self.pattern:
            return np.ones(len(ids), dtype=bool)
        flags: np.ndarray = pc.match_substring_regex(ids, self.pattern).to_numpy(zero_copy_only=False)
        return flags


EXACT = Way("user_id", "as they are", "id")
RULES = {
    way.name: way
    for way in (
        Way("ignore-case", "whatever the capital letters", "lower(id)", "lower(user_id)"),
        Way(
            "uuid",
            "without the dashes and braces of UUIDs",
            NO_UUID_MARKS.format("id"),
            f"CASE WHEN regexp_full_match(user_id, '{UUID}') THEN {NO_UUID_MARKS.format('user_id')} END",
            f"^{UUID}$",
        ),
        Way(
            "no-quotes",
            "without quotes or brackets around them",
            f"nullif(regexp_replace(id, '^{AROUND.replace(chr(39), chr(39) * 2)}+"
            f"|{AROUND.replace(chr(39), chr(39) * 2)}+$', '', 'g'), '')",
            pattern=f"^{AROUND}|{AROUND}$",
        ),
        Way(
            "no-spaces",
            "without spaces inside",
            f"regexp_replace(id, '{INSIDE}+', '', 'g')",
            f"regexp_replace(user_id, '{INSIDE}+', '', 'g')",
        ),
        Way(
            "no-decimals",
            "without “.0” at the end",
            r"nullif(regexp_extract(id, '^(\d+)[.,]0+$', 1), '')",
            pattern=r"^\d+[.,]0+$",
        ),
        Way(
            "no-zeros",
            "whatever the zeros in front",
            "ltrim(id, '0')",
            r"CASE WHEN regexp_full_match(user_id, '\d+') THEN ltrim(user_id, '0') END",
            r"^\d+$",
        ),
        Way(
            NUMBER,
            "by the number in them alone",
            r"ltrim(regexp_extract(id, '^\D*(\d+)([.,]0+|\D*)$', 1), '0')",
            r"CASE WHEN regexp_full_match(user_id, '\D*\d+\D*') "
            r"THEN ltrim(regexp_extract(user_id, '\d+'), '0') END",
            r"^\D*\d+([.,]0+|\D*)$",
        ),
    )
}
AFFIXES = {
    "add-prefix": ("with the prefix “{}” in front", "$affix || id"),
    "drop-prefix": (
        "without the prefix “{}”",
        "CASE WHEN starts_with(id, $affix) THEN substr(id, length($affix) + 1) END",
    ),
    "add-suffix": ("with the suffix “{}” behind", "id || $affix"),
    "drop-suffix": (
        "without the suffix “{}”",
        "CASE WHEN ends_with(id, $affix) THEN left(id, length(id) - length($affix)) END",
    ),
}
NAMES = (*RULES, *(f"{kind}:…" for kind in AFFIXES))


def rule(name: str) -> Way:
    """Return the rule of that name, such as "ignore-case" or "drop-prefix:u_".

    Raises:
        BadInput: There is none.
    """
    kind, colon, affix = name.partition(":")
    if kind in AFFIXES and colon and affix:
        label, given = AFFIXES[kind]
        return Way(name, label.format(affix), given, affix=affix)
    if name in RULES:
        return RULES[name]
    if kind in AFFIXES:
        raise BadInput(f"The rule {shown(name)} does not say which.", f"Write it like {kind}:u_.")
    raise BadInput(f"There is no rule {shown(name)} to match ids by.", did_you_mean(name, NAMES))


def rules(names: str | Sequence[str]) -> tuple[Way, ...]:
    """Return the rules of these names, each once, in their order.

    Raises:
        BadInput: There is no rule of a name.
    """
    given = [names] if isinstance(names, str) else names
    return tuple(rule(name) for name in dict.fromkeys(given) if name)


def joined(
    cursor: duckdb.DuckDBPyConnection, way: Way, codes: np.ndarray, ids: pa.StringArray
) -> dict[str, np.ndarray]:
    """Find the users of some ids: arrays `code`, `row` (the lowest) and `users` (how many)."""
    cursor.register("given", pa.table({"code": codes, "id": ids}))
    asked: dict[str, Any] = {"affix": way.affix} if way.affix else {}
    found = cursor.execute(
        f"WITH theirs AS (SELECT code, {way.given} AS key FROM given), "
        f"ours AS (SELECT row, {way.ours} AS key FROM users) "
        "SELECT code, min(row) AS row, count(*) AS users FROM theirs JOIN ours USING (key) "
        "GROUP BY code ORDER BY code",
        asked,
    ).fetchnumpy()
    cursor.unregister("given")
    return {name: np.asarray(found[name]) for name in ("code", "row", "users")}
