import datetime as dt

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from lookalike import sample
from lookalike.errors import BadInput
from lookalike.progress import Progress
from lookalike.workspace import Workspace, now
from tests.unit.sample.conftest import TODAY


@pytest.fixture(scope="module")
def small():
    return sample.generate(users=500, today=TODAY)


def test_the_same_arguments_make_the_same_world(small):
    again = sample.generate(users=500, today=TODAY)
    for name in ("users", "items", "interactions", "engagement"):
        assert getattr(again, name).equals(getattr(small, name)), name
    assert again.seed_lists == small.seed_lists
    assert all((again.truth[name] == small.truth[name]).all() for name in small.truth)


def test_another_seed_makes_another_world(small):
    other = sample.generate(seed=8, users=500, today=TODAY)
    assert not other.users["user_id"].equals(small.users["user_id"])
    assert other.interactions.num_rows != small.interactions.num_rows


def test_another_day_moves_the_dates_and_nothing_else(small):
    later = sample.generate(users=500, today=TODAY + dt.timedelta(days=100))
    assert later.users.drop("last_active").equals(small.users.drop("last_active"))
    assert later.interactions.drop("ts").equals(small.interactions.drop("ts"))
    assert later.seed_lists == small.seed_lists
    moved = later.interactions["ts"].to_numpy() - small.interactions["ts"].to_numpy()
    assert set(moved) == {np.timedelta64(100, "D")}


def test_a_world_ends_today_unless_told_otherwise():
    newest = sample.generate(users=500).users["last_active"].to_numpy().max()
    assert dt.timedelta(0) < now() - newest.astype(dt.datetime) < dt.timedelta(days=3)


def test_a_world_says_what_it_holds_in_a_line(small):
    assert (
        repr(small)
        == f"World(500 users, 569 items, {small.interactions.num_rows:,} interactions, 60 seed lists)"
    )


def test_too_small_a_world_is_refused():
    with pytest.raises(BadInput, match="499 users was asked for"):
        sample.generate(users=499)


def test_ids_are_text_of_one_width_and_known_everywhere(world):
    users, items = (set(world.users["user_id"].to_pylist()), set(world.items["item_id"].to_pylist()))
    assert len(users) == 4_000
    assert {(user[:2], len(user)) for user in users} == {("u_", 9)}
    assert {(item[:2], len(item)) for item in items} == {("i_", 6)}
    assert set(world.interactions["user_id"].to_pylist()) == users
    assert set(world.interactions["item_id"].to_pylist()) <= items
    for table in [world.engagement, *world.seed_lists.values(), *world.file_lists.values()]:
        ids = table["user_id"].to_pylist()
        assert len(ids) == len(set(ids))
        assert set(ids) <= users


def test_nobody_has_met_the_items_behind_the_lists(world):
    held_out = {item for campaign in world.campaigns.values() for item in campaign}
    assert held_out <= set(world.items["item_id"].to_pylist())
    assert not held_out & set(world.interactions["item_id"].to_pylist())


def test_lists_are_named_after_what_their_items_are_about(world):
    category = dict(
        zip(*(world.items[name].to_pylist() for name in ("item_id", "category")), strict=True)
    )
    for name in world.seed_lists:
        for item in world.campaigns[name]:
            assert category[item] in name


def test_interactions_come_before_the_last_time_a_user_was_seen(world, rows_of):
    last = world.users["last_active"].to_numpy()[rows_of(world.interactions)]
    ago = (last - world.interactions["ts"].to_numpy()) / np.timedelta64(1, "D")
    assert ago.min() >= 0
    assert ago.max() <= 120


def test_a_centroid_of_embeddings_finds_held_out_seeds(world, rows_of):
    """What a method can learn here: far above activity alone, which is above chance."""
    users = world.users.num_rows
    item = {name: number for number, name in enumerate(world.items["item_id"].to_pylist())}
    columns = [item[name] for name in world.interactions["item_id"].to_pylist()]
    rows = rows_of(world.interactions)
    matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=(users, len(item)))
    activity = matrix.sum(axis=1)
    popularity = np.maximum(matrix.sum(axis=0), 1)
    scaled = matrix * activity[:, None] ** -0.25 * popularity[None, :] ** -0.25
    vectors, _, _ = randomized_svd(csr_array(scaled), 32, random_state=0)
    vectors = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rng = np.random.default_rng(1)
    found = []
    for table in world.seed_lists.values():
        seeds = rng.permutation(rows_of(table))
        held_out, rest = np.split(seeds, [len(seeds) // 4])
        recalls = []
        for score in (vectors @ vectors[rest].mean(axis=0), activity, rng.random(users)):
            ranked = np.setdiff1d(np.argsort(-score, kind="stable"), rest, assume_unique=True)
            recalls.append(np.isin(held_out, ranked[: users // 20]).mean())
        found.append(recalls)
    learned, active, chance = np.mean(found, axis=0)
    assert chance == pytest.approx(0.05, abs=0.02)
    assert 0.07 < active < 0.2
    assert 0.3 < learned < 0.65
    assert np.mean([one[0] > one[1] for one in found]) > 0.85


def test_a_world_loads_into_a_workspace(small, tmp_path):
    heard = []
    with Workspace.open(tmp_path / "workspace", create=True) as workspace:
        sample.load(workspace, small, Progress(heard.append))
        with workspace.cursor() as cursor:
            count = {
                table: cursor.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("users", "items", "interactions", "engagement", "seed_lists")
            }
            members = dict(
                cursor.execute(
                    "SELECT name, count(*) FROM seed_members JOIN seed_lists ON list = id GROUP BY name"
                ).fetchall()
            )
            metrics = dict(cursor.execute("SELECT name, kind FROM metrics").fetchall())
            spend = cursor.execute(
                "SELECT avg(\"values\"['spend']) FROM seed_members JOIN seed_lists ON list = id "
                "WHERE name = ?",
                [
                    next(
                        name for name, table in small.seed_lists.items() if "spend" in table.column_names
                    )
                ],
            ).fetchone()[0]
    assert count == {
        "users": 500,
        "items": small.items.num_rows,
        "interactions": small.interactions.num_rows,
        "engagement": small.engagement.num_rows,
        "seed_lists": 60,
    }
    assert members == {name: table.num_rows for name, table in small.seed_lists.items()}
    assert metrics == {"impressions": "count", "clicks": "count", "ctr": "rate", "revenue": "count"}
    valued = next(table for table in small.seed_lists.values() if "spend" in table.column_names)
    assert spend == pytest.approx(np.mean(valued["spend"].to_numpy()))
    assert [update.fraction for update in heard] == sorted(update.fraction for update in heard)
    assert heard[-1].fraction == 1
