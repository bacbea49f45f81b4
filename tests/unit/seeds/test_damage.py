"""What spreadsheets do to ids is recognised by its looks, and nothing else is."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lookalike.seeds.damage import DAMAGES, damaged, kinds, sentence


def kind(text: str) -> str:
    ids = pa.array([text])
    return DAMAGES[kinds(ids)[0]].kind if damaged(ids)[0] else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.23E+10", "shortened"),
        ("1,2e+15", "shortened"),
        ("123.0", "decimals"),
        ("123,00", "decimals"),
        ("2026-03-01", "date"),
        ("2026-03-01 08:30:00", "date"),
        ("3-Mar", "date"),
        ("Mrz 26", "date"),
        ("3. März 2026", ""),
        ("12/3/26", "date"),
        ("03.12.2026", "date"),
        ("1.2.0", ""),
        ("12e5", ""),
        ("0071", ""),
        ("1-2", ""),
        ("mar", ""),
        ("march-ann", ""),
        ("2026-03", ""),
    ],
)
def test_each_kind_is_told_from_the_others_and_from_ids(text, expected):
    assert kind(text) == expected


def test_rounded_numbers_and_what_only_a_workbook_knows():
    rounded = pa.array(["1234567890123450", "98765432109876500", "1112223334445550"])
    assert damaged(rounded).all()
    assert {DAMAGES[place].kind for place in kinds(rounded)} == {"rounded"}
    assert DAMAGES[kinds(pa.array(["1.5"]))[0]].kind == "number"


def test_the_sentence_names_the_id_and_its_fate():
    assert sentence("1.23E+10").startswith("'1.23E+10' is a long number that a spreadsheet shortened")
    assert "date" in sentence("3-Mar")
    assert len(sentence("x" * 10_000)) < 500
