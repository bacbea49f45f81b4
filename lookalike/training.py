"""Training on a seed list: the pool, the seeds and their weights, the model, everybody's rank."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import embeddings, seeds, weighting
from lookalike.eligible import Step
from lookalike.errors import BadInput
from lookalike.evaluation import LEAST
from lookalike.expansion_spec import Spec
from lookalike.importing import snapshots
from lookalike.methods import Scorer, check, chosen, score_all, stored
from lookalike.methods.auto import Blend
from lookalike.methods.ridge_prior import PriorHead
from lookalike.methods.subgroup_match import SubgroupMatch
from lookalike.pool import Pool, open_pool
from lookalike.progress import SILENT, Progress
from lookalike.ranking import Ranking, rank
from lookalike.seeds import SeedList
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace

MOST_POSITIVES = 200_000  # more add nothing but time (Pinterest 2021)


@dataclass(frozen=True, eq=False, slots=True)
class Listed:
    """A list as it is trained on.

    Attributes:
        pool: The users, for this list.
        seed_list: The list.
        fingerprint: Of the list as it is now.
        positives: Positions of the seeds that are trained on, ascending, shape (P,).
        weights: Of these seeds, of mean 1, shape (P,).
        weighed: What to tell of the weighting.
        members: Positions of everybody on the list, ascending: none of them is a candidate.
    """

    pool: Pool
    seed_list: SeedList
    fingerprint: str
    positives: NDArray[np.int64]
    weights: NDArray[np.float64]
    weighed: dict[str, Any]
    members: NDArray[np.int64]

    def seeds(self) -> dict[str, Any]:
        """Count the seeds: those matched, those used, those outside the pool; and fingerprint them."""
        inside = np.isin(self.positives, self.pool.eligible).sum()
        return {
            **self.seed_list.report.counts(),
            "used": len(self.positives),
            "outside_pool": int(len(self.positives) - inside),
            "sha256": self.fingerprint,
        }


@dataclass(frozen=True, eq=False, slots=True)
class Trained:
    """A model that was trained on a list, and the ranking that it gives.

    Attributes:
        listed: The list as it was trained on.
        scorer: The model.
        ranking: Every candidate, best first.
        losses: Training loss by epoch; empty for methods without one.
        seconds: By stage.
    """

    listed: Listed
    scorer: Scorer
    ranking: Ranking
    losses: list[float]
    seconds: dict[str, float]

    @property
    def pool(self) -> Pool:
        """The users."""
        return self.listed.pool

    def waterfall(self) -> tuple[Step, ...]:
        """Return the steps from all users to those that an audience can hold."""
        gone = len(self.pool.eligible) - len(self.ranking)
        return (
            *self.pool.waterfall,
            Step("seeds themselves", gone),
            Step("available", len(self.ranking), "left"),
        )


def blended(scorer: Scorer) -> dict[str, Any] | None:
    """Return what past lists and views had to do with a model; None for the other methods."""
    return scorer.told if isinstance(scorer, Blend | PriorHead | SubgroupMatch) else None


def train(workspace: Workspace, spec: Spec, progress: Progress = SILENT) -> Trained:
    """Train on all seeds of a saved list and rank everybody else.

    Raises:
        LookalikeError: It cannot be done.
        Cancelled: The watcher asked to stop.
    """
    losses: list[float] = []
    began = time.perf_counter()
    prepared = 0.75 if spec.leave_out else 0.17
    pool = pool_for(workspace, spec, progress.span(0.0, prepared))
    listed = list_in(workspace, pool, spec)
    ready = time.perf_counter()
    scorer = fit(listed, spec, progress.span(prepared, 0.95), losses)
    fitted = time.perf_counter()
    scores = score_all(listed.pool, [scorer], progress.span(0.95, 1.0))[:, 0]
    ranking = rank(listed.pool, scores, listed.members)
    done = time.perf_counter()
    seconds = {"prepare": ready - began, "train": fitted - ready, "score": done - fitted}
    return Trained(listed, scorer, ranking, losses, seconds)


def pool_for(workspace: Workspace, spec: Spec, progress: Progress = SILENT) -> Pool:
    """Open the pool that a spec asks for; lists whose specs differ in the list alone share it."""
    progress.at(0.0, "Reading the list and the embeddings")
    return pool_without(
        workspace,
        spec.snapshot,
        spec.leave_out,
        progress,
        past=spec.past,
        general=spec.general,
        only=spec.only,
        active_days=spec.active_days,
    )


def list_in(workspace: Workspace, pool: Pool, spec: Spec) -> Listed:
    """Return the spec's list as it is trained on.

    Raises:
        NotFound: There is no such list.
        BadInput: It cannot be trained on.
    """
    seed_list = seeds.load(workspace, spec.seed_list)
    positives, weights, weighed = _positives(workspace, pool, seed_list, spec)
    members = pool.vectors.positions(seed_list.rows)
    pool = pool.keeping_out(np.setdiff1d(members, positives, assume_unique=True))
    check_pool(pool, positives, spec.method)
    print_ = fingerprint(workspace, seed_list)
    return Listed(pool, seed_list, print_, positives, weights, weighed, members)


def chance(random_state: int, method: str, places: Sequence[int] = ()) -> np.random.Generator:
    """Return what lists trained together take their chance from, by their places; one alone by none."""
    return np.random.default_rng([random_state, *method.encode(), *places])


def fit(
    listed: Listed, spec: Spec, progress: Progress = SILENT, losses: list[float] | None = None
) -> Scorer:
    """Train the spec's method on a list; the losses of its epochs are added to `losses`."""
    (method,) = chosen([spec.method])
    watched = progress if losses is None else _with_losses(progress, losses)
    rng = chance(spec.random_state, spec.method)
    return method.fit(listed.pool, listed.positives, listed.weights, rng, watched)


def keep_model(
    workspace: Workspace, name: str, scorer: Scorer, listed: Listed, spec: Spec
) -> Path | None:
    """Keep a model beside the database, to be applied to other users; return its file.

    Args:
        workspace: Where to.
        name: The run, or the run and a list's number in it: "4f1c…/12".
        scorer: The model; of those that know nobody but the pool's users nothing is kept.
        listed: What it was trained on.
        spec: How.
    """
    if not stored.can_store(scorer):
        return None
    vectors = listed.pool.vectors
    names = listed.pool.features.names if stored.looks_at_features(scorer) else []
    facts = {
        "seed_list": spec.seed_list,
        "method": spec.method,
        "snapshot": vectors.snapshot.id,
        "dim": vectors.snapshot.dim,
        "core": vectors.core,
        "eligible": len(listed.pool.eligible),
        "seeds": len(listed.positives),
        "sha256": listed.fingerprint,
    }
    path = _model_file(workspace, name)
    with workspace.writing_file(path) as partial:
        stored.save(partial, scorer, names, facts)
    return path


def model_of(workspace: Workspace, name: str) -> stored.Stored:
    """Return a model that was kept.

    Raises:
        BadInput: None was kept under that name, or it cannot be read.
    """
    path = _model_file(workspace, name)
    if not path.exists():
        raise BadInput(
            f"No model was kept of {name}.",
            "Train again; of shared regions and of the two together no model can be kept.",
        )
    return stored.load(path)


def _model_file(workspace: Workspace, name: str) -> Path:
    path = workspace.file_in("models", f"{name}.npz")
    path.parent.mkdir(exist_ok=True)
    return path


def pool_without(
    workspace: Workspace,
    snapshot: int | None,
    leave_out: Collection[str],
    progress: Progress = SILENT,
    *,
    past: int | None = None,
    general: int | None = None,
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
    learned = {"past": past, "general": general}
    return open_pool(workspace, number, leave_out, **learned, only=only, active_days=active_days)


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
    check(method, pool)


def _with_losses(progress: Progress, losses: list[float]) -> Progress:
    def told(update: Any) -> None:
        if "loss" in update.facts:
            losses.append(update.facts["loss"])
        progress.at(update.fraction, update.message, **update.facts)

    return Progress(told)
