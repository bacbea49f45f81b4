"""The networks of one list side by side, of any depth, by automatic differentiation."""

from __future__ import annotations

import itertools

import torch
from torch.nn import functional

from lookalike.methods.mlp_recipe import Recipe
from lookalike.methods.mlp_training import Heard


def train_deep(
    users: torch.Tensor,
    labels: torch.Tensor,
    importance: torch.Tensor,
    recipe: Recipe,
    seed: int,
    heard: Heard,
) -> list[torch.Tensor]:
    """Train nets of any number of hidden layers: AdamW works on each number alone.

    Args:
        users: As they enter, float32, shape (lines, d).
        labels: 1 for positives, else 0, shape (lines,).
        importance: Weights of mean 1, shape (lines,).
        recipe: How to train.
        seed: Of everything that is drawn.
        heard: Told the number and the mean loss of every epoch.

    Returns:
        Weights, shape (nets, width, next width), and biases, shape (nets, 1, next width), in turn.
    """
    chance = torch.Generator().manual_seed(seed)
    lines, dim = users.shape
    nets = recipe.nets
    widths = [dim, *recipe.hidden, 1]

    def uniform(fan_in: int, *shape: int) -> torch.Tensor:
        start = (torch.rand(shape, generator=chance) * 2 - 1) / fan_in**0.5
        return start.requires_grad_()

    layers: list[torch.Tensor] = []
    for width, after in itertools.pairwise(widths):
        layers += [uniform(width, nets, width, after), uniform(width, nets, 1, after)]
    optimizer = torch.optim.AdamW(
        layers, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    batch = recipe.batch_of(lines)
    for epoch in range(1, recipe.epochs + 1):
        total = 0.0
        order = torch.stack([torch.randperm(lines, generator=chance) for _ in range(nets)])
        for start in range(0, lines, batch):
            chosen = order[:, start : start + batch]
            activation = users[chosen]
            for place in range(0, len(layers) - 2, 2):
                activation = torch.baddbmm(layers[place + 1], activation, layers[place]).relu()
                kept = torch.rand(activation.shape, generator=chance) >= recipe.dropout
                activation = activation * kept / (1 - recipe.dropout)
            logits = torch.baddbmm(layers[-1], activation, layers[-2]).squeeze(-1)
            losses = functional.binary_cross_entropy_with_logits(
                logits, labels[chosen], weight=importance[chosen], reduction="none"
            )
            optimizer.zero_grad()
            losses.mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(losses.detach().sum())
        heard(epoch, total / (nets * lines))
    return [layer.detach() for layer in layers]
