"""Adapting a general model to a list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from lookalike.errors import BadInput
from lookalike.methods import METHODS, score_all
from lookalike.methods.adapting import Pace
from lookalike.methods.experts import embedded, log_odds
from lookalike.methods.mlp import Entrance
from lookalike.methods.pretrained import _Samples, folded
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool, taught

from .test_experts import FORMS, drawn

SEEDS = np.arange(0, 40, 2)


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(0)
    users = rng.normal(size=(400, 6)) * (1, 2, 3, 1, 1, 1) + 5.0
    users[:60, :2] += 4.0  # the first sixty are alike
    made = memory_pool(users)
    return replace(made, general=taught(made))


def _fit(pool, seeds=SEEDS, progress=SILENT, seed=0, name="metaheac"):
    method = METHODS[name]
    return method.fit(pool, seeds, np.ones(len(seeds)), np.random.default_rng(seed), progress)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_stored_users_are_scored_as_those_that_entered(pool, form):
    general, numbers = pool.general, drawn(form)
    users = np.asarray(pool.vectors.matrix, np.float64)
    entered = torch.from_numpy((users - general.mean) @ general.scaling).float().expand(2, -1, -1)
    task = embedded(entered[:, SEEDS], torch.ones(2, len(SEEDS)))
    right = log_odds(numbers, entered, task).mean(dim=0).numpy()
    found = folded(numbers, task, general).score(pool.at(np.arange(400)))
    np.testing.assert_allclose(found, right, rtol=1e-3, atol=1e-3)


def test_users_like_the_seeds_come_first(pool):
    scores = score_all(pool, [_fit(pool)])[:, 0]
    alike = np.setdiff1d(np.arange(60), SEEDS)
    others = np.arange(60, 400)
    assert (scores[alike][:, None] > scores[others]).mean() > 0.9


def test_without_steps_the_network_stays_as_past_campaigns_left_it(pool):
    general = taught(pool, rate=0.0)
    users = np.asarray(pool.vectors.matrix, np.float64)
    entered = torch.from_numpy((users - general.mean) @ general.scaling).float().expand(2, -1, -1)
    task = embedded(entered[:, SEEDS], torch.ones(2, len(SEEDS)))
    halves = general.networks["metaheac_without_steps"].halves
    numbers = {
        name: torch.from_numpy(np.concatenate([half[name] for half in halves])) for name in halves[0]
    }
    right = log_odds(numbers, entered, task).mean(dim=0).numpy()
    still, moved = (
        _fit(replace(pool, general=one), name="metaheac_without_steps").score(pool.at(np.arange(400)))
        for one in (general, pool.general)
    )
    np.testing.assert_allclose(still, right, rtol=1e-4, atol=1e-5)
    assert np.abs(moved - right).max() > 0.03


def test_two_adaptations_at_once_do_not_touch_each_other(pool):
    names = [name for name in pool.general.networks if name.startswith("metaheac")] * 2
    lists = [SEEDS, np.arange(100, 130), np.arange(200, 203)] * 4
    assert len(names) == len(lists)
    before = [part.copy() for part in pool.general.networks["metaheac"].halves[0].values()]
    alone = [
        _fit(pool, seeds, name=name).score(pool.at(np.arange(400)))
        for seeds, name in zip(lists, names, strict=True)
    ]
    with ThreadPoolExecutor(4) as together:
        found = list(together.map(lambda seeds, name: _fit(pool, seeds, name=name), lists, names))
    for scorer, right in zip(found, alone, strict=True):
        np.testing.assert_array_equal(scorer.score(pool.at(np.arange(400))), right)
    assert not np.array_equal(alone[0], alone[1])
    after = pool.general.networks["metaheac"].halves[0].values()
    assert all(map(np.array_equal, before, after))


def test_without_a_general_model_it_is_said_what_to_do(pool):
    with pytest.raises(BadInput, match=r"no general model .* for the embeddings 1") as raised:
        _fit(replace(pool, general=None))
    assert "pretrain --snapshot 1" in raised.value.hint
    with pytest.raises(BadInput, match="no network 'metaheac'") as raised:
        _fit(replace(pool, general=replace(pool.general, networks={})))
    assert raised.value.hint.endswith("pretrain --snapshot 1 --network metaheac")


def test_after_too_few_campaigns_a_network_is_trained_from_nothing(pool):
    heard = []
    few = replace(pool, general=taught(pool, campaigns=12))
    found = _fit(few, progress=Progress(heard.append))
    plain = METHODS["mlp"].fit(few, SEEDS, np.ones(len(SEEDS)), np.random.default_rng(0), SILENT)
    block = pool.at(np.arange(400))
    np.testing.assert_array_equal(found.score(block), plain.score(block))
    assert {update.message for update in heard} == {
        "Only 12 past campaigns: training a network from nothing"
    }


def test_a_half_that_has_seen_the_list_keeps_silent(pool):
    rows = pool.vectors.rows[SEEDS]
    seen = {"members": np.concatenate([rows, rows]), "ends": np.array([20, 40])}
    once = replace(pool.general, half=np.array([1, 1]), **seen)
    found = _fit(replace(pool, general=once))
    assert len(found.tower) == 1
    assert len(_fit(pool).tower) == 2
    with pytest.raises(BadInput, match="learned from this very list"):
        _fit(replace(pool, general=replace(once, half=np.array([0, 1]))))


def test_nobody_to_learn_from_is_said(pool):
    with pytest.raises(BadInput, match="nobody to learn from"):
        _fit(pool, np.zeros(0, np.int64))


def test_the_steps_of_a_long_list_see_others_of_their_own_and_leave_units_out(pool):
    general, rng = pool.general, np.random.default_rng(0)
    entrance = Entrance(general.mean, general.scaling, False)
    pace = Pace(steps=2, short=20, longer=2, dropout=0.5)

    def samples(seeds):
        held = _Samples(pool, seeds, np.ones(len(seeds)), rng, entrance, 2)
        return list(held.steps(pace, 8, SILENT))

    short, long = samples(SEEDS), samples(np.arange(40))
    assert (len(short), len(long)) == (2, 4)
    assert short[0].kept is None
    assert set(long[0].kept.unique().tolist()) == {0.0, 2.0}
    assert 0.4 < (long[0].kept == 0).float().mean() < 0.6
    others = [{tuple(user) for user in one.users[0, 20:].tolist()} for one in short]
    assert len(others[0]) == len(others[1]) == 128
    assert not others[0] & others[1]
    inside = {tuple(user) for user in entrance.users(pool, np.arange(40))[:, :-1].tolist()}
    assert not inside & {tuple(user) for one in long for user in one.users[0, 40:].tolist()}
