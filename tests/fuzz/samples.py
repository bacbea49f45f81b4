"""Whole files for each parser, which damage is then done to, and files that are odd from the start."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .spreadsheets import with_strings, workbook

USERS = tuple(f"u{number:03d}" for number in range(60))
HEADS = {
    "users": "user_id,country,last_active,age",
    "items": "item_id,title,category",
    "interactions": "user_id,item_id,ts,kind,value",
    "embeddings": "user_id,e0,e1,e2",
    "features": "user_id,feature,value",
    "engagement": "user_id,clicks,ctr,revenue",
}


def seed_files() -> dict[str, bytes]:
    """Seed lists in the usual forms, by file name."""
    rows = [(user, f"{number}.5", "Köln") for number, user in enumerate(USERS[:30])]
    table = "\n".join(map(",".join, [("user_id", "spend", "town"), *rows]))
    return {
        "plain.csv": "\n".join(USERS[:40]).encode(),
        "head.csv": table.encode(),
        "semicolons.csv": table.replace(",", ";").replace(".", ",").encode("cp1252"),
        "tabs.tsv": table.replace(",", "\t").encode("utf-16"),
        "quoted.csv": "\r\n".join(
            ",".join(f'"{cell}"' for cell in row) for row in [("id", "note", "value"), *rows]
        ).encode("utf-8-sig"),
        "dates.csv": (
            "id,day\n" + "\n".join(f"{user},2024-05-{n + 1:02d}" for n, user in enumerate(USERS[:28]))
        ).encode(),
        "messy.csv": b"sep=;\nUser ID;Wert\n u001 ;1,5\n\n;\nu002;x\nU003;\n1,23E+10;4\n",
        "book.xlsx": workbook([("id", "spend"), *((user, n) for n, user in enumerate(USERS[:20]))]),
        "texts.xlsx": with_strings(
            ["user", *USERS[:9]], "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(10))
        ),
        "numbers.xlsx": workbook([(n, n / 2, dt.date(2024, 5, 1)) for n in range(20)], "00000"),
    }


def tables(kind: str) -> dict[str, bytes]:
    """Tables of a kind, as CSV and Parquet, by file name."""
    made = random.Random(kind)
    rows: list[list[object]] = []
    for number in range(40):
        user = USERS[made.randrange(len(USERS))]
        rows.append({
            "users": [user, "de", _day(1 + number % 28), number],
            "items": [f"i{number}", f"Title, {number}", "a|b"],
            "interactions": [user, f"i{made.randrange(9)}", _day(1), "view", 1.5],
            "embeddings": [user, made.random(), made.random(), -made.random()],
            "features": [user, f"f{number % 7}", 0.5],
            "engagement": [user, number, number / 100, -1.25],
        }[kind])  # fmt: skip
    names = HEADS[kind].split(",")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    table = pa.table(columns)
    found = {
        "table.csv": _csv([names, *rows]).encode(),
        "quoted.csv": _csv([names, *rows], quoting=csv.QUOTE_ALL).encode("utf-16"),
        "table.parquet": parquet(table),
        "dictionary.parquet": parquet(
            pa.table([column.dictionary_encode() for column in table.columns], names)
        ),
    }
    if kind == "embeddings":
        vectors = pa.array(
            [[made.random() for _ in range(4)] for _ in range(20)], pa.list_(pa.float32())
        )
        found["vectors.parquet"] = parquet(pa.table({"user_id": USERS[:20], "vector": vectors}))
        lists = [("user_id", "vector"), *((user, "[0.5, 1, -2e-3]") for user in USERS[:20])]
        found["vectors.csv"] = _csv(lists, delimiter=";").encode()
    return found


def results() -> dict[str, bytes]:
    """Results of an experiment, by file name."""
    made = random.Random(8)
    rows = [
        (
            f"u{n}",
            ("control", "treatment")[made.random() < 0.5],
            made.randrange(30),
            made.randrange(4),
            round(made.random(), 2),
        )
        for n in range(80)
    ]
    names = ("user_id", "variant", "impressions", "clicks", "revenue")
    text = "\n".join([",".join(names), *(",".join(map(str, row)) for row in rows)])
    days = "\n".join(
        ["user_id,variant,day,impressions,clicks"]
        + [f"{u},{v},2024-05-0{1 + d},{i},{min(c, i)}" for u, v, i, c, _ in rows[:40] for d in range(2)]
    )
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    return {
        "results.csv": text.encode(),
        "days.csv": days.replace(",", ";").encode("utf-16"),
        "results.parquet": parquet(table),
        "results.xlsx": workbook([names, *rows[:40]]),
    }


def _day(day: int) -> dt.datetime:
    return dt.datetime(2024, 5, day, tzinfo=dt.UTC).replace(tzinfo=None)


def _csv(rows: Sequence[Sequence[object]], **how: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, **how).writerows(rows)
    return buffer.getvalue()


def parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def odd_text(chance: random.Random, head: str) -> bytes:
    """A text file that is odd as a whole: very wide, very long, of one line, of nothing but quotes."""
    return chance.choice(_odd_texts(head, chance.choice(USERS)))()


def _odd_texts(head: str, user: str) -> Sequence[Callable[[], bytes]]:
    return (
        lambda: (head + "".join(f",c{n}" for n in range(9_990)) + f"\n{user}" + ",1" * 9_990).encode(),
        lambda: (head + ",a" * 9_990 + f"\n{user}" + ",1" * 9_990).encode(),
        lambda: (head + "," * 9_990 + f"\n{user}").encode(),
        lambda: (f"{user}," * 300_000).encode(),
        lambda: (user * 400_000).encode(),
        lambda: (head + "\n" + f"{user},1\n" * 60_000).encode(),
        lambda: ('"' * 200_001).encode(),
        lambda: (head + "\n" + f'"{user}\n' * 5_000).encode(),
        lambda: b"\n" * 500_000 + user.encode(),
        lambda: b" " * 500_000,
        lambda: b"\0" * 5_000,
        lambda: b"",
        lambda: head.encode(),
        lambda: (head + "\n").encode("utf-16-be"),
        lambda: b"\xff\xfe" + head.encode("utf-16-be"),
        lambda: b"\xef\xbb\xbf" * 3 + head.encode(),
        lambda: (head + "\n" + "\n".join(f"{user}{n}" + ",x" * (n % 9) for n in range(300))).encode(),
        lambda: b"[" * 100_000,
        lambda: b'{"a":' * 50_000,
        lambda: b"PK\x03\x04" + user.encode() * 50,
        lambda: b"PK\x05\x06" + bytes(18),
        lambda: b"PAR1" + bytes(40) + b"PAR1",
        lambda: b"PAR1" + b"\xff" * 40 + b"\xff\xff\xff\x7fPAR1",
        lambda: b"\xd0\xcf\x11\xe0" + bytes(600),
        lambda: b"\x1f\x8b\x08" + bytes(30),
        lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(99),
        lambda: b"SQLite format 3\0" + bytes(100),
        lambda: b"<?xml version='1.0'?><Workbook/>",
    )


@functools.cache
def odd_parquet() -> tuple[bytes, ...]:
    """Parquet files of types and shapes that no table of ours has."""
    ids = list(USERS[:5])
    deep: pa.Array = pa.array([1.5] * 32)
    for _ in range(5):
        deep = pa.ListArray.from_arrays(pa.array(range(0, len(deep) + 1, 2), pa.int32()), deep)
    deeper = pa.array(ids)
    for level in range(40):
        deeper = pa.StructArray.from_arrays([deeper], [f"l{level}"])
    columns: Mapping[str, object] = {
        "deep list": pa.array([[[[[0.5]]]]] * 5),
        "deep struct": deeper,
        "map": pa.array([[("a", 1)]] * 5, pa.map_(pa.string(), pa.int64())),
        "binary": pa.array([b"\xff\x00"] * 5),
        "null": pa.nulls(5),
        "decimal": pa.array([1] * 5).cast(pa.decimal128(38, 10)),
        "huge decimal": pa.array([10**37] * 5, pa.decimal128(38, 0)),
        "unsigned": pa.array([2**64 - 1] * 5, pa.uint64()),
        "nan": pa.array([float("nan"), float("inf"), None, -0.0, 1e308]),
        "time": pa.array([dt.time(1)] * 5),
        "interval": pa.array([dt.timedelta(1)] * 5),
        "zoned": pa.array([dt.datetime(2024, 5, 1, tzinfo=dt.UTC)] * 5),
        "far": pa.array([2**62] * 5, pa.timestamp("us")),
        "uneven": pa.array([[1.0], [], None, [1.0, 2.0], [float("nan")]]),
        "texts": pa.array([["a"], ["b"], [], None, ["1"]]),
        "boolean": pa.array([True, None, False, True, True]),
        "empty text": pa.array(["", " ", "\0", "\ud7ff", "a" * 100_000]),
    }
    made = [pa.table({"user_id": ids, name: column}) for name, column in columns.items()]
    made += [pa.table({"user_id": ids, "vector": column}) for column in columns.values()]
    made += [pa.table({"user_id": column, "value": range(5)}) for column in columns.values()]
    made += [
        pa.table({"user_id": pa.array([], pa.string())}),
        pa.table({"user_id": ids, "item_id": ids, "ts": columns["far"]}),
        pa.table({"user_id": ids, **{f"c{n}": range(5) for n in range(2_000)}}),
        pa.table([ids, ids, range(5)], ["user_id", "User_ID", "value"]),
        pa.table([ids, ids, range(5)], ["user_id", "user_id", "value"]),
        pa.table([ids, range(5)], ["user_id", 'x"; DROP TABLE users; --']),
        pa.table([ids, range(5)], ["user_id", "row"]),
        pa.table([ids, range(5)], ["user_id", "file_row_number"]),
        pa.table([ids, range(5)], ["user_id", "#line"]),
        pa.table([ids, range(5)], ["user_id", ""]),
        pa.table([ids, ["control", "treatment"] * 2 + ["b"], [1] * 5], ["user_id", "variant", "clicks"]),
    ]
    written = []
    for table in made:
        buffer = io.BytesIO()
        try:
            pq.write_table(table, buffer)
        except pa.ArrowException:
            continue
        written.append(buffer.getvalue())
    return tuple(written)
