"""The Python door: from a folder to an audience in four lines."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import lookalike
from lookalike import expansion, seeds
from lookalike.errors import BadInput
from lookalike.settings import Settings

from .worlds import communities


@pytest.fixture(scope="module", autouse=True)
def _quick():
    """One baseline beside, that needs no fitting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "BESIDE", ("activity",))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api") / "world"
    return folder, communities(folder)


@pytest.fixture
def ws(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "ws")
    with lookalike.Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as opened:
        yield opened


def _ids(rows):
    return [f"u{row:03d}" for row in rows]


def test_four_lines_from_a_folder_to_an_audience(ws, made, tmp_path):
    run = ws.expand("fans", method="centroid", weight="spend")
    digest = run.audience(0.05).to_csv(tmp_path / "audience.csv")
    assert run.evidence["auc"] > 0.9
    found = pd.read_csv(tmp_path / "audience.csv", dtype={"user_id": str})
    assert list(found.columns) == ["user_id", "score", "rank", "percentile"]
    assert len(found) == run.audience(0.05).rows == 22
    assert len(digest) == 64
    assert not set(found.user_id) & set(_ids(made[1]["fans"]))
    assert run.figure().data
    assert len(run.table()) == run.curves.k.nunique()


def test_a_list_may_be_ids_a_series_a_table_or_a_file(ws, made, tmp_path):
    rows = made[1]["fans"]
    table = pd.DataFrame({"user_id": _ids(rows), "value": np.arange(40.0), "note": "x"})
    table[["user_id"]].to_csv(tmp_path / "list.csv", index=False)
    forms = [_ids(rows), pd.Series(_ids(rows)), table, tmp_path / "list.csv", str(tmp_path / "list.csv")]
    for form in forms:
        assert ws._seeds(form).rows.tolist() == rows.tolist()
    assert dict(ws._seeds(table).values)["value"].tolist() == list(range(40))
    assert list(ws._seeds(table).values) == ["value"]


def test_a_table_without_ids_is_refused(ws):
    with pytest.raises(BadInput, match="no column user_id"):
        ws.expand(pd.DataFrame({"user": ["u001"]}))


def test_lists_from_a_notebook_are_kept_apart(ws, made):
    one = ws.expand(_ids(made[1]["fans"]), method="centroid")
    two = ws.expand(_ids(made[1]["few"]), method="centroid")
    again = ws.expand(_ids(made[1]["fans"]), method="centroid")
    assert one.spec.seed_list == again.spec.seed_list != two.spec.seed_list
    np.testing.assert_array_equal(one.ranking.candidates, again.ranking.candidates)


def test_all_saved_lists_are_compared(ws):
    found = ws.compare(methods=("centroid",), splits=1)
    assert set(found.spec.lists) == {saved.name for saved in seeds.saved(ws)}
    assert {point["seed_list"] for point in found.points()} == {"fans", "few", "buyers"}
    assert {
        point["seed_list"] for point in ws.compare(["few"], methods=["random"], splits=1).points()
    } == {"few"}


def test_many_lists_are_expanded_in_one_pass(ws, tmp_path):
    result = ws.expand_many(["fans", "few"], 30, method="centroid", folder=tmp_path / "out")
    assert [entry.facts["rows"] for entry in result.entries] == [30, 30]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "fans.csv", "few.csv", "manifest.json",
    ]  # fmt: skip
    whole = ws.expand_many(method="centroid")
    assert [entry.name for entry in whole.entries] == sorted(saved.name for saved in seeds.saved(ws))
    assert whole.to_frame()["users"].notna().tolist() == [True, True, True, False]
    assert list(whole.failures) == ["tiny"]
    assert repr(whole).startswith(f"Batch({whole.run.id!r}): 3 lists expanded")


def test_tables_are_imported_and_learned_from(tmp_path):
    rng = np.random.default_rng(0)
    users, items = np.nonzero(rng.random((40, 12)) < 0.5)
    frame = pd.DataFrame(
        {"user_id": [f"{user:02d}" for user in users], "item_id": [f"i{item}" for item in items]}
    )
    with lookalike.Workspace.open(tmp_path / "new", create=True, settings=Settings(threads=1)) as ws:
        report = ws.import_table("interactions", frame.iloc[:50], pa.Table.from_pandas(frame.iloc[50:]))
        assert report.kept == len(frame)
        frame.head(3).rename(columns={"user_id": "who"}).to_csv(tmp_path / "f.csv", index=False)
        again = ws.import_table("interactions", str(tmp_path / "f.csv"), mapping={"user_id": "who"})
        assert again.kept == 0
        assert ws.embed() == 1


def test_public_names_are_found_when_they_are_used():
    assert set(lookalike.__all__) == {"LookalikeError", "Workspace", "readout"}
    for name in lookalike.__all__:
        assert callable(getattr(lookalike, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        lookalike.nothing  # noqa: B018


def test_methods_are_explained_by_what_the_workspace_knows(ws):
    assert ws.methods().lists == 0
    ws.compare(["fans", "few"], methods=("centroid", "ridge"), splits=1)
    frame = ws.methods().to_frame().set_index("method")
    assert frame.lists.to_dict() == dict.fromkeys(frame.index, 0) | {"centroid": 2, "ridge": 2}
    assert frame.best.sum() >= 2
