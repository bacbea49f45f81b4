"""Training on a seed list: the pool, the seeds and their weights, the model, everybody's rank."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import embeddings, seeds, weighting
from lookalike.eligible import Step
from lookalike.errors import BadInput
from lookalike.evaluation import LEAST
from lookalike.expansion_spec import Spec
from lookalike.importing import snapshots
from lookalike.methods import METHODS, Scorer, applies, chosen, score_all
from lookalike.methods.auto import Blend
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.ranking import Ranking, rank
from lookalike.seeds import SeedList
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace

MOST_POSITIVES = 200_000  # more add nothing but time (Pinterest 2021)


@dataclass(frozen=True, eq=False, slots=True)
class Trained:
    """A model that was trained on a list, and the ranking that it gives.

    Attributes:
        pool: The users.
        seed_list: The list.
        fingerprint: Of the list as it was trained on.
        positives: Positions of the seeds that were trained on, ascending, shape (P,).
        weights: Of these seeds, of mean 1, shape (P,).
        weighed: What to tell of the weighting.
        scorer: The model.
        ranking: Every candidate, best first.
        losses: Training loss by epoch; empty for methods without one.
        seconds: By stage.
    """

    pool: Pool
    seed_list: SeedList
    fingerprint: str
    positives: NDArray[np.int64]
    weights: NDArray[np.float64]
    weighed: dict[str, Any]
    scorer: Scorer
    ranking: Ranking
    losses: list[float]
    seconds: dict[str, float]

    def seeds(self) -> dict[str, Any]:
        """Count the seeds: those matched, those used, those outside the pool; and fingerprint them."""
        inside = np.isin(self.positives, self.pool.eligible).sum()
        return {
            **self.seed_list.report.counts(),
            "used": len(self.positives),
            "outside_pool": int(len(self.positives) - inside),
            "sha256": self.fingerprint,
        }

    def waterfall(self) -> tuple[Step, ...]:
        """Return the steps from all users to those that an audience can hold."""
        gone = len(self.pool.eligible) - len(self.ranking)
        return (
            *self.pool.waterfall,
            Step("seeds themselves", gone),
            Step("available", len(self.ranking), "left"),
        )


def blended(scorer: Scorer, pool: Pool) -> dict[str, Any] | None:
    """Return what the default method made of the list; None for the other methods."""
    if not isinstance(scorer, Blend):
        return None
    used = pool.past is not None and pool.past.views == tuple(scorer.fitted.views.names)
    lists = len(pool.past) if used and pool.past is not None else 0
    return {"shares": scorer.named, "tilt": scorer.shares.tilt, "past_lists": lists}


def train(workspace: Workspace, spec: Spec, progress: Progress = SILENT) -> Trained:
    """Train on all seeds of a saved list and rank everybody else.

    Raises:
        LookalikeError: It cannot be done.
        Cancelled: The watcher asked to stop.
    """
    seconds: dict[str, float] = {}
    losses: list[float] = []
    began = time.perf_counter()
    progress.at(0.0, "Reading the list and the embeddings")
    (method,) = chosen([spec.method])
    prepared = 0.75 if spec.leave_out else 0.17
    pool = pool_without(
        workspace,
        spec.snapshot,
        spec.leave_out,
        progress.span(0.0, prepared),
        past=spec.past,
        only=spec.only,
        active_days=spec.active_days,
    )
    seed_list = seeds.load(workspace, spec.seed_list)
    positives, weights, weighed = _positives(workspace, pool, seed_list, spec)
    listed = pool.vectors.positions(seed_list.rows)
    pool = replace(pool, kept_out=np.setdiff1d(listed, positives, assume_unique=True))
    check_pool(pool, positives, spec.method)
    seconds["prepare"] = time.perf_counter() - began

    began = time.perf_counter()
    rng = np.random.default_rng([spec.random_state, *spec.method.encode()])
    watched = _with_losses(progress.span(prepared, 0.95), losses)
    scorer = method.fit(pool, positives, weights, rng, watched)
    seconds["train"] = time.perf_counter() - began

    began = time.perf_counter()
    scores = score_all(pool, [scorer], progress.span(0.95, 1.0))[:, 0]
    ranking = rank(pool, scores, listed)
    seconds["score"] = time.perf_counter() - began
    return Trained(
        pool,
        seed_list,
        fingerprint(workspace, seed_list),
        positives,
        weights,
        weighed,
        scorer,
        ranking,
        losses,
        seconds,
    )


def pool_without(
    workspace: Workspace,
    snapshot: int | None,
    leave_out: Collection[str],
    progress: Progress = SILENT,
    *,
    past: int | None = None,
    only: Sequence[str] = (),
    active_days: int | None = None,
) -> Pool:
    """Open the pool; items to leave out need embeddings that were learned without them."""
    chosen_one = snapshots.get(workspace, snapshot)
    number = chosen_one.id
    items = [name.removeprefix("item:") for name in leave_out if name.startswith("item:")]
    if items and chosen_one.kind == "learned" and not set(items) <= set(chosen_one.how["leave_out"]):
        without = embeddings.learned_without(workspace, items)
        if without is not None and without.id > number:  # an older one has not seen as much
            number = without.id
        else:
            recipe = embeddings.recipe_of(chosen_one)
            number = embeddings.learn(workspace, recipe, leave_out=items, progress=progress)
    return open_pool(workspace, number, leave_out, past=past, only=only, active_days=active_days)


def _positives(
    workspace: Workspace, pool: Pool, seed_list: SeedList, spec: Spec
) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[str, Any]]:
    """Return the seeds' positions and weights, and what to tell of the weighting."""
    weighed = weighting.weights_for(workspace, seed_list, spec.weight)
    has_vector = np.isin(seed_list.rows, pool.vectors.rows)
    positives = pool.vectors.positions(seed_list.rows)
    weights = weighed.weights[has_vector]
    if len(positives) > MOST_POSITIVES:
        rng = np.random.default_rng(spec.random_state)
        kept = np.sort(rng.choice(len(positives), MOST_POSITIVES, replace=False))
        positives, weights = positives[kept], weights[kept]
    if len(positives) < LEAST:
        raise BadInput(
            f"Only {len(positives)} of the {len(seed_list.rows):,} matched seeds have an embedding; "
            f"at least {LEAST} are needed.",
            "Import interactions of these users and learn the embeddings again.",
        )
    weights = weights / weights.mean()
    told = {
        "label": weighed.label,
        "missing": weighed.missing,
        "negative": weighed.negative,
        "effective_size": float(weights.sum() ** 2 / (weights**2).sum()),
    }
    return positives, weights, told


def check_pool(pool: Pool, positives: NDArray[np.int64], method: str) -> None:
    """Refuse a list of everybody, and a method to which all users would be the same.

    Raises:
        BadInput: With what was found.
    """
    if not len(pool.outside(positives)):
        raise BadInput("Every eligible user is on the seed list.", "Upload a smaller list.")
    if not applies(method, pool):
        raise BadInput(
            f"The method {METHODS[method].label!r} has nothing to look at in this workspace.",
            "Import interactions, attributes or features, or choose another method.",
        )


def _with_losses(progress: Progress, losses: list[float]) -> Progress:
    def told(update: Any) -> None:
        if "loss" in update.facts:
            losses.append(update.facts["loss"])
        progress.at(update.fraction, update.message, **update.facts)

    return Progress(told)
