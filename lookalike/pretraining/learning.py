"""Learning from past campaigns: where to start so that a few steps on a new list go far.

Each round takes some campaigns, splits the users of each into support and query, steps from the
shared numbers down the loss of the support, and moves the shared numbers so that the loss of the
query falls after these steps (Finn et al. 2017; Zhu et al. 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.adapting import Pace, Sample, adapted, loss, sampled
from lookalike.methods.experts import Form, Numbers, embedded, started
from lookalike.methods.mlp_training import AdamW

FEWEST_SEEDS = 3  # in a support


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained over campaigns; the defaults were chosen on public interaction data.

    Attributes:
        form: The network.
        meta: Whether it learns to be adapted; else it learns all campaigns at once.
        pace: Of the steps on a list; where it does not learn to be adapted, the rate is chosen on
            campaigns that it has not seen.
        second_order: Whether the steps themselves are differentiated.
        rounds: Of training.
        tasks: Campaigns of a round.
        learning_rate: Of AdamW over the rounds.
        weight_decay: Of AdamW.
        most_seeds: In a support, and in a query, at most.
        others: Users outside the campaign in a support, and in a query.
    """

    form: Form = field(default_factory=Form)
    meta: bool = True
    pace: Pace = field(default_factory=Pace)
    second_order: bool = False
    rounds: int = 400
    tasks: int = 6
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    most_seeds: int = 128
    others: int = 128


@dataclass(frozen=True, eq=False, slots=True)
class Campaigns:
    """Past campaigns as a network sees them.

    Attributes:
        users: Their users as they enter, one campaign after the other, float32, shape (n, d).
        starts: Where each campaign starts in `users`, and the end, shape (campaigns + 1,).
        others: A sample of all users as they enter, float32, shape (m, d).
        member: Which of the others are in which campaign, shape (campaigns, m).
    """

    users: torch.Tensor
    starts: NDArray[np.int64]
    others: torch.Tensor
    member: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.member)

    @property
    def width(self) -> int:
        """Columns of a user."""
        return self.users.shape[1]

    def sizes(self) -> NDArray[np.int64]:
        """Return how many users each campaign has."""
        return np.diff(self.starts)


def dealt(
    count: int, most: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Deal the users of a campaign into a support and a query, which share nobody.

    The support's size is even in its logarithm, from 3 to half of them, since lists come in all
    sizes; both hold `most` at most.

    Args:
        count: Users of the campaign, at least 6.
        most: In each.
        rng: Chance.
    """
    largest = min(count // 2, most)
    size = int(np.exp(rng.uniform(np.log(FEWEST_SEEDS), np.log(largest + 1))))
    size = min(max(size, FEWEST_SEEDS), largest)
    order = rng.permutation(count)
    return order[:size], order[size : size + most]


def episode(
    campaigns: Campaigns, chosen: NDArray[np.int64], recipe: Recipe, rng: np.random.Generator
) -> tuple[Sample, Sample]:
    """Draw a support and a query for each of the chosen campaigns; they share no user."""
    sizes = campaigns.sizes()
    hands = [dealt(int(sizes[one]), recipe.most_seeds, rng) for one in chosen]
    lots = [rng.permutation(len(campaigns.others))[: 2 * recipe.others] for _ in chosen]
    drawn = []
    task: torch.Tensor | None = None
    for part in (0, 1):
        most = max(len(hand[part]) for hand in hands)
        seeds = torch.zeros(len(chosen), most, campaigns.width)
        seed_weights = torch.zeros(len(chosen), most)
        for place, (one, hand) in enumerate(zip(chosen, hands, strict=True)):
            lines = torch.from_numpy(campaigns.starts[one] + hand[part])
            seeds[place, : len(lines)] = campaigns.users[lines]
            seed_weights[place, : len(lines)] = 1.0
        own = np.stack([lot[part::2] for lot in lots])
        strangers = ~campaigns.member[chosen[:, None], own]
        if task is None:  # a list is known by its seeds, not by those that are to be found
            task = embedded(seeds, seed_weights)
        others = campaigns.others[torch.from_numpy(own)]
        other_weights = torch.from_numpy(strangers.astype(np.float32))
        drawn.append(sampled(seeds, seed_weights, others, other_weights, task))
    return drawn[0], drawn[1]


@dataclass(eq=False, slots=True)
class State:
    """A network under way.

    Attributes:
        numbers: All of them in a row, those of each task at the end, shape (n,).
        mean: Of the gradients, see `AdamW`.
        square: Of the squared gradients.
        rounds: How many it is through with.
        losses: Loss of the queries, a mean for each `EPOCH` rounds.
    """

    numbers: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    rounds: int
    losses: list[float]


EPOCH = 25  # rounds whose loss is told together, and after which a state can be kept
Heard = Callable[[State], None]


def begun(recipe: Recipe, width: int, campaigns: int, seed: int) -> State:
    """Return a network that has learned nothing yet."""
    chance = torch.Generator().manual_seed(seed)
    first = started(recipe.form, width, chance)
    parts = []
    for name, held in first.items():
        parts.append(held.expand(campaigns, *held.shape) if name in recipe.form.own else held)
    numbers = torch.cat([part.reshape(-1) for part in parts])
    mean, square = torch.zeros(2, len(numbers))
    return State(numbers, mean, square, 0, [])


def unfolded(flat: torch.Tensor, recipe: Recipe, width: int, campaigns: int) -> Numbers:
    """Return the numbers by name; those that every task has for itself have an axis of tasks."""
    found, start = {}, 0
    for name, shape in recipe.form.shapes(width).items():
        whole = (campaigns, *shape) if name in recipe.form.own else (1, *shape)
        end = start + int(np.prod(whole))
        found[name] = flat[start:end].view(whole)
        start = end
    return found


def of_tasks(numbers: Numbers, recipe: Recipe, chosen: NDArray[np.int64]) -> Numbers:
    """Return the numbers that each of the chosen campaigns starts from."""
    places = torch.from_numpy(chosen)
    return {
        name: held[places] if name in recipe.form.own else held.expand(len(chosen), *held.shape[1:])
        for name, held in numbers.items()
    }


def for_new(numbers: Numbers) -> Numbers:
    """Return the numbers that a new list starts from: the mean of what every task has for itself."""
    return {name: held.mean(dim=0, keepdim=True) for name, held in numbers.items()}


def train(
    campaigns: Campaigns,
    among: NDArray[np.int64],
    recipe: Recipe,
    seed: int,
    state: State,
    heard: Heard,
) -> State:
    """Train a network on some of the campaigns, from a state on.

    What a round draws depends on its number alone, so that a state is all that is needed to go on.

    Args:
        campaigns: All of them.
        among: Which of them it may see.
        recipe: How to train.
        seed: Of everything that is drawn.
        state: Where to begin; it is changed.
        heard: Told every `EPOCH` rounds.
    """
    optimizer = AdamW(
        state.numbers,
        state.mean,
        state.square,
        torch.zeros_like(state.numbers),
        recipe.learning_rate,
        recipe.weight_decay,
        state.rounds,
    )
    total = 0.0
    while state.rounds < recipe.rounds:
        rng = np.random.default_rng([seed, state.rounds])
        places = rng.permutation(len(among))[: recipe.tasks]
        slope, value = gradient(state.numbers, campaigns, among[places], recipe, rng)
        optimizer.learning_rate = recipe.learning_rate * fading(state.rounds / recipe.rounds)
        optimizer.step(slope)
        total += value
        state.rounds += 1
        if state.rounds % EPOCH == 0:
            state.losses.append(total / EPOCH)
            total = 0.0
            heard(state)
    return state


def fading(done: float) -> float:
    """Return the share of the learning rate: a cosine from 1 to 0 (Loshchilov & Hutter 2017)."""
    return float(0.5 * (1 + np.cos(np.pi * done)))


def gradient(
    flat: torch.Tensor,
    campaigns: Campaigns,
    chosen: NDArray[np.int64],
    recipe: Recipe,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, float]:
    """Return the gradient of the mean query loss of some campaigns, and that loss."""
    support, query = episode(campaigns, chosen, recipe, rng)
    leaf = flat.detach().requires_grad_()
    numbers = of_tasks(unfolded(leaf, recipe, campaigns.width, len(campaigns)), recipe, chosen)
    if recipe.meta and recipe.pace.rate:
        steps, rates = [support] * recipe.pace.steps, recipe.pace.of(support.seeds())
        numbers = adapted(numbers, steps, rates, second_order=recipe.second_order)
    value = loss(numbers, query).mean()
    if not recipe.meta:  # all that is known at once
        value = (value + loss(numbers, support).mean()) / 2
    (slope,) = torch.autograd.grad(value, leaf)
    return slope, float(value.detach())


def after(
    numbers: Numbers,
    campaigns: Campaigns,
    among: NDArray[np.int64],
    recipe: Recipe,
    pace: Pace,
    seed: int,
    at: Sequence[int],
) -> list[float]:
    """Return the mean query loss of campaigns that the numbers have not seen, after so many steps.

    Args:
        numbers: What every campaign starts from.
        campaigns: All of them.
        among: Which of them are tried.
        recipe: How campaigns are split.
        pace: The rate of the steps.
        seed: Of what is drawn.
        at: Numbers of steps, ascending.
    """
    values: list[list[torch.Tensor]] = [[] for _ in at]
    for start in range(0, len(among), recipe.tasks):
        rng = np.random.default_rng([seed, start])
        chosen = among[start : start + recipe.tasks]
        support, query = episode(campaigns, chosen, recipe, rng)
        own = {name: held.expand(len(chosen), *held.shape[1:]) for name, held in numbers.items()}
        rates, done = pace.of(support.seeds()), 0
        for place, steps in enumerate(at):
            begins = {name: held.detach().clone().requires_grad_() for name, held in own.items()}
            own = adapted(begins, [support] * (steps - done), rates)
            done = steps
            values[place].append(loss(own, query).detach())
    return [float(torch.cat(found).mean()) for found in values]
