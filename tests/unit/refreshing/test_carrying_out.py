"""Lists are expanded again when something has changed since, and only then."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lookalike import audience, batch, embeddings, expansion, refreshing, runs, seeds
from lookalike.batch import Files, Spec
from lookalike.cutting import Cut
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.progress import Progress
from lookalike.refreshing import Churn
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities, save_list


@pytest.fixture
def workspace(tmp_path):
    communities(tmp_path / "ws")
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as opened:
        yield opened


@pytest.fixture
def expanded(workspace, tmp_path):
    """The lists "fans" and "few" in one run, "buyers" on its own: all with audiences."""
    spec = Spec(("fans", "few"), method="centroid", cut=Cut(size=50, holdout=0.2))
    batch.carry_out(workspace, batch.ask(workspace, spec), files=Files(tmp_path / "first"))
    run = expansion.ask(workspace, expansion.Spec("buyers", method="ridge", splits=1))
    expansion.carry_out(workspace, run).audience(0.1).to_csv(tmp_path / "first" / "buyers.csv")
    return workspace


def _replace(workspace, name, rows):
    seeds.remove(workspace, name)
    save_list(workspace, name, rows)


def _why(workspace, names=None):
    return {one.name: " and ".join(one.why) for one in refreshing.plan(workspace, names)}


def test_nothing_is_due_where_nothing_has_changed(expanded, tmp_path):
    due = refreshing.plan(expanded)
    assert [one.name for one in due] == ["buyers", "fans", "few", "tiny"]
    assert [bool(one.why) for one in due] == [False] * 4
    assert [one.last is None for one in due] == [False, False, False, True]
    assert "nothing has changed since" in due[0].sentence()
    assert "it has no audience yet" in due[3].sentence()
    done = refreshing.carry_out(expanded, due, tmp_path / "out")
    assert done.sentence() == "0 refreshed, 3 as they were, 1 without an audience."
    assert not (tmp_path / "out").exists()
    assert len(audience.exported(expanded)) == 3


def test_each_kind_of_change_makes_the_lists_due_that_it_concerns(expanded):
    _replace(expanded, "few", np.arange(240, 250))
    assert _why(expanded) == {"buyers": "", "fans": "", "few": "the list has changed", "tiny": ""}
    with expanded.write() as cursor:
        cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'new'), (1, 'new')")
    assert _why(expanded, ["buyers", "few"]) == {
        "buyers": "there are 2 more interactions",
        "few": "the list has changed and there are 2 more interactions",
    }
    with expanded.write() as cursor:
        cursor.execute("DELETE FROM interactions WHERE item_id = 'new'")
        cursor.execute("UPDATE users SET last_active = last_active + INTERVAL 1 DAY WHERE row = 3")
    assert _why(expanded, ["fans"]) == {"fans": "there are other users"}
    embeddings.learn(expanded, embeddings.Recipe(als=4, wide=4, svd=4, iterations=2))
    assert _why(expanded, ["buyers"]) == {"buyers": "there are other users, newer embeddings"}
    with pytest.raises(NotFound, match="There is no seed list 'fan'"):
        refreshing.plan(expanded, ["fan"])


def test_a_run_of_an_older_release_is_judged_by_its_list_and_embeddings(expanded):
    with expanded.write() as cursor:
        cursor.execute("UPDATE runs SET metrics = json_merge_patch(metrics, '{\"data\": null}')")
        cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'new')")
    assert _why(expanded, ["buyers"]) == {"buyers": ""}
    embeddings.learn(expanded, embeddings.Recipe(als=4, wide=4, svd=4, iterations=2))
    assert _why(expanded, ["buyers"]) == {"buyers": "there are newer embeddings"}


def test_lists_are_expanded_again_as_before_with_the_same_people_held_out(expanded, tmp_path):
    before = {one.name: one for one in reversed(audience.exported(expanded))}
    lots = audience.selection(expanded, before["fans"].id)
    embeddings.learn(expanded, embeddings.Recipe(als=8, wide=12, svd=8, iterations=5))
    done = refreshing.carry_out(expanded, refreshing.plan(expanded), tmp_path / "out")
    assert done.sentence() == "3 refreshed, 0 as they were, 1 without an audience."
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "buyers.csv", "fans.csv", "few.csv", "manifest.json",
    ]  # fmt: skip
    after = {one.name: one for one in reversed(audience.exported(expanded))}
    assert {name: one.users for name, one in after.items()} == {"fans": 50, "few": 50, "buyers": 44}
    fresh = audience.selection(expanded, after["fans"].id)
    old, new = (dict(zip(one.rows, one.holdout, strict=True)) for one in (lots, fresh))
    assert len(old.keys() & new.keys()) == done.churn["fans"].kept > 25
    assert all(new[row] == old[row] for row in old.keys() & new.keys())
    assert done.churn["fans"].joined == done.churn["fans"].left
    # the two lists that were asked alike share a run, and the next time nothing is due
    assert done.facts["fans"]["run"] == done.facts["few"]["run"] != done.facts["buyers"]["run"]
    spec = batch.load(expanded, done.facts["buyers"]["run"]).spec
    assert (spec.method, spec.snapshot, spec.cut.size, spec.together) == ("ridge", 2, 0.1, False)
    assert set(_why(expanded).values()) == {""}
    made = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert (made["kind"], made["hold"], len(made["runs"])) == ("refresh", "size", 2)
    states = {line["list"]: line["state"] for line in made["lists"]}
    assert states == {"buyers": "refreshed", "fans": "refreshed", "few": "refreshed", "tiny": "skipped"}
    fans = next(line for line in made["lists"] if line["list"] == "fans")
    assert fans["file"]["name"] == "fans.csv"
    assert fans["churn"]["kept"] + fans["churn"]["left"] == 50


def test_the_score_is_held(expanded, tmp_path):
    lowest = {
        one.name: audience.selection(expanded, one.id).threshold
        for one in reversed(audience.exported(expanded))
    }
    with expanded.write() as cursor:  # a fifth of the users goes to sleep
        cursor.execute("UPDATE users SET last_active = TIMESTAMP '2020-01-01' WHERE row % 5 = 0")
    due = refreshing.plan(expanded, ["fans", "few"])
    done = refreshing.carry_out(expanded, due, tmp_path / "out", "score")
    for name in ("fans", "few"):
        # a centroid does not move when others sleep: those who are awake are those of before
        assert done.facts[name]["threshold"] >= lowest[name]
        assert done.churn[name].joined == 0
        assert 30 <= done.churn[name].kept < 50
    again = {one.name: one for one in reversed(audience.exported(expanded))}["fans"]
    assert Cut.from_json(again.spec["cut"]).least_score == pytest.approx(lowest["fans"])
    # an audience that was cut at a score has its number of users held as its size
    with expanded.write() as cursor:
        cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'new')")
    due = refreshing.plan(expanded, ["fans"])
    done = refreshing.carry_out(expanded, due, tmp_path / "out")
    assert done.facts["fans"]["rows"] + done.facts["fans"]["holdout"] == again.users


def test_lists_that_fail_are_named_and_the_others_are_refreshed(expanded, tmp_path):
    _replace(expanded, "few", np.arange(2))
    _replace(expanded, "fans", np.arange(130, 160))
    run = expansion.ask(expanded, expansion.Spec("buyers", method="centroid", splits=1))
    expansion.carry_out(expanded, run).audience(Cut(size=9, exclude=("tiny",))).to_csv(tmp_path / "b")
    _replace(expanded, "buyers", np.arange(100, 140))
    seeds.remove(expanded, "tiny")
    done = refreshing.carry_out(expanded, refreshing.plan(expanded), tmp_path / "out")
    assert list(done.facts) == ["fans"]
    assert "The list has 2 ids" in done.failures["few"]
    assert "There is no seed list 'tiny'" in done.failures["buyers"]
    assert done.sentence() == "1 refreshed, 0 as they were, 2 failed."
    assert {line["state"] for line in done.report()["lists"]} == {"failed", "refreshed"}
    # what failed is due again, and its last audience is still the one from before
    assert _why(expanded) == {
        "buyers": "the list has changed",
        "fans": "",
        "few": "the list has changed",
    }


def test_stopped_it_goes_on(expanded, tmp_path):
    _replace(expanded, "fans", np.arange(130, 160))
    _replace(expanded, "few", np.arange(240, 260))
    heard = []
    with pytest.raises(Cancelled):
        refreshing.carry_out(
            expanded,
            refreshing.plan(expanded),
            tmp_path / "out",
            progress=Progress(heard.append, lambda: bool(heard) and "2 of 2" in heard[-1].message),
        )
    said = []
    done = refreshing.carry_out(expanded, refreshing.plan(expanded), tmp_path / "out", said=said.append)
    assert said == ["Going on with the run that was cancelled."]
    assert list(done.facts) == ["fans", "few"]
    assert len([run for run in runs.recent(expanded, ["batch"]) if run.status == "done"]) == 2


def test_a_folder_that_is_a_file_stops_it(expanded, tmp_path):
    _replace(expanded, "few", np.arange(240, 260))
    (tmp_path / "out").write_text("")
    with pytest.raises(BadInput, match="cannot be made"):
        refreshing.carry_out(expanded, refreshing.plan(expanded), tmp_path / "out")


def test_churn_in_words():
    assert Churn(75, 5, 25).sentence() == "75 kept (75.0 %), 5 joined, 25 left"
    assert Churn(0, 3, 0).share == 0.0
