import io

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.seeds.cells import MOST_COLUMNS
from lookalike.seeds.files import KEPT_PROBLEMS, from_ids, parse, parse_text

NAN = np.nan


def workbook(*rows, number_format=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if number_format:
        for (cell,) in book.active.iter_rows(max_col=1):
            cell.number_format = number_format
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def spoken(file):
    return [(problem.line, problem.kind) for problem in file.problems]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_every_usual_way_to_write_a_table(delimiter, encoding, newline, quote):
    rows = [
        ("user_id", "spend", "ort"),
        ("0071", "1.5", "Köln"),
        ("u|2", "", "Zürich"),
        ("ü3", "-2", ""),
    ]
    if delimiter == "|":
        rows[2] = ("u2", *rows[2][1:])
    text = newline.join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    file = parse(text.encode(encoding), "seeds.csv")
    assert file.ids.to_pylist() == [row[0] for row in rows[1:]]
    assert file.lines.tolist() == [2, 3, 4]
    np.testing.assert_array_equal(file.values["spend"], [1.5, NAN, -2])
    assert (file.id_column, file.header, file.delimiter) == ("user_id", True, delimiter)
    assert file.encoding == encoding.removesuffix("-sig")
    assert file.ignored == ("ort",)
    assert file.problems == ()


def test_lines_are_those_of_the_file():
    data = b'\n  \nuser_id,note,spend\n\n u1 ,"two\nlines",1\n,,\n,x,3\n"u2",y,4\n'
    file = parse(data, "seeds.csv")
    assert file.ids.to_pylist() == ["u1", "u2"]
    assert file.lines.tolist() == [5, 9]
    assert file.values["spend"].tolist() == [1, 4]
    assert file.blank == 1
    assert spoken(file) == [(8, "no id")]


@pytest.mark.parametrize(
    ("text", "header", "ids"),
    [
        ("u1\nu2", False, ["u1", "u2"]),
        ("User ID\nu1", True, ["u1"]),
        ("E-Mail\na@b.de", True, ["a@b.de"]),
        ("kunde\nu1\nu2", False, ["kunde", "u1", "u2"]),
        ("kunde;umsatz\nu1;3\nu2;4", True, ["u1", "u2"]),
        ("name,customer_id,value\nann,c1,3\nbob,c2,4", True, ["c1", "c2"]),
        ("email,id\na@b.de,1\nb@b.de,2", True, ["1", "2"]),
        # a first value that is missing or mistyped makes no heading of an id
        ("u1,n/a\nu2,3\nu3,4", False, ["u1", "u2", "u3"]),
        ("u1,oops\nu2,3\nu3,4", False, ["u1", "u2", "u3"]),
        # a channel is no heading
        ("u1,mail\nu2,mail\nu3,shop", False, ["u1", "u2", "u3"]),
        ("ann,3\nbob,4", False, ["ann", "bob"]),
        # two exports joined: the second heading is named as an unknown id later
        ("v,user_id\n1,u1\nv,user_id\n2,u2", True, ["u1", "user_id", "u2"]),
    ],
)
def test_headings_and_the_id_column(text, header, ids):
    file = parse(text.encode(), "seeds.csv")
    assert file.header is header
    assert file.ids.to_pylist() == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("auth0|1\nauth0|2\nauth0|3", ["auth0|1", "auth0|2", "auth0|3"]),
        ("user_id\na,1\nb,2", ["a,1", "b,2"]),
        ("sep=;\nuser_id;x\na,b;1", ["a,b"]),
        ('"u1\nu2\nu3', ["u1", "u2", "u3"]),
        ('u1\n"u2\nu3\nu4"\nu5', ["u1", "u2", "u3", "u4", "u5"]),
        ("\u00a0u1\u200b\n\ufeffu2", ["u1", "u2"]),
        ("u1,\nu2,\n", ["u1", "u2"]),
    ],
)
def test_what_does_not_separate_columns_stays(text, ids):
    assert parse(text.encode(), "seeds.csv").ids.to_pylist() == ids


@pytest.mark.parametrize(
    ("text", "values", "wrong"),
    [
        ("id;v\na;1,5\nb;2\nc;,5", [1.5, 2, 0.5], 0),
        ("a;1,5\nb;2,25", [1.5, 2.25], 0),
        ("id\tv\na\t1,5\nb\t1,234\nc\t3", [1.5, NAN, 3], 1),
        ('id,v\na,"1,5"\nb,2\nc,3', [NAN, 2, 3], 1),
        ("id,v\na,+1e2\nb,.5\nc,-3.", [100, 0.5, -3], 0),
        ("id,v\na,N/A\nb,NULL\nc,-\nd,1", [NAN, NAN, NAN, 1], 0),
        ("id,v\na,1e999\nb,inf\nc,2\nd,3", [NAN, NAN, 2, 3], 2),
    ],
)
def test_numbers(text, values, wrong):
    file = parse(text.encode(), "seeds.csv")
    (found,) = file.values.values()
    np.testing.assert_array_equal(found, values)
    assert file.counts.get("value", 0) == wrong


def test_several_columns_unnamed_ones_and_doubled_ones():
    file = parse(b",user_id,spend,spend,empty,id\n0,u1,1,2,,7\n1,u2,3,4,,8\n", "seeds.csv")
    assert {name: column.tolist() for name, column in file.values.items()} == {
        "spend": [1, 3],
        "spend_2": [2, 4],
    }
    assert file.ignored == ("id",)
    assert spoken(file) == [(1, "columns")]
    assert list(parse(b"u1,3,x\nu2,4,y", "seeds.csv").values) == ["column_2"]


def test_a_crowded_line_keeps_its_id_and_loses_its_numbers():
    file = parse(b"user_id,spend\nu1,1\nu2,1,5\nu3,2,\nu4\n", "seeds.csv")
    assert file.ids.to_pylist() == ["u1", "u2", "u3", "u4"]
    np.testing.assert_array_equal(file.values["spend"], [1, NAN, 2, NAN])
    assert spoken(file) == [(3, "columns")]


@pytest.mark.parametrize("text", ["1.23E+10", "1,2E+15", "5E+10", "1.23457e+19", "123.0", "123,00"])
def test_damaged_ids_are_named_and_kept_as_they_are(text):
    file = parse(f'user_id\nu1\n"{text}"\n'.encode(), "seeds.csv")
    assert file.ids.to_pylist() == ["u1", text]
    assert file.damaged.tolist() == [False, True]
    assert spoken(file) == [(3, "damaged")]
    assert repr(text) in file.problems[0].text


@pytest.mark.parametrize("text", ["12e5", "1e10", "a1.0", "123.01", "0071", "1.2.0", "1-2", "-"])
def test_ids_that_only_look_odd_are_not_damaged(text):
    assert not parse(f"user_id\n{text}".encode(), "seeds.csv").damaged.any()


def test_long_ids_that_all_end_in_zeros_were_rounded():
    rounded = ["1234567890123450", "98765432109876500", "1112223334445550"]
    assert from_ids(rounded).damaged.all()
    assert not from_ids([*rounded, "1234567890123456"]).damaged.any()
    assert not from_ids(rounded[:1]).damaged.any()


def test_a_workbook_whatever_it_is_called():
    data = workbook(
        ["user_id", "spend", "since"],
        ["007", 1.5],
        [12, None],
        [],
        [45.0, 3],
        [1.5, 4],
        [1.2e19],
        [2**53],
    )
    for name in ("seeds.xlsx", "seeds.csv"):
        file = parse(data, name)
        assert file.ids.to_pylist() == ["007", "12", "45", "1.5", "1.2e+19", str(2**53)]
        assert file.lines.tolist() == [2, 3, 5, 6, 7, 8]
        assert file.damaged.tolist() == [False, False, False, True, True, True]
        np.testing.assert_array_equal(file.values["spend"], [1.5, NAN, 3, 4, NAN, NAN])
        assert file.encoding == "xlsx"


def test_a_workbook_keeps_the_zeros_its_number_format_shows():
    assert parse(workbook([7], [1234567], number_format="00000"), "x.xlsx").ids.to_pylist() == [
        "00007",
        "1234567",
    ]


def test_a_short_first_row_of_a_workbook_does_not_narrow_it():
    file = parse(workbook(["u1"], ["u2", 5]), "x.xlsx")
    np.testing.assert_array_equal(file.values["column_2"], [NAN, 5])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        ("\n \n".encode("utf-16"), "is empty"),
        (b" \r\n,,\n", "is empty"),
        (b"user_id\n", "holds no user ids"),
        (b"user_id,spend\n,1\n,2\n", "holds no user ids.*'user_id'"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\x03\x04broken", "zip archive"),
        (b"PAR1....PAR1", "Parquet"),
        (b"7z\xbc\xaf'\x1c\x00", "7-Zip"),
        (b"SQLite format 3\0", "SQLite"),
        (b"{\\rtf1 u1}", "word-processor"),
        (b"<table><tr><td>u1</td></tr></table>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1", "old .* Excel"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b'[{"user_id": 1}]', "JSON"),
        (b"u1\0u2", "zero bytes"),
        (b"\xff\xfeu\0001", "UTF-16"),
        (b"u\0001\0\n\0\xd8\xd8", "UTF-16"),
        (b"user_id,v\nu1,1,5\nu2,1,6\n", "has 2 cells on its first line and more.*semicolons"),
    ],
)
def test_what_is_no_seed_list_is_refused_in_a_sentence(data, message):
    with pytest.raises(BadInput, match=f"(?s)^seeds.csv .*{message}") as caught:
        parse(data, "some/folder\\seeds.csv")
    assert caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["u1\nü2", "user_id;v\r\nu1;3\r\nü2;4"])
def test_utf_16_without_a_mark_is_read(encoding, text):
    file = parse(text.encode(encoding), "seeds.csv")
    assert file.ids.to_pylist() == ["u1", "ü2"]
    assert file.encoding == "utf-16"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("u1,u2,u3", ["u1", "u2", "u3"]),
        ("\n\n u1; u2 ;u3;\n \n", ["u1", "u2", "u3"]),
        ("sep=;\nu1;u2", ["u1", "u2"]),
        ('"u1"\t"u,2"\t"u3"', ["u1", "u,2", "u3"]),
        ("101,102,103", ["101", "102", "103"]),
        # one user with values is a table of one row
        ("u1,5", ["u1"]),
        ("u1,5,2026-01-31", ["u1"]),
    ],
)
def test_ids_may_all_stand_on_one_line(text, ids):
    assert parse(text.encode(), "seeds.csv").ids.to_pylist() == ids


def test_ids_on_one_line_may_be_more_than_a_table_has_columns():
    ids = [f"u{number}" for number in range(3 * MOST_COLUMNS)]
    file = parse(",".join(ids).encode(), "seeds.csv")
    assert file.ids.to_pylist() == ids
    assert file.lines.tolist() == list(range(1, len(ids) + 1))


def test_ids_may_all_stand_in_one_row_of_a_workbook():
    file = parse(workbook(["u1", 1.5, "u3"]), "x.xlsx")
    assert file.ids.to_pylist() == ["u1", "1.5", "u3"]
    assert file.damaged.tolist() == [False, True, False]


def test_broken_and_empty_workbooks_are_refused():
    whole = workbook(["u1"])
    with pytest.raises(BadInput, match=r"first sheet of x\.xlsx is empty"):
        parse(workbook(), "x.xlsx")
    place = whole.index(b"xl/worksheets/sheet1.xml")
    with pytest.raises(BadInput, match=r"cannot be read|zip archive"):
        parse(whole[:place] + b"\0" * 200 + whole[place + 200 :], "x.xlsx")


def test_problems_are_counted_all_and_kept_in_part():
    rows = "\n".join(f"u{i},{'oops' if i % 2 else i}" for i in range(2 * KEPT_PROBLEMS + 10))
    file = parse(f"user_id,v\n{rows}\n1.5E+10,1".encode(), "seeds.csv")
    assert file.counts["value"] == KEPT_PROBLEMS + 5
    assert file.counts["damaged"] == 1
    assert len(file.problems) == KEPT_PROBLEMS


@pytest.mark.parametrize(
    "text", ["a, b,c", "a b  c", "a;b;c\n", "a\nb\n\nc\n", "user_id\na\nb\nc", "a,\nb,\nc", "a,b\nc,"]
)
def test_pasted_ids(text):
    file = parse_text(text)
    assert file.ids.to_pylist() == ["a", "b", "c"]
    assert file.values == {}


def test_a_pasted_table_keeps_its_numbers():
    file = parse_text("user_id\tspend\nu1\t3\nu2\t4")
    assert file.values["spend"].tolist() == [3, 4]
    with pytest.raises(BadInput, match="The pasted text is empty"):
        parse_text(" \n")


def test_ids_from_python():
    file = from_ids([" 007", 12, None, NAN, "12.0"], {"spend": [1, 2, 3, 4, np.inf]})
    assert file.ids.to_pylist() == ["007", "12", "12.0"]
    assert file.lines.tolist() == [1, 2, 5]
    np.testing.assert_array_equal(file.values["spend"], [1, 2, NAN])
    assert file.damaged.tolist() == [False, False, True]
    assert file.blank == 2
    with pytest.raises(BadInput, match="1 values for 2 ids"):
        from_ids(["a", "b"], {"spend": [1]})
    with pytest.raises(BadInput, match="holds no user ids"):
        from_ids([])


WORDS = st.text(st.characters(categories=["L", "N"], exclude_characters="\x1f"), min_size=1, max_size=12)


@given(
    rows=st.lists(st.tuples(WORDS, st.floats(-1e12, 1e12)), min_size=2, max_size=30),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read(rows, delimiter, encoding):
    text = "\n".join([f"user_id{delimiter}v", *(f"{name}{delimiter}{value!r}" for name, value in rows)])
    file = parse(text.encode(encoding), "seeds.csv")
    assert file.ids.to_pylist() == [name for name, _ in rows]
    np.testing.assert_array_equal(file.values["v"], [value for _, value in rows])


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_more(data):
    try:
        file = parse(data, "seeds.csv")
    except BadInput:
        return
    assert file.rows == len(file.lines) == len(file.damaged) > 0
    assert "" not in file.ids.to_pylist()
