"""The networks of several lists trained at once, their derivatives written out.

All nets have one hidden layer of ReLU, so a unit's whole gradient comes from one product: with S the
users of a batch summed, each times its logit's derivative where the unit is active, the gradient of
the unit's incoming weights w is v S and that of its outgoing weight v is w'S.

Dropout takes the units out for a part of the batch instead of user by user (Graham, Reizenstein &
Robinson 2015), so that what is dropped is not computed either: the units of each net are dealt anew
at every step, and each part of the batch sees a hand of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional

from lookalike.methods.mlp_recipe import Recipe

Heard = Callable[[int, float], None]

BETA, BETA_SQUARE = 0.9, 0.999  # how long Adam remembers


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Users that the nets of some lists learn from; the last of their columns is 1, for the bias.

    Attributes:
        positives: Float32, shape (lists, P, d + 1); a shorter list is filled up.
        positive_weights: Shape (lists, P), 0 where a list was filled up.
        negatives: Users that all lists share, shape (C, d + 1).
        negative_weights: Shape (lists, C), 0 where a user is no negative of that list.
    """

    positives: torch.Tensor
    positive_weights: torch.Tensor
    negatives: torch.Tensor
    negative_weights: torch.Tensor

    @property
    def lines(self) -> int:
        """Positives and negatives of the longest list."""
        return len(self.negatives) + self.positives.shape[1]


@dataclass(frozen=True, eq=False, slots=True)
class Nets:
    """The numbers of all nets, or their gradient: parts of one flat tensor, list by list.

    Attributes:
        flat: All of them, shape (lists * nets * (hidden * (d + 2) + 1),).
        inner: Weights into each unit, its bias last, shape (lists * nets * hidden, d + 1).
        outer: Weight out of each unit, shape (lists * nets * hidden,).
        bias: Of the output, shape (lists, nets).
    """

    flat: torch.Tensor
    inner: torch.Tensor
    outer: torch.Tensor
    bias: torch.Tensor

    @classmethod
    def zeros(cls, lists: int, nets: int, hidden: int, width: int) -> Nets:
        """Return nets of nothing but zeros; `width` is d + 1."""
        units = lists * nets * hidden
        flat = torch.zeros(units * (width + 1) + lists * nets)
        inner = flat[: units * width].view(units, width)
        outer = flat[units * width : units * (width + 1)]
        return cls(flat, inner, outer, flat[units * (width + 1) :].view(lists, nets))


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """The positives or the negatives of a batch, cut into parts.

    Attributes:
        users: Shape (parts, 1 or lists, rows, d + 1); 1 where all lists share them.
        weights: Shape (parts, lists, 1, rows), already divided by the lines of a batch.
        sign: What the logit is multiplied by for its loss to be softplus: -1 for positives, else 1.
    """

    users: torch.Tensor
    weights: torch.Tensor
    sign: int


@dataclass(eq=False, slots=True)
class AdamW:
    """Adam with a weight decay of its own (Loshchilov & Hutter 2019), for one tensor.

    Attributes:
        numbers: What is trained, changed in place, shape (n,).
        mean: Of the gradients, those of long ago forgotten, shape (n,).
        square: Of the squared gradients, shape (n,).
        room: Written over at every step, shape (n,).
        learning_rate: Of a step.
        weight_decay: Times the learning rate, the share of a number that a step takes away.
        steps: How many were made.

    Torch's brings its compiler along, which takes 2 seconds of a process that trains a single list.
    """

    numbers: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    room: torch.Tensor
    learning_rate: float
    weight_decay: float
    steps: int = 0

    @classmethod
    def of(cls, numbers: torch.Tensor, learning_rate: float, weight_decay: float) -> AdamW:
        """Return the optimizer of a tensor that is changed in place."""
        mean, square, room = torch.zeros(3, len(numbers))
        return cls(numbers, mean, square, room, learning_rate, weight_decay)

    def step(self, gradient: torch.Tensor) -> None:
        """Move the numbers against their gradient."""
        self.steps += 1
        self.numbers.mul_(1 - self.learning_rate * self.weight_decay)
        self.mean.lerp_(gradient, 1 - BETA)
        self.square.mul_(BETA_SQUARE).addcmul_(gradient, gradient, value=1 - BETA_SQUARE)
        torch.sqrt(self.square, out=self.room)
        self.room.div_((1 - BETA_SQUARE**self.steps) ** 0.5).add_(1e-8)
        rate = self.learning_rate / (1 - BETA**self.steps)
        self.numbers.addcdiv_(self.mean, self.room, value=-rate)


def train(sample: Sample, recipe: Recipe, seed: int, heard: Heard) -> Nets:
    """Train the nets of all lists, each `recipe.nets` of one hidden layer.

    `heard` is told the number and the mean loss of every epoch.
    """
    chance = torch.Generator().manual_seed(seed)
    lists, _, width = sample.positives.shape
    hidden = recipe.hidden[0]
    nets, gradient = (Nets.zeros(lists, recipe.nets, hidden, width) for _ in range(2))
    for numbers, fan_in in ((nets.inner, width - 1), (nets.outer, hidden), (nets.bias, hidden)):
        numbers.uniform_(-1, 1, generator=chance).mul_(fan_in**-0.5)
    optimizer = AdamW.of(nets.flat, recipe.learning_rate, recipe.weight_decay)
    kept = max(1, round(hidden * (1 - recipe.dropout)))
    parts = hidden // kept
    steps = -(-sample.lines // recipe.batch_of(sample.lines))
    first_of = (torch.arange(lists * recipe.nets) * hidden)[:, None]
    with torch.no_grad():
        for epoch in range(1, recipe.epochs + 1):
            total = torch.zeros(())
            for batch in _batches(sample, steps, parts, chance):
                dealt = torch.rand(lists * recipe.nets, hidden, generator=chance).argsort(dim=1)
                dealt = (dealt[:, : parts * kept] + first_of).view(-1, parts, kept).transpose(0, 1)
                total += differentiate(nets, gradient, dealt, batch)
                optimizer.step(gradient.flat)
            heard(epoch, float(total) / (lists * recipe.nets * steps))
    return nets


def differentiate(
    nets: Nets, gradient: Nets, dealt: torch.Tensor, batch: tuple[Side, Side]
) -> torch.Tensor:
    """Write the gradient of the loss of a batch, and return the loss, summed over nets.

    Args:
        nets: What is being trained.
        gradient: Written over.
        dealt: Places of the units that each part of the batch sees, int64, shape
            (parts, lists * nets, kept); no unit twice.
        batch: Its negatives and its positives.
    """
    parts, _, kept = dealt.shape
    lists, by_list = nets.bias.shape
    places = dealt.reshape(-1)
    stands_for = len(nets.outer) / (lists * by_list * kept)  # each kept unit, so many of its net
    inner = nets.inner.index_select(0, places)
    outer = nets.outer.index_select(0, places).mul_(stands_for)
    into, out_of = inner.view(parts, lists, by_list * kept, -1), outer.view(-1, 1, kept)
    summed = torch.zeros_like(inner)
    loss, slopes = torch.zeros(()), torch.zeros_like(nets.bias)
    for side in batch:
        groups, rows, width = side.users.shape[:2].numel(), *side.users.shape[2:]
        users = side.users.view(groups, rows, width)
        active = torch.bmm(into.view(groups, -1, width), users.transpose(1, 2)).relu_()
        by_net = active.view(-1, kept, rows)
        logits = torch.bmm(out_of, by_net).view(parts, lists, by_list, rows)
        logits = logits.add_(nets.bias[:, :, None]).mul_(side.sign)
        loss += (functional.softplus(logits) * side.weights).sum()
        slope = logits.sigmoid_().mul_(side.weights).mul_(side.sign)
        slopes += slope.sum(dim=(0, 3))
        by_net.sign_().mul_(slope.view(-1, 1, rows))
        summed.view(groups, -1, width).baddbmm_(active, users)
    if len(places) < len(nets.inner):
        gradient.flat.zero_()
    gradient.bias.copy_(slopes)
    gradient.outer.index_copy_(0, places, inner.mul_(summed).sum(dim=1).mul_(stands_for))
    gradient.inner.index_copy_(0, places, summed.mul_(outer[:, None]))
    return loss


def _batches(
    sample: Sample, steps: int, parts: int, chance: torch.Generator
) -> Iterator[tuple[Side, Side]]:
    """Deal everybody out over the steps and parts of an epoch, each class evenly."""
    lists, count, width = sample.positives.shape
    cells, share = steps * parts, steps / sample.lines
    rows = -(-len(sample.negatives) // cells)
    order = torch.randperm(rows * cells, generator=chance)
    filled = order >= len(sample.negatives)
    order[filled] = 0
    weights = sample.negative_weights.index_select(1, order).mul_(share)
    weights[:, filled] = 0
    negatives = order.view(steps, -1)
    of_negatives = weights.view(lists, steps, parts, 1, rows).permute(1, 2, 0, 3, 4)

    own = -(-count // cells)
    order = torch.rand(lists, own * cells, generator=chance).argsort(dim=1)
    filled = order >= count
    order[filled] = 0
    weights = sample.positive_weights.gather(1, order).mul_(share)
    weights[filled] = 0
    order += (torch.arange(lists) * count)[:, None]
    positives = order.view(lists, steps, parts, own).permute(1, 2, 0, 3).reshape(steps, -1)
    of_positives = weights.view(lists, steps, parts, 1, own).permute(1, 2, 0, 3, 4)
    listed = sample.positives.view(-1, width)

    for step in range(steps):
        others = sample.negatives.index_select(0, negatives[step]).view(parts, 1, rows, width)
        seeds = listed.index_select(0, positives[step]).view(parts, lists, own, width)
        yield Side(others, of_negatives[step], 1), Side(seeds, of_positives[step], -1)
