"""A light student of soft labels on graph-propagated embeddings, adapted to a list when it is asked for.

From "Hubble" (Zhuang et al. 2020, "Hubble: An Industrial System for Audience Expansion in Mobile
Marketing", KDD 2020) come three parts: embeddings that are propagated over the graph of users and
items and learned once for all campaigns, a light model for each campaign on top of them, and a
teacher whose soft labels teach it (knowledge distillation, Hinton et al. 2015) against coverage bias:
a list covers only some of those whom it stands for, and who is not on it is no stranger for that.

What is different here: the propagation is the snapshot's own step over the graph rather than an
adaptive network of several, and the teacher sees no other campaigns. There are two teachers, each
trained against half of the other users, and each labels the half that it was not trained against:
of those that a teacher was told are strangers it could only repeat what it was told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.base import nobody
from lookalike.methods.mlp import Entrance, Network, folded
from lookalike.methods.mlp_recipe import DEFAULT as TEACHER
from lookalike.methods.mlp_recipe import Recipe as NetRecipe
from lookalike.methods.mlp_training import Nets, Sample, train
from lookalike.pool import BLOCK, Pool
from lookalike.progress import Progress

PROPAGATED = ("als", "smooth", "activity")  # before and after the step over the graph, and how busy
TAUGHT = 0.6  # share of the time that the teachers take
STUDENT = NetRecipe(hidden=(16,), dropout=0.5, nets=1)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How teachers and student are trained; the defaults were chosen on public interaction data.

    Attributes:
        teacher: Of each teacher.
        student: Of the student, one hidden layer.
        trust: Share of an unlabelled user's label that is the teacher's; the rest says "stranger".
        temperature: The teacher's logits are divided by it.
        least: Users outside the list that the student learns from, at least.
        most: And at most.
    """

    teacher: NetRecipe = TEACHER
    student: NetRecipe = STUDENT
    trust: float = 0.5
    temperature: float = 1.0
    least: int = 2_000
    most: int = 100_000


DEFAULT = Recipe()


def fit_hubble(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    recipe: Recipe = DEFAULT,
) -> Network:
    """Train two teachers on the seeds against others, and a student on their soft labels.

    Every epoch of the student reports its mean loss through `progress` as `epoch` and `loss`.

    Raises:
        BadInput: There are no positives, or every eligible user is one.
    """
    if not len(positives):
        raise nobody()
    torch.set_num_threads(pool.threads)
    against = recipe.teacher.negatives_for(len(positives))
    count = min(max(against, recipe.least), recipe.most)
    unlabelled = rng.permutation(pool.negatives(positives, count, rng))
    entrance = propagated(pool, recipe.teacher.scale)
    seeds, others = entrance.users(pool, positives), entrance.users(pool, unlabelled)
    importance = torch.from_numpy(weights.astype(np.float32))
    soft = soft_labels(
        seeds, importance, others, against, recipe, int(rng.integers(2**31)), progress.span(0, TAUGHT)
    )
    epochs, taught = recipe.student.epochs, progress.span(TAUGHT, 1)

    def heard(epoch: int, loss: float) -> None:
        told = f"Training: epoch {epoch} of {epochs}"
        taught.at(epoch / epochs, told, epoch=epoch, epochs=epochs, loss=loss)

    sample = lesson(seeds, importance, others, recipe.trust * soft)
    nets = train(sample, recipe.student, int(rng.integers(2**31)), heard)
    inner = nets.inner.view(recipe.student.nets, recipe.student.hidden[0], -1)
    outer = nets.outer.view(recipe.student.nets, -1, 1)
    layers = [inner[..., :-1].mT, inner[..., -1:].mT, outer, nets.bias.view(-1, 1, 1)]
    return folded(layers, recipe.student, entrance)


def propagated(pool: Pool, scale: float) -> Entrance:
    """Return the entrance of the views around the step over the graph; of all where there is none."""
    mean, whitening = pool.vectors.core_whitening
    views = pool.vectors.views
    scaling = scale * whitening
    if "smooth" in views:
        kept = np.zeros(len(mean), bool)
        for name in PROPAGATED:
            if name in views:
                kept[views[name]] = True
        scaling = scaling * kept
    return Entrance(mean, scaling, False)


def soft_labels(
    seeds: torch.Tensor,
    weights: torch.Tensor,
    others: torch.Tensor,
    against: int,
    recipe: Recipe,
    seed: int,
    progress: Progress,
) -> torch.Tensor:
    """Return what a teacher that has not seen them makes of others, between 0 and 1, shape (others,).

    Args:
        seeds: As they enter, a last column of 1, shape (P, d + 1).
        weights: Theirs, shape (P,).
        others: In any order that chance gave them, shape (C, d + 1).
        against: How many of them a teacher is trained against, at most.
        recipe: How.
        seed: Of everything that is drawn.
        progress: Hears of every epoch.
    """
    epochs = recipe.teacher.epochs

    def heard(epoch: int, _: float) -> None:
        progress.at(epoch / epochs, f"Training the teachers: epoch {epoch} of {epochs}")

    teachers = min(2, len(others))
    of = torch.arange(len(others)) % teachers
    strangers = (of != torch.arange(teachers)[:, None]) if teachers > 1 else torch.ones(1, 1).bool()
    strangers &= strangers.cumsum(dim=1) <= against
    lines = len(seeds) + len(others)
    sample = Sample(
        seeds.repeat(teachers, 1, 1),
        (weights * (lines / 2 / weights.sum())).repeat(teachers, 1),
        others,
        strangers * (lines / 2 / strangers.sum(dim=1, keepdim=True)),
    )
    nets = train(sample, recipe.teacher, seed, heard)
    starts = range(0, len(others), BLOCK)
    parts = [logits(nets, others[start : start + BLOCK], recipe.teacher) for start in starts]
    judged = torch.cat(parts, dim=1)
    return (judged.gather(0, of[None])[0] / recipe.temperature).sigmoid()


def logits(nets: Nets, users: torch.Tensor, recipe: NetRecipe) -> torch.Tensor:
    """Return the mean logit of each list's nets, shape (lists, users)."""
    lists = len(nets.bias)
    active = (users @ nets.inner.T).relu().view(len(users), lists, recipe.nets, -1)
    by_net = (active * nets.outer.view(lists, recipe.nets, -1)).sum(dim=3) + nets.bias
    return by_net.mean(dim=2).T


def lesson(
    seeds: torch.Tensor, weights: torch.Tensor, others: torch.Tensor, labels: torch.Tensor
) -> Sample:
    """Return what the student learns from: seeds for certain, others by soft labels.

    The cross-entropy of a label q is q times that of a seed and 1 - q times that of a stranger, so
    that each of the others stands on both sides. Seeds make up half of the whole.

    Args:
        seeds: As they enter, shape (P, d + 1).
        weights: Theirs, shape (P,).
        others: Shape (C, d + 1).
        labels: Theirs, between 0 and 1, shape (C,).
    """
    half = (len(seeds) + 2 * len(others)) / 2
    each = half / len(others)
    return Sample(
        torch.cat([seeds, others])[None],
        torch.cat([weights * (half / weights.sum()), each * labels])[None],
        others,
        (each * (1 - labels))[None],
    )
