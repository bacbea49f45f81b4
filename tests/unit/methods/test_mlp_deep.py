"""The networks by automatic differentiation: their loss by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lookalike.methods.mlp_deep import train_deep
from lookalike.methods.mlp_recipe import Recipe


def test_the_loss_is_the_weighted_cross_entropy_by_hand():
    rng = np.random.default_rng(0)
    users = rng.normal(size=(50, 3)).astype(np.float32)
    labels = (np.arange(50) < 10).astype(np.float32)
    importance = rng.random(50).astype(np.float32) + 0.5
    still = Recipe(hidden=(4,), dropout=0.0, epochs=2, learning_rate=0.0, nets=2)
    heard = []
    layers = train_deep(
        torch.from_numpy(users), torch.from_numpy(labels), torch.from_numpy(importance), still, 0,
        lambda epoch, loss: heard.append((epoch, loss)),
    )  # fmt: skip
    inner, inner_bias, outer, bias = (layer.numpy().astype(float) for layer in layers)
    losses = []
    for net in range(2):
        logits = (np.maximum(users @ inner[net] + inner_bias[net], 0) @ outer[net] + bias[net])[:, 0]
        chance = 1 / (1 + np.exp(-logits))
        entropy = -(labels * np.log(chance) + (1 - labels) * np.log(1 - chance))
        losses.append(np.mean(importance * entropy))
    assert losses[0] != pytest.approx(losses[1])  # the nets start apart
    assert [epoch for epoch, _ in heard] == [1, 2]
    assert [loss for _, loss in heard] == pytest.approx([np.mean(losses)] * 2, rel=1e-5)
