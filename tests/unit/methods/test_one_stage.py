"""A network on raw features alone: made users whose features decide and whose vectors say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from lookalike.errors import BadInput, Cancelled
from lookalike.methods import METHODS, check, one_stage, score_all
from lookalike.methods.bags import Recipe
from lookalike.methods.one_stage import DEFAULT, fit_one_stage
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

USERS = 1_200


def _world(seed=0):
    """Users with 20 features of chance; those with the first are alike, their vectors are chance."""
    rng = np.random.default_rng(seed)
    took = rng.random((USERS, 20)) < 0.3
    members = rng.permutation(np.flatnonzero(took[:, 0]))
    pool = memory_pool(rng.normal(size=(USERS, 4)), sparse=took)
    return pool, np.sort(members[::2]), members[1::2]


def _fit(pool, seeds, progress=SILENT, seed=0, weights=None):
    weights = np.ones(len(seeds)) if weights is None else weights
    return fit_one_stage(pool, seeds, weights, np.random.default_rng(seed), progress)


def _judged(scores, seeds, hidden):
    rest = np.setdiff1d(np.arange(USERS), seeds)
    return roc_auc_score(np.isin(rest, hidden), scores[rest])


def test_it_finds_by_features_what_vectors_do_not_tell():
    pool, seeds, hidden = _world()
    plain = METHODS["mlp"].fit(pool, seeds, np.ones(len(seeds)), np.random.default_rng(0), SILENT)
    own, vectors = score_all(pool, [_fit(pool, seeds), plain]).T
    assert _judged(own, seeds, hidden) > 0.95
    assert abs(_judged(vectors, seeds, hidden) - 0.5) < 0.1


def test_it_learns_what_no_line_can_separate():
    """Those are alike who have exactly one of the first two features."""
    rng = np.random.default_rng(1)
    took = rng.random((USERS, 8)) < 0.5
    members = rng.permutation(np.flatnonzero(took[:, 0] != took[:, 1]))
    seeds, hidden = np.sort(members[::2]), members[1::2]
    pool = memory_pool(np.zeros((USERS, 1)), sparse=took)
    line = LogisticRegression().fit(took, np.isin(np.arange(USERS), seeds))
    assert _judged(line.decision_function(took), seeds, hidden) < 0.6
    patient = Recipe(replace(DEFAULT.net, epochs=80, learning_rate=1e-2), shown=1.0, evening=0.0)
    found = fit_one_stage(pool, seeds, np.ones(len(seeds)), rng, SILENT, patient)
    assert _judged(score_all(pool, [found])[:, 0], seeds, hidden) > 0.95


def test_embeddings_change_nothing():
    pool, seeds, _ = _world()
    other = memory_pool(np.random.default_rng(9).normal(size=(USERS, 3)), sparse=pool.sparse.toarray())
    one, two = (score_all(some, [_fit(some, seeds[:30])]) for some in (pool, other))
    np.testing.assert_array_equal(one, two)


def test_classes_are_balanced_and_seeds_weighted(monkeypatch):
    pool, seeds, _ = _world()
    given = {}

    def told(rows, positives, importance, *_):
        given.update(rows=rows, positives=positives, importance=importance)

    monkeypatch.setattr(one_stage, "train", told)
    weights = np.array([0.2, 0.8, 1.0, 2.0])
    _fit(pool, seeds[:4], weights=weights)
    importance = given["importance"]
    assert given["positives"] == 4
    assert len(importance) == given["rows"].shape[0] == 4 + DEFAULT.negatives_for(4)
    assert importance.mean() == pytest.approx(1, rel=1e-5)
    assert importance[:4].sum() == pytest.approx(importance[4:].sum(), rel=1e-5)
    np.testing.assert_allclose(importance[:4] / importance[:4].sum(), weights / 4, rtol=1e-5)
    np.testing.assert_array_equal(given["rows"][:4].toarray(), pool.sparse[seeds[:4]].toarray())


def test_the_sample_of_a_long_list_stays_bounded():
    assert DEFAULT.negatives_for(200_000) == DEFAULT.most_negatives == 50_000


def test_every_epoch_is_told_and_a_cancel_is_heard():
    pool, seeds, _ = _world()
    heard = []
    _fit(pool, seeds[:20], Progress(heard.append))
    epochs = [update.facts["epoch"] for update in heard]
    assert epochs == list(range(1, METHODS["one_stage"].epochs + 1))
    assert heard[-1].facts["loss"] < heard[0].facts["loss"]
    with pytest.raises(Cancelled):
        _fit(pool, seeds[:20], Progress(cancelled=lambda: True))


def test_what_is_missing_is_said():
    pool, _, _ = _world()
    with pytest.raises(BadInput, match="nobody to learn from"):
        _fit(pool, np.zeros(0, np.int64))
    bare = memory_pool(np.eye(9))
    with pytest.raises(BadInput, match="no raw features") as raised:
        _fit(bare, np.arange(3))
    assert "mlp" in raised.value.hint
    with pytest.raises(BadInput, match="nothing to look at"):
        check("one_stage", bare)
