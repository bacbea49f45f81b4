"""Files of every template, byte by byte; ids verbatim, hashes once, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import resource
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput, NotFound
from lookalike.export import TEMPLATES, preview, template, write
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_users

from .people import HASHED, awkward, fill, members

GOLDEN = Path(__file__).parent / "golden"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
QUICK = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    with Workspace.open(folder, create=True, settings=Settings(threads=2)) as workspace:
        yield workspace, awkward(workspace)


def _lines(world, key, tmp_path, **how):
    path = tmp_path / "file.csv"
    write(*world, template(key), path, **how)
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("key", [key for key, one in TEMPLATES.items() if one.suffix == ".csv"])
def test_the_file_is_the_golden_one(world, key, tmp_path):
    path = tmp_path / "file.csv"
    for _ in range(2):
        written = write(*world, template(key), path)
        assert path.read_bytes() == (GOLDEN / f"{key}.csv").read_bytes()
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert written.bytes == path.stat().st_size
    assert written.rows + sum(written.left_out.values()) == len(world[1])
    assert written.columns == tuple(path.read_text("utf-8").splitlines()[0].split(","))


def test_what_is_hashed_is_what_hashlib_makes_of_the_normal_form(world, tmp_path):
    lines = {line["uid"]: line for line in _lines(world, "meta", tmp_path)}
    assert lines["u1"] == {
        "email": _sha("jürgen.müller+shop@gmail.com"),
        "phone": _sha("491512345678"),
        "madid": "",
        "fn": _sha("jürgen"),
        "ln": _sha("müllerlüdenscheidt"),
        "ct": _sha("sãopaulo"),
        "st": _sha("nordrheinwestfalen"),
        "country": _sha("de"),
        "uid": "u1",
    }
    assert lines["=u2"]["st"] == _sha("ca")
    assert lines["=u2"]["madid"] == "aece52e7-03ee-455a-b3c4-e57283966239"
    assert lines["0003"]["email"] == lines["u5"]["email"] == HASHED.lower()
    assert lines["0003"]["phone"] == _sha("442079460958")
    assert lines["u5"]["phone"] == _sha("33612345678")
    assert lines["u4"] == dict.fromkeys(lines["u4"], "") | {
        "fn": _sha("line break"),
        "ln": _sha("11"),
        "ct": _sha("praha"),
        "st": _sha("x"),
        "uid": "u4",
    }
    assert list(lines) == ["0003", "u1", "=u2", "u5", "u4"]


def test_each_platform_has_its_own_normal_form(world, tmp_path):
    google = _lines(world, "google", tmp_path)[1]
    assert google["Email"] == _sha("jürgenmüller@gmail.com")
    assert google["Phone"] == _sha("+491512345678")
    assert google["Last Name"] == _sha("müller-lüdenscheidt")
    assert (google["Country"], google["Zip"]) == ("DE", "01067")
    tiktok = _lines(world, "tiktok", tmp_path)
    assert tiktok[1]["Email_SHA256"] == _sha("jürgen.müller@gmail.com")
    assert tiktok[2]["MAID_SHA256"] == _sha("aece52e7-03ee-455a-b3c4-e57283966239")


def test_free_text_is_no_formula_and_ids_stay_verbatim(world, tmp_path):
    lines = _lines(world, "linkedin", tmp_path)
    assert [line["firstname"] for line in lines] == [
        "Zoë 😀", "Jürgen", "'=cmd(\"calc\")", "'@home", "Line break", "Tab",
    ]  # fmt: skip
    assert [line["lastname"] for line in lines][3:5] == ["'+plus", "'-1+1"]
    assert [line["user_id"] for line in _lines(world, "csv", tmp_path)][2] == "=u2"


def test_what_could_not_be_used_is_counted_and_said(world, tmp_path):
    written = write(*world, template("meta"), tmp_path / "file.csv")
    assert written.left_out == {
        "no identifier on record": 1,
        "only identifiers that cannot be used": 1,
    }
    assert written.unusable == {
        "email": 2, "phone": 2, "madid": 2, "last_name": 1, "city": 1, "country": 1,
    }  # fmt: skip
    assert written.repaired == {"phone": 4, "state": 1, "country": 1}
    assert written.filled["email"] == 4
    assert written.hashed == ("email", "phone", "fn", "ln", "ct", "st", "country")
    assert "2 phone numbers could not be used: without a country code, or not a number." in (
        written.notes()
    )
    assert written.warnings == (
        "Meta shows ads only where it finds at least 100 people; this file has 5.",
    )


def test_few_identifiers_and_missing_fields_are_warned_of(world, tmp_path):
    written = write(*world, template("snap_madid"), tmp_path / "file.csv")
    assert written.rows == 2
    assert written.warnings[1:] == (
        "Only 2 of 7 users can be matched at all: the others have no usable advertising id.",
    )
    fields = {"email": "E-Mail"}
    assert write(*world, template("tiktok"), tmp_path / "file.csv", fields).warnings[-1] == (
        "No attribute of the users holds phone numbers or advertising ids; with them more people "
        "would be found."
    )


def test_users_that_are_gone_are_counted(world, tmp_path):
    workspace, _ = world
    written = write(workspace, members([0, 99]), template("csv"), tmp_path / "file.csv")
    assert (written.rows, written.left_out) == (1, {"no longer a user of the workspace": 1})


def test_a_preview_is_the_head_of_the_file(world, tmp_path):
    for key in TEMPLATES:
        head = preview(*world, template(key), rows=2)
        if template(key).suffix == ".csv":
            lines = _lines(world, key, tmp_path)[:2]
            assert [line.keys() for line in lines] == [line.keys() for line in head.to_pylist()]
            if key != "csv":
                told = [{name: value or "" for name, value in line.items()} for line in head.to_pylist()]
                assert told == lines
        assert len(head) == 2


def test_a_preview_finds_those_far_down(workspace):
    people = [(f"u{n}", "x@example.com" if n == 1500 else None) for n in range(1600)]
    fill(workspace, people, ("user_id", "email"))
    assert len(preview(workspace, members(range(1600)), template("snap"))) == 1


def test_a_tier_is_written_where_there_is_one(world, tmp_path):
    workspace, _ = world
    table = members([0, 1], tier=["1 %", "2 %"])
    written = write(workspace, table, template("csv"), tmp_path / "file.csv")
    assert written.columns == ("user_id", "score", "rank", "percentile", "tier")
    assert (tmp_path / "file.csv").read_text() == (
        "user_id,score,rank,percentile,tier\n"
        "u1,0.33333334,1,100.0000,1 %\n"
        "=u2,0.28333333,2,50.0000,2 %\n"
    )


def test_attributes_may_be_called_like_our_columns(workspace, tmp_path):
    names = ("user_id", "rank", "Score", "tier", "email", "normal_email", 'a"b')
    fill(workspace, [("u", "9", "9", "9", "x@example.com", "9", "y@example.com")], names)
    write(workspace, members([0]), template("csv"), tmp_path / "file.csv")
    assert (tmp_path / "file.csv").read_text().splitlines()[1] == "u,0.33333334,1,100.0000"
    write(workspace, members([0]), template("snap"), tmp_path / "file.csv", {"email": 'a"b'})
    assert (tmp_path / "file.csv").read_text().splitlines()[1] == _sha("y@example.com")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A workspace whose users are drawn anew again and again."""
    folder = tmp_path_factory.mktemp("drawn")
    with Workspace.open(folder, create=True, settings=Settings(threads=1)) as workspace:
        fill(workspace, [("u", None, None, None)], ("user_id", "email", "first_name", "madid"))
        yield workspace


def _drawn(workspace, ids, value):
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM users")
    values = value if isinstance(value, list) else [value] * len(ids)
    add_users(workspace, ids, email=values, first_name=values, madid=values)
    return members(range(len(ids)))


@QUICK
@given(ids=st.lists(TEXT, min_size=1, max_size=6, unique=True))
def test_ids_survive_verbatim(drawn, ids):
    table = _drawn(drawn, ids, "x@example.com")
    path = drawn.path / "file"
    for key, column in (("csv", "user_id"), ("meta", "uid")):
        write(drawn, table, template(key), path)
        text = io.StringIO(path.read_bytes().decode(), newline="")
        assert [line[column] for line in csv.DictReader(text, strict=True)] == ids
    first = write(drawn, table, template("parquet"), path)
    assert pq.read_table(path)["user_id"].to_pylist() == ids
    assert write(drawn, table, template("parquet"), path).sha256 == first.sha256


@QUICK
@given(
    hashes=st.lists(st.from_regex(r"[0-9a-fA-F]{64}", fullmatch=True), min_size=1, max_size=4),
    others=st.lists(TEXT, max_size=4),
)
def test_nothing_is_hashed_twice(drawn, hashes, others):
    values = [*hashes, *others]
    table = _drawn(drawn, [str(place) for place in range(len(values))], values)
    path = drawn.path / "file"
    known = {one.lower() for one in hashes}
    for key in ("google", "tiktok"):
        write(drawn, table, template(key), path)
        with path.open(newline="", encoding="utf-8") as handle:
            cells = {cell for line in csv.reader(handle) for cell in line}
        assert known <= cells
        assert not {_sha(one) for one in known | set(hashes)} & cells


def test_nobody_to_write_is_refused_and_leaves_what_was_there(world, tmp_path):
    workspace, _ = world
    path = tmp_path / "file.csv"
    path.write_text("before")
    for rows, key, says in (
        ([], "tiktok", "The audience is empty"),
        ([5], "tiktok", "None of these 1 users has an e-mail address, a phone number"),
        ([1_000], "csv", "None of these 1 users is a user of the workspace any longer"),
    ):
        with pytest.raises(BadInput, match=says):
            write(workspace, members(rows), template(key), path)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["before"]


def test_a_workspace_without_contact_data_says_what_is_missing(workspace, tmp_path):
    fill(workspace, [("u", "DE")], ("user_id", "country"))
    with pytest.raises(
        BadInput, match=r"holds an e-mail address, a phone number, .*which Meta needs to find people"
    ):
        write(workspace, members([0]), template("meta"), tmp_path / "file.csv")
    assert write(workspace, members([0]), template("csv"), tmp_path / "file.csv").rows == 1


def test_wrong_fields_are_named(world, tmp_path):
    for fields, says in (
        ({"e-mail": "E-Mail"}, "'e-mail' is not a field of contact data. Did you mean 'email'?"),
        ({"email": "Email"}, "The users have no attribute 'Email'. Did you mean 'E-Mail'?"),
    ):
        with pytest.raises(NotFound) as found:
            write(*world, template("meta"), tmp_path / "file.csv", fields)
        assert str(found.value) == says


@pytest.mark.parametrize("key", ["csv", "parquet", "meta"])
def test_an_unwritable_place_is_said_so(world, key, tmp_path):
    with pytest.raises(BadInput, match=r"cannot be written: .*\. Choose a folder"):
        write(*world, template(key), tmp_path / "missing" / "file.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        write(*world, template(key), tmp_path / "folder.csv")
    assert [one.name for one in tmp_path.iterdir()] == ["folder.csv"]


def test_a_full_disk_is_said_so_and_leaves_nothing(workspace, tmp_path):
    fill(workspace, [(f"user {n}" * 30,) for n in range(20_000)], ("user_id",))
    folder = tmp_path / "out"
    folder.mkdir()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limit[1]))
    try:
        with pytest.raises(BadInput, match="cannot be written"):
            write(workspace, members(range(20_000)), template("csv"), folder / "file.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(folder.iterdir()) == []


def test_parquet_keeps_types(world, tmp_path):
    path = tmp_path / "file.parquet"
    write(*world, template("parquet"), path)
    table = pq.read_table(path)
    assert table.schema.types == [pa.string(), pa.float32(), pa.int32(), pa.float64()]
    assert table["rank"].to_pylist() == list(range(1, 8))
