"""The use case "advise" from end to end."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lookalike import runs, seeds
from lookalike.advice import advising
from lookalike.advice.advised import FAST
from lookalike.advice.advising import Spec, ask, at_first_sight, carry_out, load
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.methods import METHODS
from lookalike.pool import open_pool
from lookalike.progress import Progress
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities, save_list


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("advice")
    rows = communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        stray = np.flatnonzero(rows["community"] == 3)[:20]
        save_list(workspace, "mixed", np.union1d(rows["fans"], stray))
        yield SimpleNamespace(workspace=workspace, stray=stray, **rows)


@pytest.fixture(scope="module")
def fans(world):
    return carry_out(world.workspace, ask(world.workspace, Spec("fans", splits=3)))


@pytest.fixture(scope="module")
def mixed(world):
    return carry_out(world.workspace, ask(world.workspace, Spec("mixed", splits=5)))


def test_everything_is_told_of_a_list_and_found_again_by_its_run(world, fans):
    assert fans.distinct.level == "distinct"
    assert fans.curve["doubling"]["to"] > fans.curve["doubling"]["from"]
    assert [row["key"] for row in fans.board["metrics"]] == ["file:spend"]
    again = load(world.workspace, fans.run.id)
    assert again.sentences() == fans.sentences()
    assert len(fans.sentences()) == 4
    assert fans.sentences()[0] in repr(fans)
    assert fans.to_frame().key.tolist() == ["file:spend"]
    assert "members" not in fans.report()
    assert json.loads(json.dumps(fans.report(), allow_nan=False))["run_id"] == fans.run.id


def test_inactive_seeds_are_named_and_never_held_out(world, fans):
    away = world.fans[world.inactive[world.fans]]
    group = next(row for row in fans.hygiene if row["key"] == "inactive")
    assert group["seeds"] == len(away) > 0
    assert fans.run.metrics["members"]["inactive"] == away.tolist()


def test_a_planted_segment_is_found_told_by_its_items_and_can_be_left_out(world, mixed):
    group = next(row for row in mixed.hygiene if row["key"] == "group 2")
    members = np.array(mixed.run.metrics["members"]["group 2"])
    assert len(np.intersect1d(members, world.stray)) >= 18
    assert {one["name"][:7] for one in group["themes"]} <= {f"item i{n}" for n in range(3, 5)}
    alone = mixed.only("group 2")
    assert (alone.name, alone.rows.tolist()) == ("mixed, group 2 alone", members.tolist())
    left = mixed.without("group 2")
    assert left.name == "mixed without group 2"
    assert np.array_equal(left.rows, np.setdiff1d(seeds.load(world.workspace, "mixed").rows, members))


def test_a_group_that_is_not_there_and_a_list_that_has_changed_are_refused(world, mixed):
    with pytest.raises(NotFound, match="no group 'group 9'"):
        mixed.without("group 9")
    save_list(world.workspace, "passing", np.union1d(world.fans, world.stray))
    passing = carry_out(world.workspace, ask(world.workspace, Spec("passing", splits=1)))
    seeds.remove(world.workspace, "passing")
    save_list(world.workspace, "passing", world.fans[:9])
    with pytest.raises(BadInput, match="has changed"):
        passing.without("group 2")


def test_a_planted_leak_is_named_and_can_be_left_out(world):
    found = carry_out(world.workspace, ask(world.workspace, Spec("buyers", splits=1)))
    assert "'leak' nearly are this list" in found.leaking[0]
    assert found.sentences()[-1] == found.leaking[0]
    spec = Spec("buyers", leave_out=("item:leak",), splits=1)
    without = carry_out(world.workspace, ask(world.workspace, spec))
    assert without.leaking == []
    assert without.board["equal"]["recall"] < found.board["equal"]["recall"]


def test_the_first_sight_needs_no_run(world):
    before = len(runs.recent(world.workspace, limit=1_000))
    found = at_first_sight(world.workspace, seeds.load(world.workspace, "fans"))
    assert found.level == "distinct"
    assert len(runs.recent(world.workspace, limit=1_000)) == before


def test_the_same_spec_gives_the_same_advice(world, fans):
    again = carry_out(world.workspace, ask(world.workspace, Spec("fans", splits=3)))
    told = [{**one.report(), "seconds": 0, "run_id": ""} for one in (fans, again)]
    assert told[0] == told[1]


def test_many_seeds_and_users_are_tried_on_a_part_of_them(world, monkeypatch):
    monkeypatch.setattr(advising, "MOST_TRIED", 20)
    monkeypatch.setattr(advising, "MOST_USERS", 150)
    seen = []
    method = METHODS[FAST]

    def spy(pool, positives, *rest):
        seen.append((len(pool), len(positives)))
        return method.fit(pool, positives, *rest)

    monkeypatch.setitem(METHODS, FAST, replace(method, fit=spy))
    found = carry_out(world.workspace, ask(world.workspace, Spec("mixed", splits=2)))
    assert {users for users, _ in seen} == {170}
    assert max(there for _, there in seen) < 20
    assert found.run.metrics["held_out"] <= 20
    segments = [row for row in found.hygiene if row["key"].startswith("group")]
    assert sum(row["seeds"] for row in segments) == 60  # the groups are of the whole list


def test_a_smaller_pool_holds_the_same_users(world):
    pool = open_pool(world.workspace)
    positives = pool.vectors.positions(world.fans)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advising, "MOST_USERS", 100)
        every = np.arange(len(positives))
        small = advising._fewer_users(pool, positives, every, np.random.default_rng(0))
    assert set(world.fans) <= set(small.vectors.rows)
    eligible = set(pool.vectors.rows[pool.eligible])
    assert set(small.vectors.rows[small.eligible]) <= eligible
    line = small.vectors.positions(world.fans)
    assert np.array_equal(small.vectors.matrix[line], pool.vectors.matrix[positives])


def test_what_cannot_be_looked_at_is_refused(world):
    with pytest.raises(NotFound, match="Did you mean 'fans'"):
        ask(world.workspace, Spec("fnas"))
    with pytest.raises(NotFound, match="no method"):
        ask(world.workspace, Spec("fans", method="magic"))
    with pytest.raises(BadInput, match="at least 3"):
        ask(world.workspace, Spec("tiny"))
    away = np.flatnonzero(world.inactive)[:5]
    save_list(world.workspace, "away", away)
    run = ask(world.workspace, Spec("away"))
    with pytest.raises(BadInput, match="Only 0 of the 5 seeds can be held out"):
        carry_out(world.workspace, run)
    assert runs.get(world.workspace, run).status == "failed"
    with pytest.raises(BadInput, match="not finished advice: advise, failed"):
        load(world.workspace, run)


def test_a_cancel_is_heard_between_fits_and_progress_goes_forward(world):
    heard = []
    run = ask(world.workspace, Spec("fans", splits=2))
    with pytest.raises(Cancelled):
        carry_out(
            world.workspace,
            run,
            Progress(heard.append, lambda: any("round 2" in update.message for update in heard)),
        )
    assert runs.get(world.workspace, run).status == "cancelled"
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
