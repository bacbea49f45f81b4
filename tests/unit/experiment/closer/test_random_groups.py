"""The sums of random groups: enough for a metric and its error, and no digit lost."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.experiment.closer.random_groups import Group, blocks, columns_of
from lookalike.experiment.metrics import mean_metric, ratio_metric, share_metric
from lookalike.experiment.moments import linearised, value
from lookalike.experiment.rows import table_rows
from tests.unit.experiment.data import moments_of

RATIO = ratio_metric("r", "x", "y")
METRICS = [mean_metric("m", "y"), share_metric("s", "x"), RATIO]
users = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=3, max_size=20)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def summed(connection, x, y, chosen) -> tuple[Group, np.ndarray]:
    """The chosen users as a group of a single run, and the centre of what was summed."""
    frame = pd.DataFrame({"user_id": np.arange(len(x)), "x": x, "y": y, "chosen": chosen}, dtype=float)
    connection.register("incoming", frame)
    connection.execute("CREATE OR REPLACE TABLE people AS SELECT * FROM incoming")
    people = table_rows(connection, "people")
    count, columns = columns_of(people, [*METRICS, mean_metric("chosen", "chosen")])
    numbers = np.concatenate(list(blocks(people, columns.variables, count)))
    assert len(numbers) == count == len(frame)
    mask = numbers[:, -1] > 0
    products = columns.products(numbers)
    assert products.shape == (count, columns.count)
    return Group(columns, products[mask].sum(axis=0)[None]), columns.centre


@settings(max_examples=20, deadline=None)
@given(users, st.randoms(use_true_random=False))
def test_a_group_tells_values_and_errors_like_its_users(connection, rows: list, random) -> None:
    x, y = np.array(rows, float).T
    chosen = np.array([True, True, *(random.random() < 0.5 for _ in rows[2:])])
    group, centre = summed(connection, x, y, chosen)
    for metric in METRICS:
        moments = moments_of(metric, {"x": x[chosen], "y": y[chosen]})
        form = linearised(moments, metric)
        found = group.estimated(metric)
        less = 0.0 if metric is RATIO else centre[group.columns.variables.index(metric.numerator)]
        assert found.less[0] + less == pytest.approx(value(moments, metric))
        assert found.error[0] * chosen.sum() == pytest.approx(moments.bilinear(form, form), abs=1e-9)
        assert found.events[0] / found.trials[0] == pytest.approx(value(moments, metric))


def test_a_group_of_one_user_or_with_nothing_to_divide_by_tells_nothing(connection) -> None:
    alone, _ = summed(connection, [1, 2, 3], [1, 1, 1], [True, False, False])
    assert np.isnan(alone.estimated(METRICS[0]).error[0])
    empty, _ = summed(connection, [1, 2, 3], [0, 0, 5], [True, True, False])
    assert np.isnan(empty.estimated(RATIO).less[0])
    assert not np.isnan(empty.estimated(METRICS[0]).less[0])


def test_large_numbers_keep_their_variance(connection) -> None:
    noise = np.random.default_rng(0).normal(size=200)
    group, _ = summed(connection, np.ones(200), 1e9 + noise, np.arange(200) % 2 == 0)
    found = group.estimated(METRICS[0])
    assert found.error[0] == pytest.approx(noise[::2].var(ddof=1) / 100, rel=1e-5)
