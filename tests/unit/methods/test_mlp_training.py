"""The derivatives written out against automatic ones; who is dealt where; the loss by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from lookalike.methods import mlp_training
from lookalike.methods.mlp_recipe import Recipe
from lookalike.methods.mlp_training import AdamW, Nets, Sample, Side, differentiate, train


def _sample(lists=2, seeds=11, others=45, dim=3):
    chance = torch.Generator().manual_seed(0)
    users = torch.randn(lists, seeds, dim + 1, generator=chance)
    negatives = torch.randn(others, dim + 1, generator=chance)
    users[..., -1], negatives[..., -1] = 1, 1
    weights = torch.rand(lists, seeds, generator=chance) + 0.5
    against = torch.rand(lists, others, generator=chance) + 0.5
    return Sample(users, weights, negatives, against)


def test_the_gradient_is_the_automatic_one():
    parts, lists, by_list, hidden, width, kept = 2, 3, 2, 7, 4, 3
    chance = torch.Generator().manual_seed(1)
    nets, gradient = (Nets.zeros(lists, by_list, hidden, width) for _ in range(2))
    nets.flat.normal_(generator=chance)
    gradient.flat.fill_(9)  # what was there does not count
    hands = torch.rand(lists * by_list, hidden, generator=chance).argsort(dim=1)[:, : parts * kept]
    dealt = hands + torch.arange(lists * by_list)[:, None] * hidden
    dealt = dealt.view(-1, parts, kept).transpose(0, 1)
    batch = [
        Side(
            torch.randn(parts, groups, rows, width, generator=chance),
            torch.rand(parts, lists, 1, rows, generator=chance),
            sign,
        )
        for groups, rows, sign in ((1, 5, 1), (lists, 2, -1))
    ]
    told = differentiate(nets, gradient, dealt, tuple(batch))

    inner, outer, bias = (part.clone().requires_grad_() for part in (nets.inner, nets.outer, nets.bias))
    loss = torch.zeros(())
    for part in range(parts):
        seen = torch.zeros(lists * by_list, hidden)
        seen.scatter_(1, hands[:, part * kept : (part + 1) * kept], hidden / kept)
        for side in batch:
            for owner in range(lists):
                users = side.users[part, owner if side.users.shape[1] > 1 else 0]
                for net in range(by_list):
                    at = owner * by_list + net
                    units = slice(at * hidden, (at + 1) * hidden)
                    active = torch.relu(users @ inner[units].T) * seen[at]
                    logits = active @ outer[units] + bias[owner, net]
                    loss = (
                        loss
                        + (
                            side.weights[part, owner, 0]
                            * functional.binary_cross_entropy_with_logits(
                                logits, torch.full_like(logits, float(side.sign < 0)), reduction="none"
                            )
                        ).sum()
                    )
    loss.backward()
    assert float(told) == pytest.approx(float(loss.detach()), rel=1e-5)
    for found, wanted in zip(
        (gradient.inner, gradient.outer, gradient.bias), (inner, outer, bias), strict=True
    ):
        torch.testing.assert_close(found, wanted.grad, rtol=1e-4, atol=1e-5)
    undealt = np.setdiff1d(np.arange(len(nets.outer)), dealt.numpy())
    assert len(undealt) == lists * by_list
    assert not gradient.inner[undealt].any()


@pytest.mark.parametrize(("steps", "parts"), [(1, 1), (3, 4), (7, 8)])
def test_an_epoch_meets_everybody_once(steps, parts):
    sample = _sample()
    chance = torch.Generator().manual_seed(2)
    met = [(side, side.users, side.weights) for batch in
           mlp_training._batches(sample, steps, parts, chance) for side in batch]  # fmt: skip
    assert len(met) == 2 * steps
    for owner in range(2):
        for sign, users, weights in (
            (1, sample.negatives, sample.negative_weights[owner]),
            (-1, sample.positives[owner], sample.positive_weights[owner]),
        ):
            sides = [side for side, _, _ in met if side.sign == sign]
            lines = [side.users[:, owner if sign < 0 else 0].flatten(0, 1) for side in sides]
            weighed = torch.cat([side.weights[:, owner, 0].flatten() for side in sides])
            counted = weighed > 0  # the rest only fills up
            found = torch.cat(lines)[counted]
            expected = users[:, 0].argsort()
            order = found[:, 0].argsort()
            torch.testing.assert_close(found[order], users[expected])
            wanted = weights[expected] * steps / sample.lines
            torch.testing.assert_close(weighed[counted][order], wanted)


def test_the_loss_is_the_weighted_cross_entropy_by_hand():
    sample, heard = _sample(), []
    still = Recipe(hidden=(4,), dropout=0.0, epochs=2, learning_rate=0.0, nets=2, batch=20)
    nets = train(sample, still, 0, lambda *told: heard.append(told))
    inner = nets.inner.numpy().astype(float).reshape(2, 2, 4, 4)
    outer = nets.outer.numpy().astype(float).reshape(2, 2, 4)
    losses = []
    for owner in range(2):
        users = np.concatenate([sample.positives[owner], sample.negatives])
        weights = np.append(sample.positive_weights[owner], sample.negative_weights[owner])
        side = np.where(np.arange(len(users)) < 11, -1, 1)
        for net in range(2):
            logits = np.maximum(users @ inner[owner, net].T, 0) @ outer[owner, net]
            logits += float(nets.bias[owner, net])
            losses.append(np.mean(weights * np.log1p(np.exp(side * logits))))
    assert np.ptp(losses) > 0.01  # the nets start apart
    assert [epoch for epoch, _ in heard] == [1, 2]
    assert [loss for _, loss in heard] == pytest.approx([np.mean(losses)] * 2, rel=1e-5)


def test_lists_learn_apart():
    """What one list is told changes nothing of another list of the stack."""
    sample = _sample()
    changed = replace(sample, positives=sample.positives.clone())
    changed.positives[1, :, :-1] *= -5
    first, second = (
        train(one, Recipe(hidden=(8,), epochs=3), 0, lambda *_: None) for one in (sample, changed)
    )
    (own, other), (same, moved) = (nets.inner.view(2, -1) for nets in (first, second))
    torch.testing.assert_close(own, same)
    assert (other - moved).abs().max() > 1e-3


def test_the_seed_decides():
    made = [
        train(_sample(), Recipe(hidden=(8,), epochs=2), seed, lambda *_: None).flat for seed in (0, 0, 1)
    ]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_the_optimizer_steps_as_torch_does():
    chance = torch.Generator().manual_seed(3)
    numbers = torch.randn(50, generator=chance)
    theirs = numbers.clone().requires_grad_()
    own = AdamW.of(numbers, 0.01, 0.1)
    peer = torch.optim.AdamW([theirs], lr=0.01, weight_decay=0.1)
    for scale in (1, 0.1, 10, 0, 1):
        theirs.grad = scale * torch.randn(50, generator=chance)
        own.step(theirs.grad)
        peer.step()
    torch.testing.assert_close(numbers, theirs.detach(), rtol=1e-5, atol=1e-6)
