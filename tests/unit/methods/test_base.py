"""Scoring everybody in blocks, and the table of methods."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike import pool as pools
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.methods import DEFAULT, METHODS, applies, check, chosen, offered, score_all
from lookalike.methods.reference import Given
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool, taught


def _pool():
    rng = np.random.default_rng(0)
    return memory_pool(rng.normal(size=(300, 3)), sparse=rng.random((300, 12)) < 0.3)


def _with_activity(pool):
    pool.__dict__["activity"] = np.asarray(pool.sparse.sum(axis=1), np.float32).ravel()
    return pool


@pytest.mark.parametrize("name", [name for name in METHODS if not METHODS[name].general])
def test_every_method_keeps_the_contract(name, monkeypatch):
    pool = _with_activity(_pool())
    seeds, weights = np.arange(0, 60, 3), np.linspace(0.5, 1.5, 20)

    def scores(seed):
        scorer = METHODS[name].fit(pool, seeds, weights, np.random.default_rng(seed), SILENT)
        return scorer, score_all(pool, [scorer])[:, 0]

    scorer, whole = scores(0)
    assert whole.shape == (300,)
    assert np.isfinite(whole).all()
    assert np.ptp(whole) > 0
    np.testing.assert_array_equal(whole, scores(0)[1])
    one = scorer.score(pool.at(np.array([250, 7])))
    assert (one.dtype, one.shape) == (np.float32, (2,))
    # where ranks are scored, the last digit of a product may move a user by half a place of 280
    close = {"rtol": 1e-4, "atol": 0.02 if name.startswith("auto") else 1e-5}
    np.testing.assert_allclose(one, whole[[250, 7]], **close)
    monkeypatch.setattr(pools, "BLOCK", 64)
    np.testing.assert_allclose(score_all(pool, [scorer])[:, 0], whole, **close)


@pytest.mark.parametrize("name", ["mlp", "random"])
def test_other_chance_gives_other_scores(name):
    pool, seeds = _pool(), np.arange(20)
    one, other = (
        METHODS[name].fit(pool, seeds, np.ones(20), np.random.default_rng(seed), SILENT)
        for seed in (0, 1)
    )
    assert not np.array_equal(score_all(pool, [one]), score_all(pool, [other]))


def test_several_scorers_stand_side_by_side():
    pool = _pool()
    scorers = [Given(np.arange(300, dtype=np.float32) * sign) for sign in (1, -1)]
    found = score_all(pool, scorers)
    assert found.shape == (300, 2)
    np.testing.assert_array_equal(found[:, 0], np.arange(300))
    np.testing.assert_array_equal(found[:, 1], -np.arange(300))


def test_a_score_that_is_no_number_comes_last():
    scores = np.array([0.5, np.nan, -3, np.inf, -np.inf], np.float32)
    found = score_all(memory_pool(np.zeros((5, 1))), [Given(scores)])[:, 0]
    assert found.tolist() == [0.5, -np.inf, -3, np.inf, -np.inf]


def test_scoring_tells_how_far_it_is_and_hears_a_cancel(monkeypatch):
    monkeypatch.setattr(pools, "BLOCK", 100)
    heard = []
    score_all(_pool(), [Given(np.zeros(300, np.float32))], Progress(heard.append))
    assert [update.fraction for update in heard] == pytest.approx([1 / 3, 2 / 3, 1])
    with pytest.raises(Cancelled):
        score_all(_pool(), [Given(np.zeros(300, np.float32))], Progress(cancelled=lambda: True))


def test_the_table_is_told_by_name():
    assert [method.name for method in chosen(["random", "mlp"])] == ["random", "mlp"]
    assert all(name == method.name for name, method in METHODS.items())
    assert DEFAULT in METHODS
    with pytest.raises(NotFound, match="no method 'logistik'") as raised:
        chosen(["mlp", "logistik"])
    assert raised.value.hint == "Did you mean 'logistic'?"


def test_methods_on_features_need_some():
    with_features, without = (
        _with_activity(memory_pool(np.ones((9, 2)), sparse=np.ones((9, width)))) for width in (3, 0)
    )
    plain = [name for name in METHODS if not METHODS[name].general]
    assert all(applies(name, with_features) for name in plain)
    missing = {name for name in plain if not applies(name, without)}
    raw = {"logistic", "logistic_tfidf", "ridge_raw", "blend", "one_stage", "deepfm"}
    assert missing == raw | {"activity"}


def test_methods_that_begin_with_past_campaigns_need_a_general_model():
    pool = _pool()
    general = taught(pool)
    assert len(general.networks) == 9
    for name in general.networks:
        assert not applies(name, pool)
        with pytest.raises(BadInput, match="no general model of past campaigns"):
            check(name, pool)
        alone = replace(general, networks={name: general.networks[name]})
        held = replace(pool, general=alone)
        assert [other for other in general.networks if applies(other, held)] == [name]
        assert applies(name, replace(pool, general=taught(pool, campaigns=1)))
    with pytest.raises(BadInput, match="no network 'mmoe', only metaheac_second_order") as raised:
        check("mmoe", held)
    assert raised.value.hint.endswith("--network metaheac_second_order --network mmoe")
    with pytest.raises(BadInput, match="'Most active users' has nothing to look at"):
        check("activity", _with_activity(memory_pool(np.ones((9, 2)), sparse=np.ones((9, 0)))))


def test_only_what_was_learned_is_offered():
    plain = [name for name, method in METHODS.items() if not method.general]
    assert offered([]) == plain
    assert set(offered(["mmoe", "metaheac_without_critics"])) - set(plain) == {
        "mmoe",
        "metaheac_without_critics",
    }
    assert offered(METHODS) == list(METHODS)


def test_labels_tell_methods_apart():
    assert len({method.label for method in METHODS.values()}) == len(METHODS)
    assert all(method.about.endswith(".") for method in METHODS.values())
