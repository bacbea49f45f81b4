"""The network: what no line can separate, its loss by hand, its weights, its folding."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from lookalike.errors import BadInput, Cancelled
from lookalike.methods import mlp, score_all
from lookalike.methods.mlp import PUBLISHED, Recipe, fit_mlp, fit_mlp_published
from lookalike.pool import open_pool
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import add_users, add_vectors, memory_pool

CORNERS = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]])


def _corners(each=300, random_state=0):
    """Four blobs in the plane; the first two lie across from each other."""
    rng = np.random.default_rng(random_state)
    corner = np.arange(4 * each) % 4
    return corner, CORNERS[corner] + rng.normal(scale=0.25, size=(4 * each, 2))


def _fit(pool, seeds, weights=None, seed=0, recipe=None, progress=SILENT):
    weights = np.ones(len(seeds)) if weights is None else weights
    return fit_mlp(pool, seeds, weights, np.random.default_rng(seed), progress, recipe or Recipe())


def test_it_solves_what_no_line_can_separate(workspace):
    corner, points = _corners()
    add_users(workspace, [f"u{row}" for row in range(len(points))])
    add_vectors(workspace, points * [1, 50] + [1000, 3])
    pool = open_pool(workspace)
    alike = corner < 2
    members = np.random.default_rng(1).permutation(np.flatnonzero(alike))
    seeds, hidden = np.sort(members[::2]), members[1::2]
    judged = np.setdiff1d(np.arange(len(points)), seeds)
    truth = np.isin(judged, hidden)
    line = LogisticRegression().fit(points, np.isin(np.arange(len(points)), seeds))
    assert abs(roc_auc_score(truth, line.decision_function(points[judged])) - 0.5) < 0.1
    scores = score_all(pool, [_fit(pool, seeds)])[:, 0]
    assert roc_auc_score(truth, scores[judged]) > 0.95


@pytest.fixture
def trained(monkeypatch):
    """What the trainers were given and gave back."""
    seen = {}
    shallow, deep = mlp.train, mlp.train_deep

    def told(sample, *rest):
        seen.update(
            users=np.concatenate([sample.positives[0].numpy(), sample.negatives.numpy()])[:, :-1],
            labels=np.arange(sample.lines) < sample.positives.shape[1],
            importance=np.append(sample.positive_weights[0], sample.negative_weights[0]),
        )
        seen["nets"] = shallow(sample, *rest)
        return seen["nets"]

    def told_deep(users, labels, importance, *rest):
        seen.update(users=users.numpy(), labels=labels.numpy(), importance=importance.numpy())
        seen["layers"] = deep(users, labels, importance, *rest)
        return seen["layers"]

    monkeypatch.setattr(mlp, "train", told)
    monkeypatch.setattr(mlp, "train_deep", told_deep)
    return seen


def test_classes_are_balanced_and_seeds_weighted(trained):
    _, points = _corners(each=200)
    weights = np.array([0.2, 0.8, 1.0, 2.0])
    _fit(memory_pool(points), np.array([0, 5, 9, 400]), weights, recipe=Recipe(epochs=1))
    labels, importance = trained["labels"], trained["importance"]
    assert (labels.sum(), (labels == 0).sum()) == (4, 300)  # at least 300 negatives
    assert importance.mean() == pytest.approx(1, rel=1e-5)
    assert importance[labels == 1].sum() == pytest.approx(importance[labels == 0].sum(), rel=1e-5)
    np.testing.assert_allclose(importance[:4] / importance[:4].sum(), weights / 4, rtol=1e-5)
    assert np.ptp(importance[labels == 0]) == 0


def test_negatives_are_ten_times_the_seeds_and_never_seeds(trained):
    _, points = _corners(each=200)
    pool, seeds = memory_pool(points), np.arange(40)
    _fit(pool, seeds, recipe=Recipe(epochs=1))
    assert (trained["labels"] == 0).sum() == 400
    entered = (points - points.mean(axis=0)) @ pool.vectors.whitening * Recipe().scale
    np.testing.assert_allclose(trained["users"][:40], entered[:40], atol=1e-5)
    nearest = np.abs(trained["users"][40:, None] - entered[None]).sum(axis=2).argmin(axis=1)
    assert np.isin(nearest, np.arange(40, 800)).all()
    assert len(np.unique(nearest)) == 400


def test_the_folded_network_equals_the_nets_one_by_one(trained):
    _, points = _corners()
    points = points * [1e-3, 40] + [5, -700]
    pool = memory_pool(points)
    recipe = Recipe(epochs=3, hidden=(8,))
    scores = score_all(pool, [_fit(pool, np.arange(0, 80, 2), recipe=recipe)])[:, 0]
    nets = trained["nets"]
    inner = nets.inner.numpy().astype(float).reshape(recipe.nets, 8, 3)
    outer = nets.outer.numpy().astype(float).reshape(recipe.nets, 8)
    bias = nets.bias.numpy().astype(float)[0]
    stored = pool.vectors.matrix.astype(float)
    users = (stored - pool.vectors.mean) @ pool.vectors.whitening * recipe.scale
    logits = [
        np.maximum(users @ inner[net, :, :2].T + inner[net, :, 2], 0) @ outer[net] + bias[net]
        for net in range(recipe.nets)
    ]
    assert np.std(logits, axis=0).max() > 1e-3
    np.testing.assert_allclose(scores, np.mean(logits, axis=0), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("unit", [False, True])
def test_further_layers_stay_apart_by_net(trained, unit):
    _, points = _corners()
    pool = memory_pool(np.add(points, [0.3, 0.1]))
    recipe = Recipe(epochs=2, hidden=(8, 5), nets=2, unit=unit, scale=0.5)
    scores = score_all(pool, [_fit(pool, np.arange(0, 80, 2), recipe=recipe)])[:, 0]
    first, first_bias, second, second_bias, outer, bias = (
        layer.numpy().astype(float) for layer in trained["layers"]
    )
    stored = pool.vectors.matrix.astype(float)
    users = (stored - pool.vectors.mean) @ pool.vectors.whitening
    if unit:
        users = stored / np.linalg.norm(stored, axis=1, keepdims=True)
    logits = []
    for net in range(2):
        hidden = np.maximum(0.5 * users @ first[net] + first_bias[net], 0)
        hidden = np.maximum(hidden @ second[net] + second_bias[net], 0)
        logits.append((hidden @ outer[net] + bias[net])[:, 0])
    assert np.abs(logits[0] - logits[1]).max() > 1e-3
    np.testing.assert_allclose(scores, np.mean(logits, axis=0), rtol=1e-3, atol=1e-4)


def test_the_published_recipe_is_one_net_on_unit_vectors_with_as_many_negatives(trained):
    _, points = _corners(each=100)
    pool, seeds = memory_pool(points + 0.2), np.arange(30)
    fit_mlp_published(pool, seeds, np.ones(30), np.random.default_rng(0), SILENT)
    assert (trained["labels"].sum(), (trained["labels"] == 0).sum()) == (30, 30)
    np.testing.assert_allclose(np.linalg.norm(trained["users"], axis=1), 1, rtol=1e-5)
    shapes = [tuple(layer.shape) for layer in trained["layers"]]
    assert shapes[::2] == [(1, 2, 128), (1, 128, 64), (1, 64, 1)]
    assert (PUBLISHED.learning_rate, PUBLISHED.weight_decay, PUBLISHED.dropout) == (1e-3, 0, 0)


@pytest.mark.parametrize("recipe", [Recipe(epochs=1), PUBLISHED])
def test_nobody_to_learn_from_is_said(recipe):
    _, points = _corners(each=10)
    with pytest.raises(BadInput, match="holds nobody"):
        _fit(memory_pool(points), np.empty(0, np.int64), recipe=recipe)


def test_heavy_seeds_pull_the_scores_to_their_side():
    corner, points = _corners()
    pool = memory_pool(points)
    seeds = np.flatnonzero(corner < 2)[:120]
    heavy = np.where(corner[seeds] == 0, 10.0, 1.0)
    pulled, equal = (
        score_all(pool, [_fit(pool, seeds, weights / weights.mean(), recipe=Recipe(epochs=40))])[:, 0]
        for weights in (heavy, np.ones(120))
    )
    gap = [scores[corner == 0].mean() - scores[corner == 1].mean() for scores in (pulled, equal)]
    assert gap[0] > gap[1] + 0.5
    assert abs(gap[1]) < 0.5


def test_every_epoch_is_told_and_the_loss_falls():
    corner, points = _corners()
    heard = []
    _fit(memory_pool(points), np.flatnonzero(corner == 0), progress=Progress(heard.append))
    assert [update.facts["epoch"] for update in heard] == list(range(1, Recipe().epochs + 1))
    assert heard[-1].fraction == 1
    losses = [update.facts["loss"] for update in heard]
    assert losses[0] == pytest.approx(np.log(2), abs=0.05)  # before it knows anything
    assert losses[-1] < 0.9 * losses[0]
    assert losses == pytest.approx(sorted(losses, reverse=True), abs=0.02)


def test_a_cancel_is_heard_between_epochs():
    _, points = _corners()
    heard = []
    watcher = Progress(heard.append, lambda: len(heard) >= 2)
    with pytest.raises(Cancelled):
        _fit(memory_pool(points), np.arange(50), progress=watcher)
    assert len(heard) == 2
