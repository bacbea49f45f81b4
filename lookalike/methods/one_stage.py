"""A network per list on the raw features, from nothing: no embeddings, nothing of other lists.

The row "one-stage" of Zhu et al. 2021: all that is known of a feature has to be learned from the
list itself, which is what embeddings and past campaigns are to be judged against.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.methods.bags import Bags, Recipe, train
from lookalike.methods.base import nobody
from lookalike.methods.mlp_recipe import Recipe as NetRecipe
from lookalike.pool import Pool
from lookalike.progress import Progress

DEFAULT = Recipe(
    NetRecipe(hidden=(32,), dropout=0.5, epochs=14, weight_decay=0.3, scale=0.3),
    shown=0.5,
    evening=0.25,
    start=0.1,
)


def fit_one_stage(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    recipe: Recipe = DEFAULT,
) -> Bags:
    """Train with weighted binary cross-entropy, the two classes balanced.

    Every epoch reports its mean loss through `progress` as the facts `epoch` and `loss`.

    Raises:
        BadInput: There are no positives, every eligible user is one, or there are no raw features.
    """
    if not len(positives):
        raise nobody()
    if pool.sparse.shape[1] == 0:
        raise BadInput(
            "There are no raw features for a network to learn from.",
            "Import interactions, attributes or features, or train by `mlp` on the embeddings.",
        )
    torch.set_num_threads(pool.threads)
    negatives = pool.negatives(positives, recipe.negatives_for(len(positives)), rng)
    lines = len(positives) + len(negatives)
    importance = np.full(lines, lines / (2 * len(negatives)), np.float32)
    importance[: len(positives)] = weights * (lines / 2 / weights.sum())
    epochs = recipe.net.epochs

    def heard(epoch: int, loss: float) -> None:
        told = f"Training: epoch {epoch} of {epochs}"
        progress.at(epoch / epochs, told, epoch=epoch, epochs=epochs, loss=loss)

    rows = pool.sparse[np.concatenate([positives, negatives])]
    return train(rows, len(positives), importance, recipe, int(rng.integers(2**31)), heard)
