"""A network of experts and critics whose gates know the list at hand (Zhu et al. 2021, MetaHeac).

Every tensor has a first axis of tasks, since each task goes its own way from the shared numbers: a
network has no state of its own, and two lists that it is adapted to do not touch each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

Numbers = dict[str, torch.Tensor]

BY_TASK, BY_OWN = "task", "own"  # what gates go by: the task's embedding, or weights of each task


@dataclass(frozen=True, slots=True)
class Form:
    """What a network is made of.

    Attributes:
        experts: Hidden layers side by side, of which a gate takes a mean.
        critics: Outputs side by side, of which a gate takes a mean of probabilities.
        hidden: Units of an expert, ReLU.
        gates: `BY_TASK`: they see the task's embedding and the user; `BY_OWN`: the user alone, and
            every task has gates of its own.
        own_towers: Whether every task has critics of its own while the network is trained.
    """

    experts: int = 4
    critics: int = 3
    hidden: int = 32
    gates: str = BY_TASK
    own_towers: bool = False

    @property
    def own(self) -> frozenset[str]:
        """Names of the numbers that every task has for itself while the network is trained."""
        towers = {"tower", "tower_bias"} if self.own_towers else set()
        gates = {"expert_user", "expert_bias"} if self.gates == BY_OWN else set()
        return frozenset(towers | gates)

    def shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of each of the numbers, for users of so many columns."""
        found: dict[str, tuple[int, ...]] = {
            "inner": (width, self.experts * self.hidden),
            "inner_bias": (1, self.experts * self.hidden),
            "tower": (self.hidden, self.critics),
            "tower_bias": (1, self.critics),
        }
        for gate, choices in (("expert", self.experts), ("critic", self.critics)):
            if choices > 1:
                found |= {f"{gate}_user": (width, choices), f"{gate}_bias": (1, choices)}
                if self.gates == BY_TASK:
                    found[f"{gate}_task"] = (2 * width, choices)
        return found


def started(form: Form, width: int, chance: torch.Generator) -> Numbers:
    """Draw a network's first numbers; its gates begin even."""
    numbers = {}
    for name, shape in form.shapes(width).items():
        numbers[name] = torch.zeros(shape)
        if name.startswith(("inner", "tower")):
            fan_in = width if name.startswith("inner") else form.hidden
            numbers[name].uniform_(-1, 1, generator=chance).mul_(fan_in**-0.5)
    return numbers


def embedded(users: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return what a task is known by: its seeds' centroid and their spread, shape (tasks, 2 d).

    Args:
        users: The seeds, shape (tasks, seeds, d).
        weights: Theirs, 0 where a task has fewer seeds, shape (tasks, seeds).
    """
    shares = (weights / weights.sum(dim=1, keepdim=True))[:, None]
    centre = torch.bmm(shares, users)
    spread = torch.bmm(shares, (users - centre) ** 2).sqrt()
    return torch.cat([centre, spread], dim=2).squeeze(1)


def gate(name: str, numbers: Numbers, users: torch.Tensor, task: torch.Tensor) -> torch.Tensor:
    """Return the logs of a gate's weights, which sum to 1, shape (tasks, users, choices).

    Args:
        name: "expert" or "critic".
        numbers: Of the network.
        users: Shape (tasks, users, d).
        task: What each task is known by, shape (tasks, 2 d).
    """
    known = numbers[f"{name}_bias"]
    if f"{name}_task" in numbers:
        known = torch.baddbmm(known, task[:, None], numbers[f"{name}_task"])
    return torch.baddbmm(known, users, numbers[f"{name}_user"]).log_softmax(dim=2)


def mixed(active: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the gate's mean of the experts' units.

    Args:
        active: Shape (tasks, users, experts * hidden).
        weights: Shape (tasks, users, experts).
    """
    by_expert = active.view(*weights.shape, -1)
    return (by_expert * weights[..., None]).sum(dim=2)


def judged(logits: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the log-odds of p = sum of weight x sigmoid(logit) over the critics.

    The weights sum to 1, so p is not divided by the number of critics: that would cap it there.

    Args:
        logits: Shape (tasks, users, critics).
        weights: Logs of the gate's weights, of the same shape.
    """
    yes = functional.logsigmoid(logits) + weights
    return yes.logsumexp(dim=2) - (yes - logits).logsumexp(dim=2)


def log_odds(
    numbers: Numbers, users: torch.Tensor, task: torch.Tensor, kept: torch.Tensor | None = None
) -> torch.Tensor:
    """Return what the networks make of some users, shape (tasks, users).

    Args:
        numbers: With a first axis of tasks.
        users: Shape (tasks, users, d).
        task: What each task is known by, shape (tasks, 2 d).
        kept: What each unit before the critics is multiplied by, where some are left out, shape
            (tasks, users, hidden).
    """
    active = torch.baddbmm(numbers["inner_bias"], users, numbers["inner"]).relu()
    if "expert_bias" in numbers:
        active = mixed(active, gate("expert", numbers, users, task).exp())
    if kept is not None:
        active = active * kept
    logits = torch.baddbmm(numbers["tower_bias"], active, numbers["tower"])
    if "critic_bias" not in numbers:
        return logits.squeeze(2)
    return judged(logits, gate("critic", numbers, users, task))
