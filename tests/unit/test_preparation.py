"""Past lists are made of items that are taken out, and of saved lists."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from lookalike import embeddings, past, preparation, runs
from lookalike.errors import Cancelled
from lookalike.methods import METHODS, teaching, trials
from lookalike.methods.head_prior import prior_of
from lookalike.methods.trials import FEW
from lookalike.pool import open_pool
from lookalike.progress import Progress
from lookalike.workspace import Workspace
from tests.unit.worlds import add_interactions, add_users, communities, memory_pool, save_list

USERS, ITEMS = 400, 320


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace of four communities, with enough items that some can be taken out."""
    folder = tmp_path_factory.mktemp("preparation")
    rng = np.random.default_rng(0)
    community = np.arange(USERS) % 4
    appeal = np.where(community[:, None] == np.arange(ITEMS) % 4, 0.16, 0.02)
    took = rng.random((USERS, ITEMS)) < appeal * rng.uniform(0.3, 1.7, ITEMS)
    took[np.arange(USERS), community] = True
    with Workspace.open(folder, create=True) as workspace:
        add_users(workspace, [f"u{row}" for row in range(USERS)])
        who, what = np.nonzero(took)
        add_interactions(workspace, who, [f"i{item:03d}" for item in what])
        embeddings.learn(workspace, embeddings.Recipe(als=8, wide=12, svd=8, iterations=3))
        save_list(workspace, "fans", np.flatnonzero(community == 2)[:40])
    return folder


@pytest.fixture(autouse=True)
def few_networks(monkeypatch):
    monkeypatch.setattr(trials, "NETWORKS", 2)
    monkeypatch.setattr(teaching, "STEPS", 5)


def test_a_new_snapshot_is_due_and_prepared_once(folder):
    with Workspace.open(folder) as workspace:
        assert preparation.due(workspace) == 1
        heard = []
        run = preparation.ask(workspace)
        count = preparation.carry_out(workspace, run, Progress(heard.append))
        assert count >= preparation.FEWEST
        assert runs.get(workspace, run).metrics["lists"] == count
        assert preparation.due(workspace) is None
        shares = [update.fraction for update in heard]
        assert shares == sorted(shares)
        found = past.load(workspace, 1)
        assert found.lists == count
        assert len(found) == 2 * count
        assert (found.sizes <= FEW).sum() >= count
        assert found.views[:4] == ("ridge als", "ridge smooth", "ridge svd", "ridge wide")
        chance = np.mean([0.01, 0.02, 0.05, 0.1])
        assert found.recall[:, found.views.index("ridge als")].mean() > 1.5 * chance
        prepared = open_pool(workspace, 1, past=1)
        assert prepared.past.views == found.views
        assert prepared.prior.lists > 100
        assert prepared.prior.attention.any()
        assert prepared.prior.groups.any()
        # of a pool without some of the items nothing is kept
        assert open_pool(workspace, 1, ["item:i000"]).prior is None
        # the saved list is among them, and known by its people
        rows = np.flatnonzero(np.arange(USERS) % 4 == 2)[:40]
        assert found.same(rows.astype(np.int32)).any()


def test_preparing_again_changes_nothing(folder, monkeypatch):
    with Workspace.open(folder) as workspace:
        count = preparation.carry_out(workspace, preparation.ask(workspace))
        before = workspace.file_in("models", "past-1.npz").read_bytes()
        monkeypatch.setattr(preparation, "gather", None)
        assert preparation.carry_out(workspace, preparation.ask(workspace)) == count
        assert workspace.file_in("models", "past-1.npz").read_bytes() == before


def test_what_was_prepared_before_there_was_the_prototype_goes_on_to_serve(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "copy")
    with Workspace.open(tmp_path / "copy") as workspace:
        path = workspace.file_in("models", "past-1.npz")
        with np.load(path) as held:
            parts = {name: held[name] for name in held.files if name != "temperatures"}
        tries = len(parts["sizes"])
        parts["views"] = np.array(["prior" if one == "prototype" else one for one in parts["views"]])
        parts["blended"] = parts["blended"][:, -len(past.FORMER) :]
        np.savez(path, **parts)
        assert preparation.due(workspace) is None
        pool = open_pool(workspace, 1, past=1)
        assert len(pool.past) == tries
        blend = METHODS["auto_quick"].fit(
            pool, np.arange(3), np.ones(3), np.random.default_rng(0), Progress()
        )
        assert blend.told["past_lists"] == pool.past.lists > 0
        assert "prior" in blend.named
        assert "prototype" not in blend.named
        # asked for, it is learned anew
        with pytest.raises(Cancelled):
            preparation.carry_out(workspace, preparation.ask(workspace), Progress(None, lambda: True))


def test_what_was_interrupted_twice_is_not_tried_a_third_time(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "copy")
    for wanted in (1, 1, None):
        with Workspace.open(tmp_path / "copy") as workspace:
            workspace.file_in("models", "past-1.npz").unlink(missing_ok=True)
            with workspace.write() as cursor:
                cursor.execute("DELETE FROM runs WHERE status <> 'interrupted'")
            assert preparation.due(workspace) == wanted
            preparation.ask(workspace)  # queued when the process ends: the next start finds it so


def test_what_is_taken_out_is_seen_by_no_view(folder, monkeypatch):
    seen = []
    monkeypatch.setattr(past, "load", lambda *_: None)

    def spy(tried, *rest):
        seen.extend(tried)
        raise Cancelled

    monkeypatch.setattr(preparation, "gather", spy)
    with Workspace.open(folder) as workspace:
        run = preparation.ask(workspace)
        with pytest.raises(Cancelled):
            preparation.carry_out(workspace, run)
        assert runs.get(workspace, run).status == "cancelled"
        names = {
            frozenset(rows.tolist()): name
            for name, rows in preparation._items(workspace, preparation.snapshots.get(workspace))
        }
        reduced = [trial for trial in seen if trial.pool.left_out]
        assert len(reduced) >= preparation.FEWEST
        everything = open_pool(workspace)
        assert reduced[0].pool.sparse.shape[1] == everything.sparse.shape[1] - len(names)
        assert {name.removeprefix("item:") for name in reduced[0].pool.left_out} == set(names.values())
        # and what they begin with was learned without them
        prior = prior_of(reduced[0].pool)
        assert prior.attention.any()
        assert prior.lists < prior_of(everything).lists
        for trial in seen:
            assert len(np.intersect1d(trial.seeds, trial.held)) == 0
            assert np.isin(trial.held, trial.pool.eligible).all()


def test_where_there_are_too_few_items_nothing_is_learned_or_stored(tmp_path):
    communities(tmp_path)
    with Workspace.open(tmp_path) as workspace:
        assert preparation.due(workspace) is None
        assert preparation.carry_out(workspace, preparation.ask(workspace)) == 0
        assert past.load(workspace, 1) is None


def test_cancelling_stores_nothing(folder, tmp_path):
    with Workspace.open(folder) as workspace:
        path = workspace.file_in("models", "past-1.npz")
        before = path.read_bytes() if path.exists() else None
        run = preparation.ask(workspace)
        with pytest.raises(Cancelled):
            preparation.carry_out(workspace, run, Progress(None, lambda: True))
        assert runs.get(workspace, run).status == "cancelled"
        assert (path.read_bytes() if path.exists() else None) == before


def test_a_list_of_everybody_or_of_too_many_is_no_past_list(monkeypatch):
    pool = memory_pool(np.random.default_rng(0).normal(size=(60, 2)), eligible=np.arange(40))
    chance = np.random.default_rng(0)

    def tried(count):
        return len(preparation._tried(pool, [np.arange(count, dtype=np.int32)], chance))

    assert tried(40) == 0  # all who are eligible: there is nobody to find them among
    assert tried(39) == 2
    monkeypatch.setattr(preparation, "LARGEST", 20)
    assert tried(21) == 0
    assert tried(20) == 2
