"""What the columns of a seed file hold: which line is a heading, which column the ids, which numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# In order of preference, where a file has several; spaces, dots and dashes count as underscores.
ID_NAMES = (
    *("user_id", "userid", "user", "uid", "customer_id", "customerid", "customer", "member_id"),
    *("memberid", "subscriber_id", "account_id", "profile_id", "visitor_id", "client_id", "person_id"),
    *("crm_id", "external_id", "device_id", "id", "email_sha256", "hashed_email", "email", "e_mail"),
    *("email_address", "mail"),
)
MISSING = pa.array(["", "-", "na", "n/a", "#n/a", "nan", "null", "none"])
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
# Outside semicolon files "1,234" may be a thousand or a fraction: it is not guessed which.
DECIMAL_COMMA = {";": r"^[+-]?\d*,\d+$", "\t": r"^[+-]?\d*,(\d{1,2}|\d{4,})$"}
MOMENT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?$"


def heading(columns: Sequence[pa.StringArray], delimiter: str) -> tuple[bool, int]:
    """Say whether the first line is a heading, and which column holds the ids.

    A first line is a heading if it names an id column, or if text stands above numbers in it.
    A lone unknown word above a single column may as well be an id, and is taken as one.
    """
    tops = [column[0].as_py() for column in columns]
    candidates = [at for at, top in enumerate(tops) if key(top) in ID_NAMES]
    named = []
    if candidates:
        again = [mask(pc.equal(column, top)) for column, top in zip(columns, tops, strict=True)]
        whole = np.logical_and.reduce(again)
        # "mail" may also be a value, of a column of channels: then it comes again on its own; a
        # heading comes again as a whole, where files were joined
        named = [
            (ID_NAMES.index(key(tops[at])), at) for at in candidates if not (again[at] & ~whole).any()
        ]
    if named:
        return True, min(named)[1]
    ids = columns[0]
    digits = mask(pc.match_substring_regex(ids, r"\d"))
    # an id with digits above other ids with digits is an id, whatever stands beside it
    if len(ids) < 2 or (digits[0] and digits[1:].mean() > 0.5):
        return False, 0
    for column in columns[1:]:
        found, wrong = numbers(column, delimiter)
        if wrong[0] and np.isfinite(found[1:]).sum() > 9 * wrong[1:].sum():
            return True, 0
    return False, 0


def are_ids(row: Sequence[str]) -> bool:
    """Say whether the only row of a file is all its ids, rather than headings or an id with values."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(filled) < 2 or any(key(cell) in ID_NAMES for cell in filled):
        return False
    values = [bool(re.match(NUMBER, cell) or re.match(MOMENT, cell)) for cell in filled]
    return values[0] or not all(values[1:])


def key(name: str) -> str:
    """Return a heading as `ID_NAMES` writes it."""
    return re.sub(r"[\s.\-]+", "_", name.strip().lower())


def numbers(cells: pa.StringArray, delimiter: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a column's numbers (NaN where there is none) and which cells should be but are not."""
    if delimiter in DECIMAL_COMMA:
        comma = pc.match_substring_regex(cells, DECIMAL_COMMA[delimiter])
        cells = pc.if_else(comma, pc.replace_substring(cells, ",", "."), cells)
    good = pc.match_substring_regex(cells, NUMBER)
    # Arrow reads no leading plus sign
    plain = pc.if_else(good, pc.utf8_ltrim(cells, "+"), pa.scalar(None, pa.string()))
    found = pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)
    missing = mask(pc.is_in(pc.utf8_lower(cells), MISSING))
    found = np.where(np.isfinite(found), found, np.nan)
    return found, np.isnan(found) & ~missing


def moments(cells: pa.StringArray) -> np.ndarray | None:
    """Return a column's dates or times as datetime64[s], NaT where there is none.

    They are understood as 2024-05-31, with hours, minutes and seconds (in UTC) or without; dates
    that could be read in two ways are not guessed. None where the column holds something else.
    """
    empty = mask(pc.is_in(pc.utf8_lower(cells), MISSING))
    texts = pc.utf8_slice_codeunits(pc.utf8_rtrim(cells, "Z"), 0, 19)
    texts = pc.replace_substring(texts, "T", " ")
    texts = pc.if_else(
        pc.equal(pc.utf8_length(texts), 10),
        pc.binary_join_element_wise(texts, "00:00:00", " "),
        pc.if_else(
            pc.equal(pc.utf8_length(texts), 16), pc.binary_join_element_wise(texts, "00", ":"), texts
        ),
    )
    good = pc.match_substring_regex(cells, MOMENT)
    texts = pc.if_else(good, texts, pa.scalar(None, pa.string()))
    found = pc.strptime(texts, "%Y-%m-%d %H:%M:%S", "s", error_is_null=True)
    times: np.ndarray = found.to_numpy(zero_copy_only=False).astype("datetime64[s]")
    # the 31st of February is read as a day in March
    same = mask(pc.fill_null(pc.equal(pc.strftime(found, "%Y-%m-%d %H:%M:%S"), texts), False))
    unread = ~same & ~empty
    return None if unread.any() or np.isnat(times).all() else times


def mask(array: pa.BooleanArray) -> np.ndarray:
    """Return an Arrow array without nulls as a NumPy mask."""
    flags: np.ndarray = array.to_numpy(zero_copy_only=False)
    return flags
