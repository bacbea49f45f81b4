"""Methods that begin with a general model of past campaigns and adapt it to the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.general import FEWEST, General, Learned
from lookalike.methods.adapting import Pace, Sample, adapted, sampled
from lookalike.methods.base import Scorer, nobody
from lookalike.methods.experts import Numbers, embedded, judged, mixed
from lookalike.methods.mlp import Entrance, fit_mlp
from lookalike.pool import Pool, Users
from lookalike.progress import Progress

MOST_KNOWN = 20_000  # seeds that a list is known by
BATCH = 256  # seeds, and as many others, of a step
LEAST = 128  # others of a step of fewer seeds
DRAWN = 20  # steps whose others are not those of an earlier one: the same few again are learned by heart


@dataclass(frozen=True, eq=False, slots=True)
class Adapted:
    """Networks adapted to a list, side by side, what users enter by folded into the first layer.

    Attributes:
        into: From the core columns to the experts' units, the experts' gate and the critics' gate,
            float32, shape (nets, d, units + choices).
        bias: Of these, what the gates make of the list added, shape (nets, 1, units + choices).
        tower: From an expert's units to the critics, shape (nets, hidden, critics).
        tower_bias: Shape (nets, 1, critics).
        experts: How many; 1 has no gate.
    """

    into: torch.Tensor
    bias: torch.Tensor
    tower: torch.Tensor
    tower_bias: torch.Tensor
    experts: int

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the mean log-odds of the nets, shape (users,)."""
        nets, hidden, critics = self.tower.shape
        units = self.experts * hidden
        with torch.inference_mode():
            rows = torch.from_numpy(np.require(users.core, requirements=["C", "W"]))
            found = torch.baddbmm(self.bias, rows.expand(nets, *rows.shape), self.into)
            active = found[..., :units].relu()
            if self.experts > 1:
                active = mixed(active, found[..., units : units + self.experts].softmax(dim=2))
            logits = torch.baddbmm(self.tower_bias, active, self.tower)
            if critics == 1:
                return logits.squeeze(2).mean(dim=0).numpy()
            weights = found[..., -critics:].log_softmax(dim=2)
            return judged(logits, weights).mean(dim=0).numpy()


def fit_pretrained(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    *,
    network: str,
) -> Scorer:
    """Adapt a network of the pool's general model to a list; the model itself stays as it is.

    Where there were too few campaigns to learn from, train as `fit_mlp` does, and say so.

    Raises:
        BadInput: There is no general model of these embeddings, it holds no such network, or all of
            it has seen the list.
    """
    general = pool.general
    if general is None or not holds(general, network):
        raise not_learned(pool, network)
    if general.version.campaigns < FEWEST:
        few = f"Only {general.version.campaigns} past campaigns: training a network from nothing"
        return fit_mlp(pool, positives, weights, rng, _saying(progress, few))
    halves = general.unseen(pool.vectors.rows[positives])
    if not halves:
        raise BadInput(
            "The general model has learned from this very list: its evidence would be worth nothing.",
            "Learn again without it: python -m lookalike pretrain --leave-out list:NAME or item:ID",
        )
    if not len(positives):
        raise nobody()
    torch.set_num_threads(pool.threads)
    learned = general.networks[network]
    progress.at(0.0, "Adapting the general model")
    # in single precision: the others of a step enter for it alone, which is a good part of its time
    entrance = Entrance(general.mean.astype(np.float32), general.scaling.astype(np.float32), False)
    samples = _Samples(pool, positives, weights, rng, entrance, len(halves))
    pace = Pace(**learned.pace)  # type: ignore[arg-type]
    start = _stacked(learned, halves)
    rates = pace.of(torch.full((len(halves),), len(positives)))
    found = adapted(start, samples.steps(pace, start["tower"].shape[1], progress), rates)
    return folded({name: held.detach() for name, held in found.items()}, samples.task, general)


def holds(general: General, network: str) -> bool:
    """Whether a list can begin with a network; after too few campaigns each begins with nothing."""
    return general.version.campaigns < FEWEST or network in general.networks


def not_learned(pool: Pool, network: str) -> BadInput:
    """Return what to say where a network was not learned from past campaigns, and what learns it."""
    snapshot = pool.vectors.snapshot.id
    held = [] if pool.general is None else list(pool.general.networks)
    # a new general model takes the place of the old one, with what that held
    wanted = " ".join(f"--network {name}" for name in dict.fromkeys([*held, network]))
    words = f"python -m lookalike pretrain --snapshot {snapshot} {wanted}"
    if pool.general is None:
        return BadInput(
            f"There is no general model of past campaigns for the embeddings {snapshot} yet.",
            f"Run pretrain first: {words}",
        )
    return BadInput(
        f"The general model of past campaigns holds no network {network!r}, only "
        f"{', '.join(held) or 'none'}.",
        f"Learn it: {words}",
    )


def folded(numbers: Numbers, task: torch.Tensor, general: General) -> Adapted:
    """Return networks as they look at stored users.

    Args:
        numbers: Adapted, with a first axis of nets.
        task: What the list is known by, shape (nets, 2 d).
        general: How users enter.
    """
    into, bias = [numbers["inner"].double()], [numbers["inner_bias"].double()]
    for gate in ("expert", "critic"):
        if f"{gate}_bias" not in numbers:
            continue
        into.append(numbers[f"{gate}_user"].double())
        known = numbers[f"{gate}_bias"].double()
        if f"{gate}_task" in numbers:
            known = known + torch.bmm(task.double()[:, None], numbers[f"{gate}_task"].double())
        bias.append(known)
    entering = torch.from_numpy(general.scaling) @ torch.cat(into, dim=2)
    centre = torch.from_numpy(general.mean)[None, None]
    shift = torch.cat(bias, dim=2) - centre @ entering
    experts = numbers["expert_bias"].shape[2] if "expert_bias" in numbers else 1
    return Adapted(entering.float(), shift.float(), numbers["tower"], numbers["tower_bias"], experts)


class _Samples:
    """What each step of an adaptation looks at: all seeds, or some of many, and other users."""

    def __init__(
        self,
        pool: Pool,
        positives: NDArray[np.int64],
        weights: NDArray[np.float64],
        rng: np.random.Generator,
        entrance: Entrance,
        nets: int,
    ) -> None:
        if len(positives) > MOST_KNOWN:
            known = np.sort(rng.choice(len(positives), MOST_KNOWN, replace=False))
            positives, weights = positives[known], weights[known]
        self._rng, self._nets = rng, nets
        self._seeds = entrance.users(pool, positives)[:, :-1]
        self._weights = torch.from_numpy(weights.astype(np.float32))
        self._pool, self._positives, self._entrance = pool, positives, entrance
        self.task = self._for_nets(embedded(self._seeds[None], self._weights[None])[0])

    def steps(self, pace: Pace, hidden: int, progress: Progress) -> Iterator[Sample]:
        """Draw the samples of the steps that the list takes.

        Args:
            pace: How many, and what they leave out.
            hidden: Units before the critics.
            progress: Hears of every step.
        """
        known = len(self._positives)
        count, dropout = pace.count(known), pace.left_out(known)
        size = min(max(len(self._seeds), LEAST), BATCH)
        drawn = self._pool.negatives(self._positives, size * min(count, DRAWN), self._rng)
        others = self._entrance.users(self._pool, self._rng.permutation(drawn))[:, :-1]
        whole, sample = len(self._seeds) <= BATCH, None
        for step in range(count):
            progress.at(step / count, f"Adapting the general model: step {step + 1} of {count}")
            turn = step * size % max(len(others) - size + 1, 1)
            against = self._for_nets(others[turn : turn + size])
            if sample is None or not whole:
                lines = torch.from_numpy(self._rng.permutation(len(self._seeds))[:BATCH])
                seeds, weights = (self._for_nets(held[lines]) for held in (self._seeds, self._weights))
                sample = sampled(seeds, weights, against, torch.ones(against.shape[:2]), self.task)
            else:  # the same seeds again
                sample = replace(sample, users=torch.cat([seeds, against], dim=1))
            if not dropout:
                yield sample
                continue
            chance = self._rng.random((*sample.signs.shape, hidden), dtype=np.float32)
            stays = torch.from_numpy((chance >= dropout).astype(np.float32) / (1 - dropout))
            yield replace(sample, kept=stays)

    def _for_nets(self, held: torch.Tensor) -> torch.Tensor:
        return held.expand(self._nets, *held.shape)


def _stacked(learned: Learned, halves: list[int]) -> Numbers:
    """Return the numbers of some halves, copied, with a first axis of nets."""
    names = learned.halves[0]
    return {
        name: torch.from_numpy(
            np.concatenate([learned.halves[half][name] for half in halves])
        ).requires_grad_()
        for name in names
    }


def _saying(progress: Progress, words: str) -> Progress:
    return Progress(lambda update: progress.at(update.fraction, words, **update.facts))
