"""Learning over campaigns whose answer is known by construction."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lookalike.methods import METHODS
from lookalike.methods.adapting import Pace
from lookalike.methods.experts import BY_OWN, Form, started
from lookalike.pretraining import learning
from lookalike.pretraining.family import ABLATIONS, EVERY, FULL, NETWORKS
from lookalike.pretraining.learning import Campaigns, Recipe, State

SMALL = Recipe(Form(3, 2, 8), pace=Pace(steps=2, rate=0.5), rounds=50, tasks=4, most_seeds=12, others=24)


@pytest.fixture(scope="module")
def campaigns():
    """Forty campaigns: each is of users on one side, by either the first or the second column."""
    rng = np.random.default_rng(0)
    users = rng.normal(size=(500, 5)).astype(np.float32)
    columns, sides = rng.integers(0, 2, 40), rng.choice([-1, 1], 40)
    member = np.stack([side * users[:, at] > 0.8 for at, side in zip(columns, sides, strict=True)])
    lines = [torch.from_numpy(users[one][:40]) for one in member]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in lines])])
    return Campaigns(torch.cat(lines), starts, torch.from_numpy(users), member)


def _trained(campaigns, recipe, until=None, state=None):
    state = state or learning.begun(recipe, campaigns.width, len(campaigns), 3)
    heard = []

    def hear(at):
        heard.append(at.rounds)
        if at.rounds == until:
            raise InterruptedError

    with contextlib.suppress(InterruptedError):
        learning.train(campaigns, np.arange(30), recipe, 3, state, hear)
    return state, heard


@given(st.integers(6, 400), st.integers(3, 128), st.integers(0, 10_000))
def test_support_and_query_share_nobody(count, most, seed):
    support, query = learning.dealt(count, most, np.random.default_rng(seed))
    assert len(np.intersect1d(support, query)) == 0
    assert len(set(support.tolist())) == len(support) >= 3
    assert len(set(query.tolist())) == len(query) >= 1
    assert max(len(support), len(query)) <= max(most, 3)
    assert np.isin([*support, *query], np.arange(count)).all()


def test_supports_come_in_all_sizes():
    rng = np.random.default_rng(0)
    sizes = [len(learning.dealt(200, 100, rng)[0]) for _ in range(2_000)]
    assert (min(sizes), max(sizes)) == (3, 100)
    assert 12 < np.median(sizes) < 24  # even in the logarithm: the middle is about 17


def test_nobody_of_an_episode_is_in_both_parts(campaigns):
    chosen = np.array([0, 7, 33])
    support, query = learning.episode(campaigns, chosen, SMALL, np.random.default_rng(1))
    torch.testing.assert_close(support.task, query.task)  # what is to be found says nothing
    everybody = campaigns.others.numpy()
    for task, campaign in enumerate(chosen):
        parts = []
        for sample in (support, query):
            counts = sample.weights[task] > 0
            for sign in (1, -1):
                kept = counts & (sample.signs[task] == sign)
                parts.append({tuple(user) for user in sample.users[task][kept].tolist()})
        assert all(not one & other for at, one in enumerate(parts) for other in parts[:at])
        own = {tuple(user) for user in everybody[campaigns.member[campaign]].tolist()}
        assert parts[0] | parts[2] <= own
        assert not (parts[1] | parts[3]) & own


def test_what_is_learned_helps_on_campaigns_that_were_not_seen(campaigns):
    recipe, unseen = replace(SMALL, rounds=150, learning_rate=1e-2), np.arange(30, 40)

    def lost(state):
        whole = learning.unfolded(state.numbers, recipe, campaigns.width, len(campaigns))
        start = learning.for_new(whole)
        return learning.after(start, campaigns, unseen, recipe, recipe.pace, 0, [recipe.pace.steps])[0]

    before = lost(learning.begun(recipe, campaigns.width, len(campaigns), 3))
    state, heard = _trained(campaigns, recipe)
    assert heard == [25, 50, 75, 100, 125, 150]
    assert lost(state) < 0.9 * before
    assert state.losses[-1] < state.losses[0]


def test_a_loss_after_so_many_steps_is_that_of_steps_counted_alone(campaigns):
    numbers = started(SMALL.form, campaigns.width, torch.Generator().manual_seed(0))
    start = {name: held[None] for name, held in numbers.items()}

    def lost(at):
        return learning.after(start, campaigns, np.arange(9), SMALL, SMALL.pace, 0, at)

    together = lost([0, 1, 3])
    assert together == pytest.approx([lost([steps])[0] for steps in (0, 1, 3)])
    assert together[2] < together[1] < together[0]


@pytest.mark.parametrize("form", [SMALL.form, Form(3, 1, 8, BY_OWN, own_towers=True)], ids=str)
def test_going_on_is_as_if_it_had_never_stopped(campaigns, form):
    recipe = replace(SMALL, form=form, meta=form.gates != BY_OWN)
    whole, _ = _trained(campaigns, recipe)
    half, heard = _trained(campaigns, recipe, until=25)
    assert heard == [25]
    kept = State(half.numbers.clone(), half.mean.clone(), half.square.clone(), 25, list(half.losses))
    again, _ = _trained(campaigns, recipe, state=kept)
    assert torch.equal(again.numbers, whole.numbers)
    assert again.losses == whole.losses


def test_second_order_differs_and_without_steps_there_is_nothing_to_differ_in(campaigns):
    state = learning.begun(SMALL, campaigns.width, len(campaigns), 0)
    chosen = np.arange(4)

    def slope(recipe):
        rng = np.random.default_rng(5)
        return learning.gradient(state.numbers, campaigns, chosen, recipe, rng)[0]

    first, second = slope(SMALL), slope(replace(SMALL, second_order=True))
    assert not torch.allclose(first, second, rtol=1e-3)
    cosine = torch.nn.functional.cosine_similarity(first, second, dim=0)
    assert cosine > 0.5
    still = replace(SMALL, pace=Pace(steps=2, rate=0.0))
    torch.testing.assert_close(slope(still), slope(replace(still, second_order=True)))


def test_a_new_list_begins_with_the_mean_of_what_is_each_task_s_own():
    recipe = replace(SMALL, form=Form(3, 1, 4, BY_OWN, own_towers=True))
    flat = torch.randn(len(learning.begun(recipe, 5, 7, 0).numbers))
    whole = learning.unfolded(flat, recipe, 5, 7)
    assert {name for name, held in whole.items() if len(held) == 7} == recipe.form.own
    found = learning.for_new(whole)
    torch.testing.assert_close(found["tower"][0], whole["tower"].mean(dim=0))
    torch.testing.assert_close(found["inner"], whole["inner"])
    chosen = learning.of_tasks(whole, recipe, np.array([2, 5]))
    assert torch.equal(chosen["tower"], whole["tower"][[2, 5]])
    assert chosen["inner"].shape == (2, 5, 12)


@pytest.mark.parametrize(
    ("name", "apart"),
    [
        ("metaheac_without_critics", {"form.critics"}),
        ("metaheac_without_experts", {"form.experts"}),
        ("metaheac_without_meta", {"meta"}),
        ("metaheac_without_steps", {"pace.rate"}),
        ("metaheac_second_order", {"second_order"}),
    ],
)
def test_an_ablation_differs_in_what_it_is_named_by(name, apart):
    def flat(recipe):
        return {
            f"{outer}.{inner}" if isinstance(held, dict) else outer: value
            for outer, held in asdict(recipe).items()
            for inner, value in (held.items() if isinstance(held, dict) else [("", held)])
        }

    full, other = flat(FULL), flat(ABLATIONS[name])
    assert {key for key in full if full[key] != other[key]} == apart


def test_each_network_is_a_method_that_begins_with_it():
    begun = [name for name, method in METHODS.items() if method.general]
    assert begun == list(EVERY)
    assert [METHODS[name].fit.keywords["network"] for name in begun] == begun


def test_an_ablation_s_numbers_differ_in_what_it_is_named_by():
    full = FULL.form.shapes(5)
    without = {name: ABLATIONS[name].form.shapes(5) for name in ABLATIONS}
    critics, experts = (without.pop(f"metaheac_without_{part}") for part in ("critics", "experts"))
    assert full.keys() - critics.keys() == {"critic_user", "critic_bias", "critic_task"}
    assert {name for name in critics if critics[name] != full[name]} == {"tower", "tower_bias"}
    assert critics["tower"] == (32, 1)
    assert full.keys() - experts.keys() == {"expert_user", "expert_bias", "expert_task"}
    assert {name for name in experts if experts[name] != full[name]} == {"inner", "inner_bias"}
    assert experts["inner"] == (5, 32)
    assert len(without) == 3
    assert all(shapes == full for shapes in without.values())


def test_all_networks_are_adapted_in_the_same_number_of_steps():
    assert {one.pace.steps for one in [*NETWORKS.values(), *ABLATIONS.values()]} == {10}
