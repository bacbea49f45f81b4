"""What can be downloaded while a list is taken in: the ids that did not match, and a template."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lookalike.seeds.matching import MatchReport
from lookalike.workspace import Workspace

HEAD = ("user_id", "value")
VALUES = ("12.50", "3", "")
SAMPLE = 1_000
LONGEST = 80
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
FILLED_IN = tuple(zip("1234567890", "xyzabcdefg", strict=True))  # for digits, for letters
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would run has no place in a template
HEX = re.compile(r"[0-9a-f]{24,}", re.IGNORECASE)


def unmatched_csv(report: MatchReport) -> bytes:
    """Return the ids that did not match as CSV: line, id, reason, in the file's order.

    Ids are written as they came, for they are to be looked up elsewhere. The reasons are sentences
    of our own that begin with a letter, so that no spreadsheet takes one for a formula.
    """
    reasons = pa.array([one.reason for one in report.why], pa.string())
    table = pa.table(
        {
            "line": pa.array(report.unknown_lines, pa.int64()),
            "id": report.unknown_ids,
            "reason": reasons.take(pa.array(report.which, pa.int64())),
        }
    )
    sink = io.BytesIO()
    options = pa.csv.WriteOptions(quoting_style="needed")
    pa.csv.write_csv(table, sink, options)
    return sink.getvalue()


def shapes(workspace: Workspace) -> list[str]:
    """Return up to three made-up ids in the shape of the workspace's own; none is a user.

    Only what more than half of the ids begin with is taken over, up to the first digit; all other
    letters and digits are replaced.
    """
    with workspace.cursor() as cursor:
        rows = cursor.execute("SELECT user_id FROM users ORDER BY row LIMIT ?", [SAMPLE]).fetchall()
        made = _made_up([user for (user,) in rows])
        known = cursor.execute(
            "SELECT user_id FROM users WHERE list_contains(?, user_id)", [made]
        ).fetchall()
    taken = {user for (user,) in known}
    return [one for one in made if one not in taken and not one.startswith(FORMULA)][: len(VALUES)]


def template_csv(workspace: Workspace) -> bytes:
    """Return a seed file to fill in: user_id, value, and lines that show how ids look here."""
    examples = shapes(workspace) or [f"your-user-id-{place}" for place in range(1, len(VALUES) + 1)]
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(zip(examples, VALUES, strict=False))
    return sink.getvalue().encode()


def _made_up(ids: list[str]) -> list[str]:
    if not ids:
        return []
    texts = pa.array(ids, pa.string())
    heads = pc.value_counts(pc.extract_regex(texts, r"^(?P<head>[^0-9]*)").field("head")).to_pylist()
    common = max(heads, key=lambda one: int(one["counts"]))
    head = common["values"] if common["counts"] > len(ids) / 2 else ""
    rests = [one[len(head) :] for one in ids if one.startswith(head)]
    usual = Counter(map(len, rests)).most_common(1)[0][0]
    rest = next(one for one in rests if len(one) == usual)[:LONGEST]
    return list(dict.fromkeys(head + _masked(rest, *marks) for marks in FILLED_IN))


def _masked(text: str, digit: str, letter: str) -> str:
    if UUID.fullmatch(text) or HEX.fullmatch(text):
        return re.sub(r"[0-9a-fA-F]", digit, text)
    return re.sub(r"[^\W\d_]", letter, re.sub(r"\d", digit, text))
