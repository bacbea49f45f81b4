"""Models to files and back."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.errors import BadInput
from lookalike.methods import METHODS, stored
from lookalike.pool import Loose
from lookalike.progress import SILENT

from .test_stack import APART, LISTS, pool

__all__ = ["pool"]  # a fixture

NAMES = [f"item:{place}" for place in range(20)]


def _fit(pool, name):
    seeds = LISTS[0]
    return METHODS[name].fit(pool, seeds, np.ones(len(seeds)), np.random.default_rng(0), SILENT)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in APART])
def test_a_model_scores_as_before(pool, name, tmp_path):
    scorer = _fit(pool, name)
    names = NAMES if stored.looks_at_features(scorer) else []
    stored.save(tmp_path / "one.npz", scorer, names, {"seed_list": "Käufer"})
    found = stored.load(tmp_path / "one.npz")
    block = pool.at(np.arange(300))
    np.testing.assert_array_equal(found.scorer.score(block), scorer.score(block))
    assert found.facts == {"seed_list": "Käufer"}
    assert found.features == tuple(names)


@pytest.mark.parametrize(
    "name", ["auto_quick", "logistic", "logistic_tfidf", "ridge_raw", "one_stage", "deepfm"]
)
def test_features_may_stand_in_another_order(pool, name, tmp_path):
    scorer = _fit(pool, name)
    stored.save(tmp_path / "one.npz", scorer, NAMES)
    order = np.random.default_rng(1).permutation(20)
    names = [NAMES[place] for place in order] + ["item:new"]
    block = pool.at(np.arange(300))
    new = np.ones((300, 1), np.float32)
    moved = Loose(
        block.dense,
        pool.vectors.core,
        type(block.sparse)(np.hstack([block.sparse.toarray()[:, order], 0 * new])),
        block.activity,
    )
    again = stored.aligned(stored.load(tmp_path / "one.npz"), names)
    np.testing.assert_allclose(again.score(moved), scorer.score(block), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("name", APART)
def test_models_of_the_pool_s_users_alone_cannot_be_kept(pool, name):
    assert not stored.can_store(_fit(pool, name))


def test_a_damaged_file_is_told(pool, tmp_path):
    path = tmp_path / "one.npz"
    with pytest.raises(BadInput, match="cannot be read"):
        stored.load(path)
    stored.save(path, _fit(pool, "ridge"))
    whole = path.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(BadInput, match="cannot be read"):
            stored.load(path)


def test_a_file_can_name_nothing_that_runs(tmp_path):
    path = tmp_path / "one.npz"
    np.savez(path, head=np.array([print], object), features=np.zeros(0, np.uint8))
    with pytest.raises(BadInput, match="cannot be read"):
        stored.load(path)


def test_as_bytes_it_is_what_a_file_holds(pool, tmp_path):
    scorer = _fit(pool, "ridge")
    stored.save(tmp_path / "model.npz", scorer, ("a",), {"seeds": 3})
    data = stored.to_bytes(scorer, ("a",), {"seeds": 3})
    assert data == (tmp_path / "model.npz").read_bytes()
    back = stored.from_bytes(data, "of fans")
    np.testing.assert_array_equal(back.scorer.weights, scorer.weights)
    assert (back.features, back.facts) == (("a",), {"seeds": 3})
    with pytest.raises(BadInput, match="stored model of fans cannot be read"):
        stored.from_bytes(data[:-20], "of fans")
