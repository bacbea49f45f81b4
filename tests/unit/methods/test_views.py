"""The views against their dense definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.methods.prototype import head_of
from lookalike.methods.views import EXPERIENCED, PENALTIES, PENALTY, Views, views_of
from lookalike.past import Hat
from tests.unit.methods.test_blending import past as made
from tests.unit.worlds import memory_pool

VIEWS = [["als", 0, 3], ["smooth", 3, 6], ["activity", 6, 7], ["wide", 7, 11]]
SEEDS = np.array([3, 8, 20, 41, 77])
WEIGHTS = np.array([0.5, 1.5, 1.0, 1.2, 0.8])


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    took = (rng.random((400, 15)) < 0.3).astype(np.float32)
    took[:, 0] = 1
    pool = memory_pool(rng.normal(size=(400, 11)) @ rng.normal(size=(11, 11)), sparse=took)
    pool.vectors.snapshot.how["views"] = VIEWS
    return pool


def _exact(pool):
    """Hats at the rows' lengths as they are, so that nothing has to be estimated."""
    views = Views(pool)
    hats = {}
    for name, penalties in PENALTIES.items():
        raw = views.raws[name]
        rows = raw.rows[:, None] * raw.matrix.toarray().astype(float) * raw.columns
        values = np.stack(
            [
                np.diag(rows @ np.linalg.inv(rows.T @ rows + one * np.eye(15)) @ rows.T)
                for one in penalties
            ],
            axis=1,
        )
        hats[name] = _ByUser(values)
    return Views(pool, hats)


class _ByUser(Hat):
    """A hat that knows each seed's own value, whatever its length."""

    __slots__ = ()

    def __init__(self, values):
        super().__init__(np.arange(len(values), dtype=float), values)

    def at(self, lengths, place):  # noqa: ARG002 - every seed knows its own
        return self.values[SEEDS, place]


def _white(pool, columns):
    part = np.asarray(pool.vectors.matrix, float)[:, columns]
    part = part - part.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(part, rowvar=False).reshape(len(columns), -1))
    return part @ (axes / np.sqrt(np.maximum(values, 1e-4 * values.max())))


def _experienced(pool, weights, users):
    kept = weights > 0
    return head_of(pool, SEEDS[kept], weights[kept]).score(pool.at(users)).astype(float)


def _all_scores(pool, weights):
    """Every view from its definition."""
    marked = np.zeros(400)
    marked[SEEDS] = weights
    scores = []
    for columns in ([0, 1, 2], [3, 4, 5], [7, 8, 9, 10]):
        rows = np.hstack([_white(pool, columns), _white(pool, [6])])
        scores.append(
            rows @ np.linalg.solve(rows.T @ rows + PENALTY * np.eye(rows.shape[1]), rows.T @ marked)
        )
    unit = _white(pool, [3, 4, 5])
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    scores.append(unit @ (unit.T @ marked))
    scores.append(_experienced(pool, weights, np.arange(400)))
    took = pool.sparse.toarray().astype(float)
    even = took / took.sum(axis=1, keepdims=True) ** 0.25 / took.sum(axis=0) ** 0.25
    for rows, penalties in zip((took, even), PENALTIES.values(), strict=True):
        for one in penalties:
            inner = np.linalg.solve(rows.T @ rows + one * np.eye(15), rows.T @ marked)
            scores.append(rows @ inner)
    tfidf = took * np.log(400 / took.sum(axis=0))
    tfidf /= np.maximum(np.linalg.norm(tfidf, axis=1, keepdims=True), 1e-6)
    scores.append(tfidf @ (tfidf.T @ marked))
    return np.stack(scores, axis=1)


def test_every_view_is_its_definition(pool):
    views = Views(pool)
    assert views.names[:5] == ["ridge als", "ridge smooth", "ridge wide", "near", "prototype"]
    assert views.names[5] == "raw 100"
    found = views.fit(SEEDS, WEIGHTS).score(pool.at(np.arange(400)))
    wanted = _all_scores(pool, WEIGHTS)
    np.testing.assert_allclose(found, wanted, atol=1e-3 * np.abs(wanted).max())
    for name, one, other in zip(views.names, found.T, wanted.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.9999, name


def test_a_seed_without_its_own_mark_scores_as_if_it_were_no_seed(pool):
    fitted = _exact(pool).fit(SEEDS, WEIGHTS)
    own = fitted.without_own()
    for place, seed in enumerate(SEEDS):
        weights = WEIGHTS.copy()
        weights[place] = 0
        wanted = _all_scores(pool, weights)[seed]
        # a head is known up to what all users share, and here it is that of all seeds
        all_seeds, others = (_experienced(pool, one, np.arange(400)) for one in (WEIGHTS, weights))
        wanted[4] += all_seeds.mean() - others.mean()
        np.testing.assert_allclose(own[place], wanted, atol=2e-3 * np.abs(wanted).max())


def test_penalties_of_one_ridge_are_rivals(pool):
    views = Views(pool)
    groups = [[views.names[place] for place in group] for group in views.rivals]
    assert ["even 1", "even 3", "even 10", "even 30", "even 100"] in groups
    assert ["ridge als"] in groups
    assert ["near"] in groups
    assert sorted(place for group in views.rivals for place in group) == list(range(len(views.names)))


def test_a_workspace_of_imported_embeddings_has_the_views_that_exist():
    points = np.random.default_rng(0).normal(size=(60, 4))
    pool = memory_pool(points, sparse=np.zeros((60, 0)))
    views = views_of(pool)
    assert views.names == ["ridge all", "near"]
    assert views is views_of(pool)
    assert views.fit(np.arange(5), np.ones(5)).score(pool.at(np.arange(7))).shape == (7, 2)


@pytest.mark.parametrize("tried", [None, "prior", "prototype"])
def test_past_lists_from_before_a_view_go_on_to_serve(pool, tried):
    others = [name for name in Views(pool).names if name not in EXPERIENCED]
    known = replace(made(np.zeros((3, 4))), views=tuple([*others, tried] if tried else others))
    views = Views(replace(pool, past=known, _base=pool))
    assert views.experienced == tried
    assert sorted(views.names) == sorted(known.views)
    seeds, fitted = pool.at(SEEDS), views.fit(SEEDS, WEIGHTS)
    assert fitted.score(seeds).shape == fitted.without_own().shape == (5, len(known.views))


def test_a_part_of_the_views_scores_as_before(pool):
    fitted = Views(pool).fit(SEEDS, WEIGHTS)
    block = pool.at(np.arange(50))
    whole = fitted.score(block)
    for places in ([4], [0, 4, 7], [3, 5], [1, 3, 4]):
        found = fitted.heads.only(places).score(block)
        np.testing.assert_allclose(found, whole[:, places], rtol=1e-4, atol=1e-5)
