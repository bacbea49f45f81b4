"""CSV files as people have them: every cell comes back, under the line it stands in."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.importing.csvfile import LINE, Ragged, batches, layout


def read(path):
    how, ragged = layout(path), Ragged()
    table = batches(path, how, how.names, ragged).read_all()
    lines = table.column(LINE).to_pylist()
    rows = list(zip(*(table.column(name).to_pylist() for name in how.names), strict=True))
    return dict(zip(lines, rows, strict=True)), ragged


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(file, encoding, delimiter):
    text = "user_id,name\n007,Zoë\n8,ok\n".replace(",", delimiter)
    rows, _ = read(file(text.encode(encoding)))
    assert rows == {2: ("007", "Zoë"), 3: ("8", "ok")}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(file, end):
    rows, _ = read(file(end.join(["a,b", "1,2", "3,4"])))
    assert rows == {2: ("1", "2"), 3: ("3", "4")}


def test_line_ends_may_be_mixed(file):
    rows, _ = read(file("a,b\r\n1,2\n3,4\r\n"))
    assert rows == {2: ("1", "2"), 3: ("3", "4")}


def test_ragged_and_blank_lines_do_not_shift_the_numbers(file):
    rows, ragged = read(file("a,b\n1,2\n3\n\n4,5,6\n7,8\n9\n10,11\n"))
    assert rows == {2: ("1", "2"), 4: (None, None), 6: ("7", "8"), 8: ("10", "11")}
    assert ragged.lines == [3, 5, 7]
    assert ragged.texts == ["3", "4,5,6", "9"]


def test_lines_before_the_header_may_be_blank(file):
    rows, ragged = read(file("\n \na,b\n1,2\n3\n4,5\n"))
    assert rows == {4: ("1", "2"), 6: ("4", "5")}
    assert ragged.lines == [5]


def test_a_delimiter_in_quotes_does_not_decide(file):
    rows, _ = read(file('"a,b,c";d\n1;2\n'))
    assert rows == {2: ("1", "2")}


def test_compressed(file):
    rows, _ = read(file(gzip.compress(b"a,b\n1,2\n"), "file.csv.gz"))
    assert rows == {2: ("1", "2")}


def test_a_quote_that_is_never_closed_swallows_nothing_unseen(file):
    rows, _ = read(file('a,b\n0,1\n5,"1,2\n3,4\n'))
    assert rows[3][1].splitlines() == ["1,2", "3,4"]


def test_other_kinds_of_file(file):
    with pytest.raises(BadInput, match="not a text file"):
        layout(file(bytes(range(256)) * 4))
    with pytest.raises(BadInput, match="is empty"):
        layout(file("\n  \n"))


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_is_written_is_read(tmp_path, rows, delimiter):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second"), *rows])
    path = tmp_path / "any.csv"
    path.write_text(out.getvalue(), "utf-8", newline="")
    found, ragged = read(path)
    assert not ragged.lines
    assert list(found.values()) == [(a or None, b or None) for a, b in rows]
