"""The files of a run of many lists: whole, recorded, told of by one manifest, downloaded again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile

import pytest

from lookalike import audience, batch, runs
from lookalike.batch import Files, Spec
from lookalike.cutting import Cut
from lookalike.errors import BadInput
from tests.unit.batch.worlds import contents, expanded

SPEC = Spec(
    ("fans", "tiny", "first"), called=("fans", "tiny", "../fans"), method="centroid",
    cut=Cut(size=60, holdout=0.2, exclude=("few",)), splits=1, refused=(("empty.csv", "It is empty."),),
)  # fmt: skip


def _ids(data):
    return [line["user_id"] for line in csv.DictReader(io.StringIO(data.decode()))]


def test_each_audience_is_written_and_recorded_and_the_manifest_tells_of_all(workspace, tmp_path):
    files = Files(tmp_path / "new" / "out", tmp_path / "held")
    result = batch.carry_out(workspace, batch.ask(workspace, SPEC), files=files)
    written = contents(files.folder)
    assert sorted(written) == ["_fans.csv", "fans.csv"]
    made = json.loads((files.folder / "manifest.json").read_text("utf-8"))
    assert made["kind"] == "batch"
    assert made["run"] == result.run.id
    assert made["settings"]["cut"]["holdout"] == 0.2
    assert [one["list"] for one in made["failed"]] == ["empty.csv", "tiny"]
    fans, first = made["lists"]
    assert (fans["list"], first["list"], first["saved_as"]) == ("fans", "../fans", "first")
    for line in (fans, first):
        data = written[line["file"]["name"]]
        assert line["file"]["sha256"] == hashlib.sha256(data).hexdigest()
        assert line["file"]["rows"] == len(_ids(data)) == 60 - line["counts"]["holdout"]
        assert line["counts"]["excluded"] == 12
        assert line["seeds"]["matched"] in (40, 24)
        assert line["evidence"]["k"] == pytest.approx(60 / 448)
        back = _ids((tmp_path / "held" / f"{line['file']['name'][:-4]} held back.csv").read_bytes())
        assert len(back) == line["counts"]["holdout"] > 0
        assert set(back).isdisjoint(_ids(data))
    assert "u1" not in json.dumps(made)  # no id of anybody
    kept = {one.name: one for one in audience.exported(workspace)}
    assert kept.keys() == {"fans", "first"}
    assert kept["first"].users == 60
    assert kept["first"].run == result.run.id
    assert kept["first"].files[0]["place"] == 2


def test_a_zip_holds_the_same_files_again_and_again(workspace, tmp_path):
    result = expanded(workspace, SPEC, tmp_path / "out")
    made = batch.zipped(result, tmp_path / "a.zip")
    batch.zipped(batch.load(workspace, result.run.id), tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as one, zipfile.ZipFile(tmp_path / "b.zip") as other:
        assert one.testzip() is None
        names = one.namelist()
        assert names == [
            "fans.csv",
            "fans held back.csv",
            "_fans.csv",
            "_fans held back.csv",
            "manifest.json",
        ]
        for name in names[:-1]:
            assert one.read(name) == other.read(name)
        assert {n: one.read(n) for n in ("fans.csv", "_fans.csv")} == contents(tmp_path / "out")
    alone = batch.zipped(result, tmp_path / "c.zip", places=[0])
    assert [line["list"] for line in alone["lists"]] == ["fans"]
    with zipfile.ZipFile(tmp_path / "a.zip") as one, zipfile.ZipFile(tmp_path / "c.zip") as other:
        assert other.namelist() == ["fans.csv", "fans held back.csv", "manifest.json"]
        assert all(one.read(name) == other.read(name) for name in other.namelist()[:-1])
        assert json.loads(one.read("manifest.json")) == json.loads(json.dumps(made))
    assert len(audience.exported(workspace)) == 2  # the same audiences are recorded once
    with pytest.raises(BadInput, match="The archive cannot be written"):
        batch.zipped(result, tmp_path / "nowhere" / "a.zip")


def test_a_list_without_a_file_in_that_form_is_told_and_the_run_is_done(workspace, tmp_path):
    with workspace.write() as cursor:
        cursor.execute("ALTER TABLE users ADD COLUMN email VARCHAR")
        cursor.execute(
            "UPDATE users SET email = user_id || '@example.org' WHERE row BETWEEN 100 AND 239"
        )
    spec = Spec(("fans", "last"), method="centroid", template="meta", cut=Cut(size=30))
    result = expanded(workspace, spec, tmp_path / "out")
    assert list(result.failures) == ["last"]
    assert "None of these 30 users has" in result.failures["last"]
    assert list(contents(tmp_path / "out")) == ["fans.csv"]
    result = expanded(workspace, spec)  # what is downloaded later has its own account
    made = batch.zipped(result, tmp_path / "a.zip")
    assert [one["list"] for one in made["failed"]] == ["last"]


def test_a_folder_that_cannot_be_made_fails_the_run_and_it_goes_on_elsewhere(workspace, tmp_path):
    (tmp_path / "file").write_text("")
    run = batch.ask(workspace, SPEC)
    with pytest.raises(BadInput, match="cannot be made"):
        batch.carry_out(workspace, run, files=Files(tmp_path / "file"))
    assert runs.get(workspace, run).status == "failed"
    again, said = batch.ask_or_go_on(workspace, SPEC)
    assert (again, said) == (run, "Going on with the run that failed.")
    batch.carry_out(workspace, run, files=Files(tmp_path / "out"))
    assert len(contents(tmp_path / "out")) == 2


def test_more_users_than_are_allowed_fail_the_list(workspace, monkeypatch):
    object.__setattr__(workspace.settings, "audience_users", 50)
    result = expanded(workspace, Spec(("fans",), method="centroid", cut=Cut(size=60)))
    assert "at most 50 are allowed here" in result.failures["fans"]
