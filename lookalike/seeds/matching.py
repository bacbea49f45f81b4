"""Which users of the workspace a seed file names, and what became of the other ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike import contacts
from lookalike.errors import BadInput, shown
from lookalike.seeds import hashes as seed_hashes
from lookalike.seeds import reasons as seed_reasons
from lookalike.seeds.files import Problem, SeedFile
from lookalike.seeds.reasons import UNKNOWN, Reason
from lookalike.seeds.rules import EXACT, RULES, Way, joined, rule, rules
from lookalike.workspace import Workspace

SHOWN_PROBLEMS = 20
NO_IDS = pa.array([], pa.string())
NO_LINES = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class MatchReport:
    """What became of each id: `rows = matched + unknown + duplicates + damaged`.

    An id counts once, where it first stands; further on it is a duplicate, known or not. An id
    that names the same user as another one, by a rule or an address, is a duplicate too.

    Attributes:
        rows: Ids in the file.
        matched: Ids that are users of the workspace.
        unknown: Ids that are not.
        duplicates: Ids that an earlier line gave already, or that name a user named already.
        blank: Lines without an id; not among the rows.
        damaged: Unknown ids that look as if a spreadsheet had rewritten them.
        hint: The main reason for the unknown ids as a sentence; "" if nothing is recognised.
        problems: The first 20 problems, by line; not saved.
        unknown_ids: (unknown + damaged,) string array, in the file's order; not saved.
        unknown_lines: (unknown + damaged,) int64, where each of them first stands; not saved.
        why: Why ids were not matched, the commonest reason first; not saved, for it shows ids.
        which: (unknown + damaged,) int16, which reason of `why` each unknown id has; not saved.
        rules: The rules that were asked for.
        matched_as: How many matched in which way, where any did but by the id as it is.
    """

    rows: int
    matched: int
    unknown: int
    duplicates: int
    blank: int
    damaged: int
    hint: str = ""
    problems: tuple[Problem, ...] = ()
    unknown_ids: pa.StringArray = field(default_factory=lambda: NO_IDS)
    unknown_lines: np.ndarray = field(default_factory=lambda: NO_LINES)
    why: tuple[Reason, ...] = ()
    which: np.ndarray = field(default_factory=lambda: NO_LINES)
    rules: tuple[str, ...] = ()
    matched_as: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return the numbers alone: no ids are in them."""
        names = ("rows", "matched", "unknown", "duplicates", "blank", "damaged")
        return {name: getattr(self, name) for name in names}

    def kept(self) -> dict[str, Any]:
        """Return what is saved with a list: the numbers and how it was matched, no ids."""
        return {**self.counts(), "rules": list(self.rules), "matched_as": dict(self.matched_as)}

    def how(self) -> str:
        """Say in what other ways than by their ids users were matched; "" where none were."""
        asked = {name: rule(name).label for name in self.rules}
        ways = [
            f"{count:,} {asked.get(name, f'by {name}')}"
            for name, count in self.matched_as.items()
            if name != EXACT.name
        ]
        return f"Matched otherwise than by the id as it is: {', '.join(ways)}." if ways else ""


@dataclass(frozen=True, eq=False, slots=True)
class SeedList:
    """A seed list as rows of the workspace.

    Attributes:
        name: What the user calls it.
        rows: (P,) int32, `users.row` of the matched users, sorted, each once.
        values: (P,) float64 by name: the file's own numbers beside the rows, NaN where missing.
            Of an id that stands on several lines the first line counts.
        report: What became of each id of the file.
        times: (P,) datetime64[s], when each became a seed, NaT where missing; None where the file
            has no dates.
    """

    name: str
    rows: np.ndarray
    values: Mapping[str, np.ndarray]
    report: MatchReport
    times: np.ndarray | None = None

    def __repr__(self) -> str:
        return f"SeedList({self.name!r}, {len(self.rows):,} seeds, values={list(self.values)})"


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """What the ways found of the distinct ids; `known` are the ids that keep their user.

    Attributes:
        users: (n,) int32, the user of each id, -1 where there is none.
        step: (n,) int16, by which way.
        shared: (n,) bool, ids that stand for several users.
        known: (P,) places of the ids that are seeds, in the order of their rows.
        same: (s,) places of ids whose user another id names.
        instead: (s,) places of those other ids.
    """

    users: np.ndarray
    step: np.ndarray
    shared: np.ndarray
    known: np.ndarray
    same: np.ndarray
    instead: np.ndarray


def match(
    workspace: Workspace, seed_file: SeedFile, name: str, *, rule: str | Sequence[str] = ()
) -> SeedList:
    """Find the users of a seed file by exact id, then by SHA-256 or e-mail address where it has any.

    Other ids are reported, never guessed: what else may have happened to them can be put right by
    naming a rule. Where two ids name one user the exact one counts, and otherwise the first. An
    address of several users names none of them.

    Args:
        workspace: Where the users are looked for.
        seed_file: The ids.
        name: What to call the list.
        rule: Rules of `seed_rules` for the ids that do not match without, applied in turn.

    Raises:
        BadInput: There is no such rule, or under it an id could be several users; or the list is
            longer than the settings allow.
    """
    lines = len(seed_file.ids)
    workspace.settings.check("seed_rows", lines, f"The list has {lines:,} rows")
    chosen = rules(rule)
    codes = seed_file.ids.dictionary_encode()
    # a dictionary is in order of first appearance, so its entries and these positions run in parallel
    at = codes.indices.to_numpy()
    first = np.unique(at, return_index=True)[1]
    distinct = codes.dictionary
    held = contacts.held(workspace)
    ways = (EXACT, *seed_hashes.ways(held), *chosen)
    with workspace.cursor() as cursor:
        found = _look_up(cursor, distinct, ways)
        unknown = found.users < 0
        broken = unknown & seed_file.damaged[first]
        why, which = seed_reasons.tell(
            cursor, distinct.filter(pa.array(unknown)), found.shared[unknown], broken[unknown], held
        )
    steps = np.bincount(found.step[found.known], minlength=len(ways))
    matched_as = {way.name: int(count) for way, count in zip(ways, steps, strict=True) if count}
    report = MatchReport(
        rows=seed_file.rows,
        matched=len(found.known),
        unknown=int((unknown & ~broken).sum()),
        duplicates=seed_file.rows - len(distinct) + len(found.same),
        blank=seed_file.blank,
        damaged=int(broken.sum()),
        hint=why[0].sentence() if why and why[0].kind != UNKNOWN else "",
        problems=_problems(seed_file, at, first, found, broken),
        unknown_ids=distinct.filter(pa.array(unknown)),
        unknown_lines=seed_file.lines[first[unknown]],
        why=why,
        which=which,
        rules=tuple(way.name for way in chosen),
        matched_as=matched_as if set(matched_as) - {EXACT.name} else {},
    )
    known = found.known
    values = {label: column[first[known]] for label, column in seed_file.values.items()}
    times = None if seed_file.times is None else seed_file.times[first[known]]
    return SeedList(name, found.users[known], values, report, times)


def _look_up(cursor: duckdb.DuckDBPyConnection, ids: pa.StringArray, ways: Sequence[Way]) -> _Found:
    """Try the ways in turn on the ids that are left."""
    users = np.full(len(ids), -1, dtype=np.int32)
    step = np.zeros(len(ids), dtype=np.int16)
    shared = np.zeros(len(ids), dtype=bool)
    for place, way in enumerate(ways):
        left = np.flatnonzero((users < 0) & ~shared)
        left = left[way.worth_a_look(ids.take(pa.array(left)))]
        if not len(left):
            continue
        found = joined(cursor, way, left, ids.take(pa.array(left)))
        several = found["users"] > 1
        if several.any() and (way.name in RULES or way.affix):
            given = ids[int(found["code"][several][0])].as_py()
            raise BadInput(
                f"Under the rule {shown(way.name)} {shown(given)} could be "
                f"{int(found['users'][several][0])} different users, so nothing was matched by it.",
                "Export the ids exactly as they were imported.",
            )
        shared[found["code"][several]] = True
        users[found["code"][~several]] = found["row"][~several]
        step[found["code"][~several]] = place
    hits = np.flatnonzero(users >= 0)
    order = hits[np.lexsort((hits, step[hits], users[hits]))]
    leads = np.r_[True, users[order][1:] != users[order][:-1]][: len(order)]
    owner = order[np.maximum.accumulate(np.where(leads, np.arange(len(order)), 0))]
    return _Found(users, step, shared, order[leads], order[~leads], owner[~leads])


def _problems(
    file: SeedFile, at: np.ndarray, first: np.ndarray, found: _Found, broken: np.ndarray
) -> tuple[Problem, ...]:
    """Join the file's problems with the unknown ids and the duplicates; keep the first, by line."""
    unknown = found.users < 0
    repeated = np.flatnonzero(first[at] < np.arange(len(at)))[:SHOWN_PROBLEMS]
    strange = first[unknown & ~broken][:SHOWN_PROBLEMS]
    # a damaged look means nothing where a user has exactly this id, and repeats are named as such
    truly = set(file.lines[first[broken]].tolist())
    problems = [p for p in file.problems if p.kind != "damaged" or p.line in truly]
    for i in strange.tolist():
        text = f"{shown(file.ids[i].as_py())} is not a user of this workspace."
        if i == 0 and _heads(file):
            text = (
                f"{shown(file.ids[i].as_py())} is not a user of this workspace; it looks like a heading."
            )
        problems.append(Problem(int(file.lines[i]), text, "unknown"))
    for i in repeated.tolist():
        text = f"{shown(file.ids[i].as_py())} stands on line {file.lines[first[at[i]]]:,} already."
        problems.append(Problem(int(file.lines[i]), text, "duplicate"))
    inside = np.argsort(found.same)[:SHOWN_PROBLEMS]
    for i, j in zip(first[found.same[inside]], first[found.instead[inside]], strict=True):
        text = f"{shown(file.ids[int(i)].as_py())} names the same user as line {file.lines[j]:,}."
        problems.append(Problem(int(file.lines[i]), text, "duplicate"))
    return tuple(sorted(problems, key=lambda problem: problem.line)[:SHOWN_PROBLEMS])


def _heads(file: SeedFile) -> bool:
    """Say whether the first id is a word above ids that hold digits."""
    digits = pc.match_substring_regex(file.ids.slice(0, 1_000), r"\d").to_numpy(zero_copy_only=False)
    return not file.header and len(digits) > 1 and not digits[0] and bool(digits[1:].mean() > 0.5)
