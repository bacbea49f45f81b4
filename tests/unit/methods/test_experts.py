"""Experts, critics and their gates, against the same written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit, softmax

from lookalike.methods.experts import BY_OWN, Form, embedded, gate, judged, log_odds, started

FORMS = [Form(4, 3, 5), Form(1, 1, 5), Form(4, 1, 5), Form(1, 3, 5), Form(3, 1, 5, BY_OWN, True)]


def drawn(form, width=6, tasks=2, seed=0):
    """Numbers of which none is zero, with a first axis of tasks."""
    chance = torch.Generator().manual_seed(seed)
    first = started(form, width, chance)
    return {name: torch.randn(tasks, *held.shape, generator=chance) for name, held in first.items()}


def _users(tasks=2, count=9, width=6):
    chance = torch.Generator().manual_seed(7)
    users = torch.randn(tasks, count, width, generator=chance)
    return users, torch.randn(tasks, 2 * width, generator=chance)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_probability_is_the_one_of_the_paper(form):
    numbers, (users, task) = drawn(form), _users()
    found = log_odds(numbers, users, task).numpy()
    for at in range(2):
        held = {name: part[at].double().numpy() for name, part in numbers.items()}
        known, about = users[at].double().numpy(), task[at].double().numpy()

        def weights(name, choices, held=held, known=known, about=about):
            if choices == 1:
                return np.ones((len(known), 1))
            told = known @ held[f"{name}_user"] + held[f"{name}_bias"]
            if form.gates != BY_OWN:
                told = told + about @ held[f"{name}_task"]
            return softmax(told, axis=1)

        units = np.maximum(known @ held["inner"] + held["inner_bias"], 0)
        units = units.reshape(len(known), form.experts, form.hidden)
        r = np.einsum("ue,ueh->uh", weights("expert", form.experts), units)
        p = (weights("critic", form.critics) * expit(r @ held["tower"] + held["tower_bias"])).sum(axis=1)
        np.testing.assert_allclose(found[at], logit(p), rtol=2e-3, atol=2e-3)


@given(st.integers(2, 6), st.integers(0, 1_000))
def test_a_gate_shares_out_a_whole(choices, seed):
    numbers, (users, task) = drawn(Form(choices, choices, 3), seed=seed), _users()
    for name in ("expert", "critic"):
        weights = gate(name, numbers, users, task).exp()
        assert weights.shape == (2, 9, choices)
        torch.testing.assert_close(weights.sum(dim=2), torch.ones(2, 9))


def test_gates_begin_even_and_experts_are_then_averaged():
    numbers = {name: held[None] for name, held in started(Form(4, 3, 5), 6, torch.Generator()).items()}
    users, task = _users(tasks=1)
    torch.testing.assert_close(gate("expert", numbers, users, task).exp(), torch.full((1, 9, 4), 0.25))


def test_critics_that_agree_are_believed():
    logits, even = torch.full((1, 1, 3), 5.0), torch.full((1, 1, 3), 1 / 3).log()
    p = judged(logits, even).sigmoid()
    assert float(p) == pytest.approx(float(torch.tensor(5.0).sigmoid()), rel=1e-5)
    assert float(p) > 1 / 3  # dividing by their number once more would cap it there


def test_far_apart_critics_stay_finite():
    logits = torch.tensor([[[80.0, -80.0, 300.0]]])
    assert torch.isfinite(judged(logits, torch.full((1, 1, 3), 1 / 3).log())).all()


def test_a_list_is_known_by_its_centroid_and_spread():
    rng = np.random.default_rng(0)
    users, weights = rng.normal(size=(1, 8, 4)), rng.random((1, 8))
    weights[0, 5:] = 0  # filled up
    found = embedded(torch.from_numpy(users), torch.from_numpy(weights))[0].numpy()
    centre = np.average(users[0, :5], axis=0, weights=weights[0, :5])
    spread = np.sqrt(np.average((users[0, :5] - centre) ** 2, axis=0, weights=weights[0, :5]))
    np.testing.assert_allclose(found, [*centre, *spread])
