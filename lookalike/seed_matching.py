"""Which users of the workspace a seed file names, and what became of the other ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.seed_files import Problem, SeedFile
from lookalike.workspace import Workspace

SHOWN_PROBLEMS = 20
NEAR_MISSES = 1_000
HASHES = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
NO_IDS = pa.array([], pa.string())


@dataclass(frozen=True, eq=False, slots=True)
class MatchReport:
    """What became of each id: `rows = matched + unknown + duplicates + damaged`.

    An id counts once, where it first stands; further on it is a duplicate, known or not.

    Attributes:
        rows: Ids in the file.
        matched: Ids that are users of the workspace.
        unknown: Ids that are not.
        duplicates: Ids that an earlier line gave already.
        blank: Lines without an id; not among the rows.
        damaged: Unknown ids that look as if a spreadsheet had rewritten them.
        hint: What may have gone wrong with the unknown ids; "" if nothing is recognised.
        problems: The first 20 problems, by line; not saved.
        unknown_ids: (unknown + damaged,) string array, in the file's order; not saved.
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

    def counts(self) -> dict[str, int]:
        """Return the numbers alone: no ids are in them."""
        names = ("rows", "matched", "unknown", "duplicates", "blank", "damaged")
        return {name: getattr(self, name) for name in names}


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


def match(workspace: Workspace, seed_file: SeedFile, name: str) -> SeedList:
    """Find the users of a seed file by exact id; an unknown id is reported, never guessed."""
    codes = seed_file.ids.dictionary_encode()
    # a dictionary is in order of first appearance, so its entries and these positions run in parallel
    at = codes.indices.to_numpy()
    first = np.unique(at, return_index=True)[1]
    distinct = codes.dictionary
    users = np.full(len(distinct), -1, dtype=np.int32)
    with workspace.cursor() as cursor:
        cursor.register("given", pa.table({"code": np.arange(len(distinct)), "id": distinct}))
        found = cursor.execute(
            "SELECT given.code, users.row FROM given JOIN users ON users.user_id = given.id"
        ).fetchnumpy()
        users[found["code"]] = found["row"]
        unknown = users < 0
        unknown_ids = distinct.filter(pa.array(unknown))
        hint = _hint(cursor, unknown_ids)
    known = np.flatnonzero(~unknown)
    known = known[np.argsort(users[known])]
    broken = unknown & seed_file.damaged[first]
    report = MatchReport(
        rows=seed_file.rows,
        matched=len(known),
        unknown=int((unknown & ~broken).sum()),
        duplicates=seed_file.rows - len(distinct),
        blank=seed_file.blank,
        damaged=int(broken.sum()),
        hint=hint,
        problems=_problems(seed_file, at, first, unknown, broken),
        unknown_ids=unknown_ids,
    )
    values = {label: column[first[known]] for label, column in seed_file.values.items()}
    times = None if seed_file.times is None else seed_file.times[first[known]]
    return SeedList(name, users[known], values, report, times)


def _problems(
    file: SeedFile, at: np.ndarray, first: np.ndarray, unknown: np.ndarray, broken: np.ndarray
) -> tuple[Problem, ...]:
    """Join the file's problems with the unknown ids and the duplicates; keep the first, by line."""
    repeated = np.flatnonzero(first[at] < np.arange(len(at)))[:SHOWN_PROBLEMS]
    strange = first[unknown & ~broken][:SHOWN_PROBLEMS]
    # a damaged look means nothing where a user has exactly this id, and repeats are named as such
    truly = set(file.lines[first[broken]].tolist())
    problems = [p for p in file.problems if p.kind != "damaged" or p.line in truly]
    for i in strange.tolist():
        text = f"{file.ids[i].as_py()!r} is not a user of this workspace."
        if i == 0 and _heads(file):
            text = f"{file.ids[i].as_py()!r} is not a user of this workspace; it looks like a heading."
        problems.append(Problem(int(file.lines[i]), text, "unknown"))
    for i in repeated.tolist():
        text = f"{file.ids[i].as_py()!r} stands on line {file.lines[first[at[i]]]:,} already."
        problems.append(Problem(int(file.lines[i]), text, "duplicate"))
    return tuple(sorted(problems, key=lambda problem: problem.line)[:SHOWN_PROBLEMS])


def _heads(file: SeedFile) -> bool:
    """Say whether the first id is a word above ids that hold digits."""
    digits = pc.match_substring_regex(file.ids.slice(0, 1_000), r"\d").to_numpy(zero_copy_only=False)
    return not file.header and len(digits) > 1 and not digits[0] and bool(digits[1:].mean() > 0.5)


def _hint(cursor: duckdb.DuckDBPyConnection, unknown: pa.StringArray) -> str:
    """Look among the first unknown ids for what commonly happens to ids on their way here."""
    sample = unknown.slice(0, NEAR_MISSES)
    if not len(sample):
        return ""
    cursor.register("sample", pa.table({"id": sample}))
    row = cursor.execute(
        "SELECT count(*) FILTER (lower(id) IN (SELECT lower(user_id) FROM users)), "
        "count(*) FILTER (ltrim(id, '0') IN (SELECT ltrim(user_id, '0') FROM users)) FROM sample"
    ).fetchone()
    letters, zeros = row or (0, 0)
    of = f"of the first {len(sample):,} unknown ids" if len(unknown) > len(sample) else "unknown ids"
    if letters and letters >= zeros:
        return f"{letters:,} {of} differ from a user only by capital letters. Export them as imported."
    for length, kind in HASHES.items():
        hashed = pc.match_substring_regex(sample, rf"^[0-9a-fA-F]{{{length}}}$")
        if pc.sum(hashed).as_py() > len(sample) / 2:
            return (
                f"The unknown ids look like {kind} hashes. "
                "Upload the ids as the workspace knows them, or import users under their hashes."
            )
    if zeros:
        return (
            f"{zeros:,} {of} differ from a user only by zeros in front, which spreadsheets drop. "
            "Export the ids as text."
        )
    return ""
