"""The ranking of a run: who is in it, in which order, and how it is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lookalike.errors import BadInput
from lookalike.ranking import RANKED, Ranking, descending, load_ranking, rank, save_ranking

from .worlds import memory_pool


def _ranking(rows, scores, eligible=None):
    ranked = np.array(list(zip(rows, scores, strict=True)), RANKED)
    return Ranking(ranked, eligible or len(rows))


def test_seeds_and_the_ineligible_are_not_ranked():
    pool = memory_pool(np.zeros((6, 1)), eligible=[0, 1, 3, 4, 5], rows=np.arange(10, 70, 10, np.int32))
    ranking = rank(pool, np.array([5, 1, 9, 8, 2, 7], np.float32), np.array([2, 3]))
    assert ranking.candidates["row"].tolist() == [60, 10, 50, 20]
    assert ranking.candidates["score"].tolist() == [7, 5, 2, 1]
    assert ranking.eligible == 5


def test_equal_scores_go_by_the_hash_of_the_row():
    pool = memory_pool(np.zeros((300, 1)))
    scores = (np.arange(300) % 2).astype(np.float32)
    ranked = rank(pool, scores, np.array([], int)).candidates["row"]
    expected = sorted(range(300), key=lambda row: (-scores[row], pool.tie_order[row]))
    assert ranked.tolist() == expected
    assert abs(np.corrcoef(ranked[:150], np.arange(150))[0, 1]) < 0.33  # four standard errors


FLOATS = st.one_of(
    st.floats(width=32, allow_nan=False),
    st.sampled_from([0.0, -0.0, np.inf, -np.inf, 1.0, -1.0, 2.0**-149, -(2.0**-149)]),
)


@given(arrays(np.float32, st.integers(0, 60), elements=FLOATS), st.randoms(use_true_random=False))
def test_order_is_that_of_a_sort_by_score_and_tie(scores, chance):
    ties = np.array(chance.sample(range(1_000), len(scores)), np.uint64)
    asked = descending(scores, lambda some: ties[some])
    assert asked.tolist() == np.lexsort((ties, -scores.astype(float) + 0.0)).tolist()


def test_the_lowest_scores_come_last():
    pool = memory_pool(np.zeros((4, 1)))
    scores = np.array([-np.inf, 3, -5, np.inf], np.float32)
    assert rank(pool, scores, np.array([], int)).candidates["row"].tolist() == [3, 1, 2, 0]


@pytest.mark.parametrize(
    ("size", "count"),
    [(0.05, 10), (1.0, 150), (0.0001, 1), (0.029, 5), (1, 1), (150, 150), (150.0, 150), (0.9, 150)],
)
def test_a_share_is_of_the_eligible_and_a_count_is_a_count(size, count):
    assert _ranking(range(150), [0] * 150, eligible=200).count(size) == count


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (0, "0 is no audience"),
        (-0.5, "-0.5 is no audience"),
        (float("nan"), "nan is no audience"),
        (151, "You asked for 151 users; 150 are available"),
        (float("inf"), "150 are available"),
    ],
)
def test_an_impossible_size_is_refused(size, says):
    with pytest.raises(BadInput, match=says):
        _ranking(range(150), [0] * 150, eligible=200).count(size)


def test_a_ranking_comes_back_as_it_was_saved(workspace):
    ranking = _ranking([2, 0, 1, 3, 4, 5, 6], [2.5, 1, 0.25, 0, -1, -2, -3], eligible=9)
    save_ranking(workspace, "r1", ranking)
    found = load_ranking(workspace, "r1", 9)
    np.testing.assert_array_equal(found.candidates, ranking.candidates)
    assert (found.eligible, len(found)) == (9, 7)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_scores_that_are_gone_are_said(workspace, harm):
    ranking = _ranking([1, 0], [2, 1])
    save_ranking(workspace, "r1", ranking)
    harm(workspace.file_in("scores", "r1.npy"))
    with pytest.raises(BadInput, match="no longer in the workspace folder"):
        load_ranking(workspace, "r1", 9)
