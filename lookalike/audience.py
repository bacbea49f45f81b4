"""From scores to an audience: rank the candidates, cut, and write the file whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.errors import BadInput, NotFound
from lookalike.pool import Pool
from lookalike.workspace import Workspace, now, whole_file

RANKED = np.dtype([("row", np.int32), ("score", np.float32)])


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """All candidates of a run, best first; an audience is the first so many of them.

    Attributes:
        candidates: `users.row` and score in rank order, shape (candidates,).
        eligible: Eligible users, what a percentage is taken of (the seeds are among them).
    """

    candidates: NDArray[np.void]
    eligible: int

    def __len__(self) -> int:
        return len(self.candidates)

    def count(self, size: float) -> int:
        """Return how many users a size means: a float is a share of the eligible, an int a count.

        Raises:
            BadInput: The size is not positive, or asks for more users than there are.
        """
        if not size > 0:
            raise BadInput(
                f"An audience of {size:g} is no audience.", "Give a share such as 0.05, or a count."
            )
        if isinstance(size, float) and size <= 1:
            return min(max(1, int(np.floor(size * self.eligible + 1e-9))), len(self))
        if size > len(self):
            raise BadInput(
                f"You asked for {size:,.0f} users; {len(self):,} are available: the eligible ones "
                "less the seeds.",
                "Ask for fewer, or give a share such as 0.05.",
            )
        return int(size)


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
    try:
        share = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if 0 < share <= 1:
        return share
    raise BadInput(
        f"{text!r} is not an audience size.",
        "Write a share of the eligible users (0.05 or 5%) or a number of users (50000).",
    )


def rank(pool: Pool, scores: NDArray[np.float32], seeds: NDArray[np.int64]) -> Ranking:
    """Rank every eligible user but the seeds, best first; equal scores go by a hash of the row.

    Args:
        pool: The users.
        scores: One a position, shape (positions,).
        seeds: Positions of the seeds.
    """
    candidates = np.setdiff1d(pool.eligible, seeds, assume_unique=True)
    order = np.lexsort((pool.tie_order[candidates], -scores[candidates]))
    ranked = np.empty(len(candidates), RANKED)
    ranked["row"] = pool.vectors.rows[candidates[order]]
    ranked["score"] = scores[candidates[order]]
    return Ranking(ranked, len(pool.eligible))


def write_csv(workspace: Workspace, ranking: Ranking, count: int, path: Path) -> str:
    """Write the first `count` users as `user_id, score, rank, percentile`; return the SHA-256.

    The percentile is the share of the ranked users, in percent, that score no higher. The file
    stands under its name only once it is complete.

    Raises:
        BadInput: The file cannot be written there.
    """
    chosen = ranking.candidates[:count]
    table = pa.table(
        {
            "row": chosen["row"],
            "score": chosen["score"],
            "rank": np.arange(1, len(chosen) + 1, dtype=np.int32),
        }
    )
    try:
        with whole_file(path) as partial, workspace.cursor() as cursor:
            cursor.register("chosen", table)
            cursor.execute(
                "COPY (SELECT user_id, score, rank, "
                f"round(100.0 * ({len(ranking)} - rank + 1) / {len(ranking)}, 4) AS percentile "
                "FROM chosen JOIN users USING (row) ORDER BY rank) "
                f"TO '{str(partial).replace(chr(39), chr(39) * 2)}' (FORMAT csv, HEADER)"
            )
            with partial.open("rb") as handle:
                digest = hashlib.file_digest(handle, "sha256").hexdigest()
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or str(error).rpartition(": ")[2]
        raise BadInput(f"{path} cannot be written: {reason}.", "Choose a folder that exists.") from error
    return digest


def record(workspace: Workspace, run: str, name: str, ranking: Ranking, count: int, digest: str) -> None:
    """Remember what was exported; the same file of the same run is remembered once."""
    chosen = ranking.candidates[:count]
    members = pa.table(
        {
            "row": chosen["row"],
            "rank": np.arange(1, len(chosen) + 1, dtype=np.int32),
            "score": chosen["score"],
        }
    )
    with workspace.write() as cursor:
        known = cursor.execute(
            "SELECT 1 FROM audiences WHERE run = ? AND file_hash = ?", [run, digest]
        ).fetchone()
        if known:
            return
        last = cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM audiences").fetchone()
        number = int(last[0]) if last else 1
        cursor.execute(
            "INSERT INTO audiences VALUES (?, ?, ?, ?, ?, ?, ?)",
            [number, run, name, now(), json.dumps({"users": count}), count, digest],
        )
        cursor.register("members", members)
        cursor.execute(
            "INSERT INTO audience_members SELECT ?, row, rank, score, false FROM members", [number]
        )


@dataclass(frozen=True, slots=True)
class Exported:
    """An audience that was exported.

    Attributes:
        id: Its number in the workspace.
        run: The run that it was cut from.
        name: Of the seed list.
        created: When, in UTC.
        users: How many it holds.
        file_hash: SHA-256 of the file.
    """

    id: int
    run: str
    name: str
    created: dt.datetime
    users: int
    file_hash: str


def exported(workspace: Workspace) -> list[Exported]:
    """Return what was exported, the newest first."""
    with workspace.cursor() as cursor:
        rows = cursor.execute(
            "SELECT id, run, name, created, users, file_hash FROM audiences ORDER BY id DESC"
        ).fetchall()
    return [Exported(*row) for row in rows]


def members(workspace: Workspace, audience: int) -> pa.Table:
    """Return who is in an exported audience: user_id, rank, score and holdout, the best first.

    Raises:
        NotFound: There is no such audience.
    """
    with workspace.cursor() as cursor:
        if not cursor.execute("SELECT 1 FROM audiences WHERE id = ?", [audience]).fetchone():
            raise NotFound(
                f"There is no audience {audience} in this workspace.", "Look under exported audiences."
            )
        return cursor.execute(
            "SELECT user_id, rank, score, holdout FROM audience_members JOIN users USING (row) "
            "WHERE audience = ? ORDER BY rank",
            [audience],
        ).to_arrow_table()


def save_ranking(workspace: Workspace, run: str, ranking: Ranking) -> None:
    """Keep a run's ranking beside the database."""
    with workspace.writing_file(_file(workspace, run)) as partial, partial.open("wb") as handle:
        np.save(handle, ranking.candidates)


def load_ranking(workspace: Workspace, run: str, eligible: int) -> Ranking:
    """Map a run's ranking.

    Raises:
        BadInput: It is gone from the folder.
    """
    try:
        return Ranking(np.load(_file(workspace, run), mmap_mode="r"), eligible)
    except (OSError, EOFError, ValueError) as error:
        raise BadInput(
            "The scores of this run are no longer in the workspace folder.",
            "Train again on the same list: the same settings give the same audience.",
        ) from error


def _file(workspace: Workspace, run: str) -> Path:
    return workspace.file_in("scores", f"{run}.npy")
