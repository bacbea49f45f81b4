"""What runs on the executors, without Spark: the best of parts, put together, are the best of all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.methods.ridge import Head
from lookalike.methods.stack import Stack
from lookalike.one_pass import Wanted, best
from lookalike.spark import tasks
from lookalike.spark.files import About
from tests.unit.worlds import memory_pool

LISTS = 3
FIRST = np.array([[1, 0]], np.float32)  # the first column is the score
NOBODY = np.empty(0, np.int32)


def users(rows: np.ndarray, vectors: np.ndarray) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "row": pa.array(rows, pa.int32()),
            "user_id": pa.array([f"id {row}" for row in rows], pa.string()),
            "vector": pa.array(vectors.tolist(), pa.list_(pa.float32())),
        }
    )


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """What a plan has for groups of files are here the users themselves."""
    monkeypatch.setattr(tasks, "users_of", lambda groups, _: iter(groups))


def plan(weights, counts, without, parts, floor: float = -np.inf) -> tasks.Plan:
    stack = Stack([Head(one) for one in weights])
    floors = np.full(len(weights), floor, np.float32)
    columns = ("row", "user_id", "vector")
    return tasks.Plan(stack, About(2, 2), range(len(weights)), counts, floors, without, parts, columns)


def best_of_parts(made: tasks.Plan) -> list[pa.RecordBatch]:
    return [one for part in range(len(made.parts)) for one in tasks.best_of_part(made, part)]


def merged(made: tasks.Plan, packed: list[pa.RecordBatch]) -> list[pa.Table]:
    table = pa.Table.from_batches(packed)
    lists = table["list"].to_numpy()
    names = [f"list {place}" for place in made.numbers]
    return [
        tasks.best_of_all(names, made.counts, table.filter(pa.array(lists == place)))
        for place in made.numbers
        if (lists == place).any()
    ]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.lists(st.integers(0, 60), max_size=4))
def test_however_the_users_are_divided_the_best_are_those_of_one_pass(seed, count, cuts):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-2, 3, (60, 2)).astype(np.float32)  # few values: many users are equal
    weights = rng.integers(-1, 2, (LISTS, 2)).astype(np.float32)
    without = [np.sort(rng.choice(60, size, replace=False)).astype(np.int32) for size in (0, 5, 30)]
    rows = rng.permutation(1000)[:60].astype(np.int32)
    order = np.argsort(rows)
    pool = memory_pool(vectors[order], rows=rows[order])
    wanted = [
        Wanted(Head(own), count, np.flatnonzero(np.isin(rows[order], rows[gone])))
        for own, gone in zip(weights, without, strict=True)
    ]
    parts = [
        [users(rows[half], vectors[half]) for half in np.array_split(part, 2) if len(half)]
        for part in np.split(np.arange(60), sorted(cuts))
    ]
    made = plan(weights, [count] * LISTS, [np.sort(rows[gone]) for gone in without], parts)
    packed = best_of_parts(made)
    for place, found in enumerate(merged(made, packed)):
        expected = best(pool, [wanted[place]])[0]
        assert found["user_id"].to_pylist() == [f"id {row}" for row in expected["row"]]
        assert found["score"].to_pylist() == expected["score"].tolist()
        assert found["rank"].to_pylist() == list(range(1, len(expected) + 1))


def test_nobody_below_the_floor_travels():
    vectors = np.stack([np.arange(100), np.zeros(100)], axis=1).astype(np.float32)
    parts = [[users(np.arange(100), vectors)]]
    packed = best_of_parts(plan(FIRST, [50], [NOBODY], parts, floor=80))
    assert [one["users"].to_pylist() for one in packed] == [[20]]


def test_a_sample_gives_its_best_scores_without_the_list():
    vectors = np.stack([np.arange(100), np.zeros(100)], axis=1).astype(np.float32)
    made = plan(FIRST, [3], [np.array([97, 99], np.int32)], [[users(np.arange(100), vectors)]])
    (packed,) = tasks.scores_of_part(made, 0)
    assert packed["users"].to_pylist() == [98]
    assert np.frombuffer(packed["held"][0].as_py(), np.float32).tolist() == [98, 96, 95]


def test_results_travel_in_pieces(monkeypatch):
    monkeypatch.setattr(tasks, "PIECE", 7)
    vectors = np.stack([np.arange(20), np.zeros(20)], axis=1).astype(np.float32)
    made = plan(FIRST, [20], [NOBODY], [[users(np.arange(20), vectors)]])
    packed = best_of_parts(made)
    assert [one["users"][0].as_py() for one in packed] == [7, 7, 6]
    (found,) = merged(made, packed)
    assert found["user_id"].to_pylist() == [f"id {row}" for row in range(19, -1, -1)]


def test_a_row_of_two_users_is_refused():
    made = plan(FIRST, [5], [NOBODY], [[users(np.array([4, 4, 5]), np.ones((3, 2), np.float32))]])
    with pytest.raises(BadInput, match="The row 4 stands for two users"):
        merged(made, best_of_parts(made))
