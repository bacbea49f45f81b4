"""A list's prototype by attention over its seeds: nothing is fitted to a new list."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.attention import prototypes, untaught
from lookalike.methods.head_prior import prior_of
from lookalike.methods.past_heads import rows_of
from lookalike.methods.ridge_prior import PriorHead, head_at
from lookalike.pool import Pool
from lookalike.progress import Progress


@torch.inference_mode()
def fit_prototype(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,
) -> PriorHead:
    """Pool the seeds by what was learned from past lists; without it, as `ridge_prior` does."""
    prior = prior_of(pool)
    learned = prior.attention
    if learned is None:
        progress.at(1.0, "No attention was learned from past lists: every seed counts alike")
        learned = untaught(prior)
    rows = rows_of(pool).of(pool.at(positives)).astype(np.float64)
    inside = ((rows - prior.centre - prior.mean) @ prior.into).astype(np.float32)
    found, _ = prototypes(
        list(torch.from_numpy(learned)),
        torch.from_numpy(prior.gains.astype(np.float32)),
        torch.from_numpy(inside)[None],
        torch.from_numpy(weights.astype(np.float32))[None],
    )
    mean = prior.mean + found[0].numpy().astype(np.float64) @ prior.back
    return head_at(pool, mean, attentive=prior.attention is not None)
