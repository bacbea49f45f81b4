"""Teachers and a student: soft labels lie between, and a student can do without strangers' names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional

from lookalike.errors import BadInput, Cancelled
from lookalike.methods import METHODS, hubble, score_all
from lookalike.methods.hubble import DEFAULT, fit_hubble, lesson, propagated, soft_labels
from lookalike.methods.mlp_training import Nets
from lookalike.pool import Loose
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

USERS = 800
VIEWS = [["als", 0, 3], ["smooth", 3, 6], ["svd", 6, 8], ["activity", 8, 9], ["wide", 9, 11]]


def _pool(seed=0):
    """The first 200 users are alike."""
    users = np.random.default_rng(seed).normal(size=(USERS, 4)) * (1, 5, 1, 1)
    users[:200, :2] += (3.5, 12.0)
    return memory_pool(users)


def _fit(pool, seeds, progress=SILENT, seed=0, recipe=DEFAULT):
    return fit_hubble(pool, seeds, np.ones(len(seeds)), np.random.default_rng(seed), progress, recipe)


def _entered(pool, positions):
    return propagated(pool, DEFAULT.teacher.scale).users(pool, positions)


def _labels(pool, seeds, others, against=10_000, recipe=DEFAULT):
    entered = _entered(pool, seeds), torch.ones(len(seeds)), _entered(pool, others)
    return soft_labels(*entered, against, recipe, 0, SILENT)


def test_soft_labels_lie_between_and_know_who_is_alike():
    pool, rng = _pool(), np.random.default_rng(1)
    seeds, others = (
        np.arange(0, 200, 2),
        rng.permutation(np.append(np.arange(1, 200, 2), range(200, 800))),
    )
    soft = _labels(pool, seeds, others).numpy()
    assert soft.shape == (700,)
    assert 0 < soft.min() < soft.max() < 1
    # the teacher's own half said "stranger" of all of them
    assert soft[others < 200].mean() > 0.5 > soft[others >= 200].mean()
    assert roc_auc_score(others < 200, soft) > 0.9
    warm = _labels(pool, seeds, others, recipe=replace(DEFAULT, temperature=3.0)).numpy()
    np.testing.assert_allclose(np.log(warm / (1 - warm)), np.log(soft / (1 - soft)) / 3, atol=1e-4)


def test_nobody_is_labelled_by_a_teacher_that_was_told_they_are_a_stranger(monkeypatch):
    pool, seeds, others = _pool(), np.arange(20), np.arange(100, 131)
    seen = {}

    def told(sample, recipe, seed, heard):  # each teacher says its number
        seen["strangers"] = sample.negative_weights.numpy()
        seen["seeds"] = sample.positive_weights.numpy()
        nets = Nets.zeros(2, recipe.nets, recipe.hidden[0], 5)
        nets.bias.copy_(torch.tensor([[-3.0], [3.0]]).expand(2, recipe.nets))
        return nets

    monkeypatch.setattr(hubble, "train", told)
    by = (_labels(pool, seeds, others, against=10).numpy() > 0.5).astype(int)
    assert (seen["strangers"][by, np.arange(31)] == 0).all()
    assert (seen["strangers"] > 0).sum(axis=1).tolist() == [10, 10]
    np.testing.assert_allclose(seen["strangers"].sum(axis=1), seen["seeds"].sum(axis=1), rtol=1e-5)


def test_a_lesson_is_the_cross_entropy_of_its_labels():
    rng = np.random.default_rng(0)
    seeds, others = (torch.from_numpy(rng.normal(size=(n, 3)).astype("f4")) for n in (4, 9))
    labels, weights = torch.rand(9), torch.tensor([1.0, 2.0, 0.5, 0.5])
    sample = lesson(seeds, weights, others, labels)
    head = torch.randn(3)
    signed = functional.softplus(-(sample.positives[0] @ head)) @ sample.positive_weights[0]
    signed = signed + functional.softplus(sample.negatives @ head) @ sample.negative_weights[0]
    own = functional.binary_cross_entropy_with_logits
    right = own(seeds @ head, torch.ones(4), weight=weights / 4, reduction="sum") / 2
    right = right + own(others @ head, labels, reduction="mean") / 2
    torch.testing.assert_close(signed / sample.lines, right)


def test_users_like_the_seeds_come_first():
    pool, seeds = _pool(), np.arange(0, 200, 4)
    judged = np.setdiff1d(np.arange(USERS), seeds)
    scores = score_all(pool, [_fit(pool, seeds)])[judged, 0]
    assert roc_auc_score(judged < 200, scores) > 0.9


def test_a_trusted_teacher_takes_fewer_users_for_strangers():
    """Half of those who are alike are left off the list: the more trust, the nearer to the seeds."""
    pool, seeds = _pool(), np.arange(0, 200, 2)
    missed, strangers = np.arange(1, 200, 2), np.arange(200, 800)
    found = [
        score_all(pool, [_fit(pool, seeds, recipe=replace(DEFAULT, trust=trust))])[:, 0]
        for trust in (0.0, 1.0)
    ]
    plain, trusted = (scores[missed].mean() for scores in found)
    assert trusted > plain + 0.3
    judged = np.append(missed, strangers)
    assert roc_auc_score(judged < 200, found[1][judged]) > 0.95


def test_only_views_around_the_step_over_the_graph_enter():
    pool = memory_pool(np.random.default_rng(0).normal(size=(300, 11)))
    pool.vectors.snapshot.how["views"] = VIEWS
    entered = propagated(pool, 2.0).scaling
    assert entered.shape == (9, 9)
    assert entered.any(axis=0).tolist() == [True] * 6 + [False] * 2 + [True]
    student, block = _fit(pool, np.arange(30)), pool.at(np.arange(300))
    for columns, counts in ((slice(6, 8), False), (slice(3, 6), True)):
        moved = block.dense.copy()
        moved[:, columns] += 5.0
        other = student.score(Loose(moved, 9, block.sparse, block.activity))
        assert np.allclose(other, student.score(block), atol=1e-5) != counts
    assert propagated(_pool(), 2.0).scaling.any(axis=0).all()  # nothing is known of a graph


def test_a_pool_of_few_others_will_do():
    for many in (11, 12, 13):
        pool = memory_pool(np.random.default_rng(0).normal(size=(many, 3)))
        scores = score_all(pool, [_fit(pool, np.arange(10))])
        assert np.isfinite(scores).all()


def test_the_student_tells_of_its_epochs_and_a_cancel_is_heard():
    heard = []
    _fit(_pool(), np.arange(30), Progress(heard.append))
    epochs = [update.facts["epoch"] for update in heard if "epoch" in update.facts]
    assert epochs == list(range(1, METHODS["hubble"].epochs + 1))
    fractions = [update.fraction for update in heard]
    assert fractions == sorted(fractions)
    with pytest.raises(Cancelled):
        _fit(_pool(), np.arange(30), Progress(cancelled=lambda: True))


def test_nobody_to_learn_from_is_said():
    with pytest.raises(BadInput, match="nobody to learn from"):
        _fit(_pool(), np.zeros(0, np.int64))
