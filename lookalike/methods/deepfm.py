"""A factorisation machine and a small network over the same embeddings of raw features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.methods.fields import by_field, fields_of, gathered
from lookalike.methods.machines import DEFAULT, FieldRecipe, Machines, Sample, log_odds, train
from lookalike.pool import Pool, Users
from lookalike.progress import Progress

MOST_NEGATIVES = 50_000  # as many as logistic regression on the same features takes
CELLS = 4_000_000  # numbers that are made of users at a time


@dataclass(frozen=True, eq=False, slots=True)
class FieldMachines:
    """Machines for all raw features, whose log-odds are averaged.

    Attributes:
        field_of: The field of each raw feature, -1 for one that is not looked at, int16, shape
            (features,).
        fields: How many.
        evening: Power of a user's number of cells by which they are divided.
        machines: Their numbers; features that nobody had in training have zeros.
    """

    field_of: NDArray[np.int16]
    fields: int
    evening: float
    machines: Machines

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the mean log-odds of the machines, shape (users,)."""
        rows = users.sparse
        step = max(1, CELLS // (self.fields * self.machines.embeddings.shape[1]))
        found = np.empty(rows.shape[0], np.float32)
        with torch.inference_mode():
            for start in range(0, len(found), step):
                own = by_field(rows[start : start + step], self.field_of, self.fields, self.evening)
                logits = log_odds(self.machines, own, self.fields)
                found[start : start + step] = logits.mean(dim=0).numpy()
        return found


def fit_deepfm(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    recipe: FieldRecipe = DEFAULT,
) -> FieldMachines:
    """Train on the seeds against other users by weighted cross-entropy, the classes balanced.

    Every epoch reports its mean loss through `progress` as the facts `epoch` and `loss`.

    Raises:
        BadInput: The workspace has no raw features, or every eligible user is on the list.
    """
    if pool.sparse.shape[1] == 0:
        raise BadInput(
            "There are no raw features for a factorisation machine.",
            "Import interactions, attributes or features.",
        )
    torch.set_num_threads(pool.threads)
    wanted = min(max(recipe.negatives * len(positives), recipe.least_negatives), MOST_NEGATIVES)
    negatives = pool.negatives(positives, wanted, rng)
    if "fields" not in pool.shared:
        pool.shared["fields"] = fields_of(pool.features.names)
    field_of: NDArray[np.int16] = pool.shared["fields"]
    fields = int(field_of.max()) + 1
    users = np.concatenate([positives, negatives])
    rows = gathered(pool.sparse, users, field_of, fields, recipe.evening)
    seen = np.unique(rows.indices)
    lines = len(positives) + len(negatives)
    labels = np.zeros(lines, np.float32)
    labels[: len(positives)] = 1
    importance = np.full(lines, lines / (2 * len(negatives)), np.float32)
    importance[: len(positives)] = weights * (lines / (2 * weights.sum()))

    def heard(epoch: int, loss: float) -> None:
        told = f"Training: epoch {epoch} of {recipe.epochs}"
        progress.at(epoch / recipe.epochs, told, epoch=epoch, epochs=recipe.epochs, loss=loss)

    sample = Sample(rows[:, seen], fields, torch.from_numpy(labels), torch.from_numpy(importance))
    made = train(sample, recipe, int(rng.integers(2**31)), heard)
    linear, embeddings = (
        torch.zeros(len(field_of), part.shape[1]).index_copy_(0, torch.from_numpy(seen).long(), part)
        for part in (made.linear, made.embeddings)
    )
    whole = Machines(linear, embeddings, *made.parts()[2:])
    return FieldMachines(field_of, fields, recipe.evening, whole)
