"""Manifests and replay: the same audience again, byte for byte, or a sentence that says why not."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from lookalike import expansion, export, manifest, model_card, replaying, seeds
from lookalike.cutting import Cut
from lookalike.errors import BadInput, LookalikeError, NotFound
from lookalike.expansion import Spec, ask, carry_out
from lookalike.importing import snapshots
from lookalike.seeds.prints import fingerprint
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import add_users, communities, save_list

CUT = Cut(size=0.3, exclude=("few",), holdout=0.25, tiers=(0.1, 0.2))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A workspace with an exported audience, the file and its manifest, as they lie on a disk."""
    folder = tmp_path_factory.mktemp("exported")
    communities(folder / "ws")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "BESIDE", ())
        with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
            spec = Spec("fans", weight=("file:spend",), method="mlp", splits=1)
            result = carry_out(workspace, ask(workspace, spec))
            chosen = result.audience(CUT)
            written = chosen.write(folder / "audience.csv")
            made = manifest.manifest(result, chosen, export.template("csv"), written, "audience.csv")
            (folder / "manifest.json").write_text(manifest.to_text(made), "utf-8")
    return folder


@pytest.fixture
def workspace(exported, tmp_path):
    shutil.copytree(exported / "ws", tmp_path / "ws")
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as opened:
        yield opened


@pytest.fixture
def made(exported):
    return manifest.read(exported / "manifest.json")


def test_a_replay_gives_the_same_bytes(exported, workspace, made, tmp_path):
    again = replaying.replay(workspace, made, tmp_path / "again.csv")
    assert again.same
    assert (tmp_path / "again.csv").read_bytes() == (exported / "audience.csv").read_bytes()
    assert "byte for byte" in again.sentence()


def test_a_replay_needs_neither_the_run_nor_its_scores(workspace, made, tmp_path):
    shutil.rmtree(workspace.folder("scores"))
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM runs; DELETE FROM audiences; DELETE FROM audience_members")
    assert replaying.replay(workspace, made, tmp_path / "again.csv").same


def test_the_manifest_counts_what_the_file_holds(exported, made):
    lines = (exported / "audience.csv").read_text("utf-8").splitlines()
    counts = made["counts"]
    assert len(lines) - 1 == counts["written"] == counts["audience"] - counts["holdout"]
    assert made["cut"]["salt"] == made["run"]
    start, *losses, left = made["pool"]
    assert start["users"] - sum(s["users"] for s in losses if s["kind"] == "loss") == left["users"]
    assert made["seeds"]["matched"] == 40
    assert made["spec"]["weight"] == ["file:spend"]


def test_no_user_id_is_in_a_manifest(exported):
    text = (exported / "manifest.json").read_text("utf-8")
    ids = {f"u{row:03}" for row in range(480)}
    assert not [one for one in ids if one in text]


def test_a_list_that_was_renamed_is_found(workspace, made, tmp_path):
    kept = seeds.load(workspace, "fans")
    seeds.remove(workspace, "fans")
    save_list(workspace, "admirers", kept.rows, kept.values)
    assert replaying.replay(workspace, made, tmp_path / "again.csv").same


def test_a_list_that_is_gone_or_changed_is_said(workspace, made, tmp_path):
    kept = seeds.load(workspace, "fans")
    seeds.remove(workspace, "fans")
    with pytest.raises(NotFound, match="'fans' is no longer in this workspace"):
        replaying.replay(workspace, made, tmp_path / "again.csv")
    save_list(workspace, "fans", kept.rows[1:], {"spend": kept.values["spend"][1:]})
    with pytest.raises(BadInput, match="'fans' has changed since"):
        replaying.replay(workspace, made, tmp_path / "again.csv")
    assert not (tmp_path / "again.csv").exists()


def test_one_value_more_or_less_is_another_list(workspace):
    kept = seeds.load(workspace, "fans")
    before = fingerprint(workspace, kept)
    assert fingerprint(workspace, seeds.load(workspace, "fans")) == before
    values = kept.values["spend"].copy()
    values[7] += 1
    save_list(workspace, "other", kept.rows, {"spend": values})
    assert fingerprint(workspace, seeds.load(workspace, "other")) != before


def test_a_fingerprint_does_not_depend_on_the_rows_of_the_workspace(tmp_path):
    found = []
    for name, ids in (("a", ["x", "y", "z"]), ("b", ["q", "z", "y", "x"])):
        with Workspace.open(tmp_path / name, create=True) as workspace:
            add_users(workspace, ids)
            rows = np.array([ids.index(one) for one in ("x", "z")])
            order = np.argsort(rows)
            save_list(workspace, "l", rows, {"v": np.array([1.0, 2.0])[order]})
            found.append(fingerprint(workspace, seeds.load(workspace, "l")))
    assert found[0] == found[1]


def test_embeddings_that_are_others_are_said(workspace, made, tmp_path):
    made["snapshot"]["created"] = "2001-01-01T00:00:00"
    with pytest.raises(NotFound, match="are not those of the manifest, made 2001-01-01"):
        replaying.replay(workspace, made, tmp_path / "again.csv")


def test_data_that_changed_is_named_when_the_bytes_differ(workspace, made, tmp_path):
    with workspace.write() as cursor:  # forty of the best are gone from the pool
        cursor.execute("UPDATE users SET last_active = '2020-01-01' WHERE row BETWEEN 120 AND 180")
    add_users(workspace, ["one more"])
    again = replaying.replay(workspace, made, tmp_path / "again.csv")
    assert not again.same
    assert "it is not the audience of the manifest" in again.sentence()
    assert "There were 480 users and are 481." in again.sentence()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a manifest"),
        ("{", "is not a manifest"),
        ("[1, 2]", "is not a manifest"),
        ("[" * 100_000, "is not a manifest"),
        ("{}", "is not a manifest"),
        ('{"format": 1}', "is not a manifest"),
    ],
)
def test_what_is_no_manifest_is_said(text, says, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=says):
        manifest.read(path)


def test_a_manifest_of_a_newer_release_is_said(made):
    with pytest.raises(BadInput, match="manifest format 2"):
        manifest.parse(json.dumps({**made, "format": 2}), "m.json")


@pytest.mark.parametrize(
    "harm",
    [
        {"spec": {}}, {"spec": []}, {"spec": {"seed_list": 3}}, {"spec": {"seed_list": "fans", "x": 1}},
        {"cut": None}, {"cut": {"size": 0.1}}, {"export": {}}, {"export": {"template": "nowhere"}},
        {"files": []}, {"files": [{}]}, {"seeds": None}, {"snapshot": 3}, {"excluded": {}},
        {"export": {"template": "csv", "fields": 3}},
    ],
)  # fmt: skip
def test_a_part_that_is_missing_is_said(workspace, made, tmp_path, harm):
    with pytest.raises(LookalikeError) as raised:
        replaying.replay(workspace, {**made, **harm}, tmp_path / "again.csv")
    assert raised.value.message
    assert not (tmp_path / "again.csv").exists()


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("cut", "size", "big"), ("cut", "size", None), ("cut", "holdout", "some"),
        ("cut", "tiers", [[]]),
        ("cut", "salt", 3), ("spec", "seed_list", None), ("spec", "method", 5), ("spec", "only", [3]),
        ("spec", "weight", "spend"), ("spec", "random_state", "x"), ("snapshot", "id", "1"),
        ("spec", "method", "no such"), ("spec", "random_state", -1), ("spec", "active_days", 0),
        ("snapshot", "id", 99), ("spec", "only", ["no=where"]), ("cut", "exclude_audiences", [7]),
        ("cut", "size", 10**9), ("spec", "past", "x"), ("seeds", "sha256", 3),
    ],
)  # fmt: skip
def test_a_part_that_is_wrong_is_said(workspace, made, tmp_path, part, name, value):
    made[part][name] = value
    with pytest.raises(LookalikeError) as raised:
        replaying.replay(workspace, made, tmp_path / "again.csv")
    assert raised.value.message
    assert not (tmp_path / "again.csv").exists()


def test_a_file_that_the_manifest_does_not_name_is_not_the_same(workspace, made, tmp_path):
    made["files"][0]["sha256"] = 3
    assert not replaying.replay(workspace, made, tmp_path / "again.csv").same


def test_an_audience_that_left_something_out_is_replayed_on_the_embeddings_it_was_trained_on(
    workspace, tmp_path, monkeypatch
):
    monkeypatch.setattr(expansion, "BESIDE", ())
    with workspace.write() as cursor:  # made in another second than those learned now
        cursor.execute("UPDATE snapshots SET created = '2024-01-01'")
    spec = Spec("fans", method="centroid", splits=1, leave_out=("item:leak",))
    result = carry_out(workspace, ask(workspace, spec))
    chosen = result.audience(30)
    written = chosen.write(tmp_path / "audience.csv")
    made = manifest.manifest(result, chosen, export.template("csv"), written, "audience.csv")
    assert made["snapshot"]["id"] != made["spec"]["snapshot"]
    before = len(snapshots.snapshots(workspace))
    assert replaying.replay(workspace, json.loads(manifest.to_text(made)), tmp_path / "again.csv").same
    assert len(snapshots.snapshots(workspace)) == before


def test_a_list_that_was_replaced_is_not_the_list_of_the_run(workspace, made, tmp_path):
    run = expansion.load(workspace, made["run"])
    kept = seeds.load(workspace, "fans")
    seeds.remove(workspace, "fans")
    save_list(workspace, "fans", kept.rows[3:])
    assert run.seed_list() is None
    chosen = run.audience(CUT)
    written = chosen.write(tmp_path / "audience.csv")
    now = manifest.manifest(run, chosen, export.template("csv"), written, "audience.csv")
    assert now["seeds"]["sha256"] == made["seeds"]["sha256"]


def test_embeddings_that_were_removed_leave_a_manifest_and_a_sentence(workspace, made, tmp_path):
    run = expansion.load(workspace, made["run"])
    snapshots.remove(workspace, run.run.metrics["snapshot"])
    chosen = run.audience(10)
    written = chosen.write(tmp_path / "audience.csv")
    now = manifest.manifest(run, chosen, export.template("csv"), written, "audience.csv")
    assert now["snapshot"] == {"id": 1, "created": None}
    assert "fans" in model_card.card(now, run)
    with pytest.raises(LookalikeError):
        replaying.replay(workspace, now, tmp_path / "again.csv")
