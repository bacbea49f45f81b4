"""The steps from shared numbers to a list's own, against what can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lookalike.methods import adapting
from lookalike.methods.adapting import Pace, Sample, adapted, halved, loss, sampled
from lookalike.methods.experts import Form, embedded

from .test_experts import drawn

START, LEFT, RIGHT = 2.0, -1.0, 0.7  # of the parameter, and the least of either half's loss
STEEP, FLAT = 1.5, 0.8  # the halves' second derivatives


def _quadratic(numbers, sample):
    """The loss STEEP / 2 (x - LEFT)^2 of each task; `sample` is not looked at."""
    return (STEEP / 2 * (numbers["x"] - LEFT) ** 2).sum(dim=(1, 2))


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("second_order", [False, True])
def test_the_meta_gradient_of_a_parabola(monkeypatch, steps, second_order):
    monkeypatch.setattr(adapting, "loss", _quadratic)
    x = torch.tensor([[[START]], [[START]]], dtype=torch.float64, requires_grad=True)
    rates = torch.tensor([0.1, 0.4], dtype=torch.float64)
    nobody = Sample(x, x, x, x)
    moved = adapted({"x": x}, [nobody] * steps, rates, second_order=second_order)["x"]
    (slope,) = torch.autograd.grad((FLAT / 2 * (moved - RIGHT) ** 2).sum(), x)
    for task, rate in enumerate((0.1, 0.4)):
        shrunk = (1 - rate * STEEP) ** steps
        ends = LEFT + shrunk * (START - LEFT)
        assert float(moved[task].detach()) == pytest.approx(ends)
        right = FLAT * (ends - RIGHT) * (shrunk if second_order else 1.0)
        assert float(slope[task]) == pytest.approx(right)


def _sample(tasks=2, seeds=6, others=20):
    chance = torch.Generator().manual_seed(3)
    users = torch.randn(tasks, seeds, 6, generator=chance) + 1.0
    weights = torch.ones(tasks, seeds)
    weights[0, 4:] = 0
    around = torch.randn(tasks, others, 6, generator=chance)
    task = embedded(users, weights)
    return sampled(users, weights, around, torch.ones(tasks, others), task)


def test_steps_lower_the_loss_and_leave_what_they_began_with():
    numbers = {name: held.requires_grad_() for name, held in drawn(Form(4, 3, 5)).items()}
    before = {name: held.detach().clone() for name, held in numbers.items()}
    sample = _sample()
    found = adapted(numbers, [sample] * 5, torch.tensor([0.1, 0.1]))
    assert (loss(found, sample) < loss(numbers, sample)).all()
    assert all(torch.equal(numbers[name], before[name]) for name in before)
    still = adapted(numbers, [sample] * 5, torch.zeros(2))
    assert all(torch.equal(still[name], before[name]) for name in before)


def test_a_task_is_adapted_as_if_it_were_alone():
    sample, numbers = _sample(), {k: v.requires_grad_() for k, v in drawn(Form(4, 3, 5)).items()}
    both = adapted(numbers, [sample] * 3, torch.tensor([0.1, 0.3]))
    for at, rate in enumerate((0.1, 0.3)):
        own = Sample(
            *(getattr(sample, name)[at : at + 1] for name in ("users", "signs", "weights", "task"))
        )
        alone = {name: held[at : at + 1].detach().requires_grad_() for name, held in numbers.items()}
        found = adapted(alone, [own] * 3, torch.tensor([rate]))
        for name, held in found.items():
            torch.testing.assert_close(held[0], both[name][at])


def test_either_class_is_half_of_a_task_and_nobody_counts_nothing():
    sample = _sample()
    torch.testing.assert_close(sample.weights[:, :6].sum(dim=1), torch.full((2,), 0.5))
    torch.testing.assert_close(sample.weights[:, 6:].sum(dim=1), torch.full((2,), 0.5))
    assert sample.seeds().tolist() == [4, 6]
    torch.testing.assert_close(halved(torch.tensor([[3.0, 1.0]])), torch.tensor([[0.375, 0.125]]))


def test_many_seeds_go_further_up_to_a_point():
    pace = Pace(rate=2.0, growth=0.5, most=1_000)
    found = pace.of(torch.tensor([10, 40, 1_000, 50_000])).tolist()
    assert found == pytest.approx([2.0, 4.0, 20.0, 20.0])


def test_long_lists_take_more_steps_and_leave_units_out():
    pace = Pace(steps=8, short=50, longer=3, dropout=0.4)
    assert [pace.count(seeds) for seeds in (1, 50, 51, 5_000)] == [8, 8, 24, 24]
    assert [pace.left_out(seeds) for seeds in (1, 50, 51, 5_000)] == [0.0, 0.0, 0.4, 0.4]
    assert Pace(rate=0.0).count(5_000) == 0


def test_units_that_are_left_out_have_no_say():
    numbers, sample = drawn(Form(4, 3, 5)), _sample()
    kept = torch.ones(*sample.signs.shape, 5)
    torch.testing.assert_close(loss(numbers, replace(sample, kept=kept)), loss(numbers, sample))
    kept[..., 2:] = 0
    fewer = {**numbers, "tower": numbers["tower"].clone()}
    fewer["tower"][:, 2:] = 0
    torch.testing.assert_close(loss(numbers, replace(sample, kept=kept)), loss(fewer, sample))
