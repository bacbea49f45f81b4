"""Learning what the heads of past lists have in common: empirical Bayes for their mean and spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.past_heads import PastHeads, past_heads
from lookalike.pool import Pool
from lookalike.priors import HeadPrior

FEWEST = 30  # past lists from which anything is learned
STEPS = 15  # of expectation and maximisation; more change no recall
BINS = 8  # of list sizes
STRAY = 0.7  # how far seeds stray, of what users of one item do: tuned, an item is no campaign

Floats = NDArray[np.float64]


def prior_of(pool: Pool) -> HeadPrior:
    """Return the prior of a pool: what is kept of its snapshot, or else learned now, once."""
    if "head prior" not in pool.shared:
        pool.shared["head prior"] = pool.prior or learned(past_heads(pool))
    found: HeadPrior = pool.shared["head prior"]
    return found


def remember(pool: Pool, prior: HeadPrior) -> None:
    """Let `prior_of` return this for a pool and its lists."""
    pool.shared["head prior"] = prior


def learned(heads: PastHeads) -> HeadPrior:
    """Fit N(m, S) to the mean rows of past lists, each known up to C / n, and turn it to its axes.

    S is shrunk towards C, the covariance of one list's users: a prior that is C itself, with mean
    zero, is plain ridge. With fewer than 30 past lists that is what is returned.
    """
    dim = len(heads.centre)
    level = max(float(np.trace(heads.total)) / dim, 1e-12)
    within = heads.within if len(heads.means) >= FEWEST else heads.total
    within = within + 1e-3 * level * np.eye(dim)  # a direction in which nobody strays says too much
    if len(heads.means) >= FEWEST:
        mean, between = normal_of(heads.means - heads.centre, heads.sizes, within)
        even = dim / (dim + len(heads.means))  # as few lists as directions say half
        between = (1 - even) * between + even * np.trace(between) / np.trace(within) * within
        lists = len(heads.means)
    else:
        mean, between, lists = np.zeros(dim), within, 0
    ridge = np.linalg.inv(heads.total + level * np.eye(dim)).astype(np.float64)
    return turned(mean, between, within, heads.centre, ridge, lists)


def turned(
    mean: Floats, between: Floats, within: Floats, centre: Floats, ridge: Floats, lists: int
) -> HeadPrior:
    """Return the prior in the basis in which `within` is the identity and `between` diagonal."""
    root = np.linalg.cholesky(within)
    half = np.linalg.solve(root, np.linalg.solve(root, between).T)
    gains, axes = np.linalg.eigh((half + half.T) / 2)
    into = np.linalg.solve(root.T, axes)
    return HeadPrior(lists, centre, mean, into, (root @ axes).T, np.maximum(gains, 0.0), ridge)


def normal_of(means: Floats, sizes: Floats, within: Floats) -> tuple[Floats, Floats]:
    """Return m and S of v_j ~ N(m, S) from means x_j ~ N(v_j, C / n_j), by EM.

    The model of Rubin (1981) in many dimensions; each size of list, on the scale of its logarithm,
    counts the same. Lists of about one size share what they say about S.

    Args:
        means: The x_j, shape (J, d).
        sizes: The n_j, shape (J,).
        within: C, shape (d, d).
    """
    place = _bins(sizes)
    weight = 1.0 / np.bincount(place, minlength=BINS)[place]
    weight /= weight.sum()
    mean = weight @ means
    apart = means - mean
    between = apart.T @ (apart * weight[:, None]) + 1e-6 * within
    for _ in range(STEPS):
        expected, rest = np.empty_like(means), np.zeros_like(between)
        for one in np.unique(place):
            inside = place == one
            noise = within / np.exp(np.log(sizes[inside]).mean())
            gain = np.linalg.solve(between + noise, between).T
            expected[inside] = mean + (means[inside] - mean) @ gain.T
            rest += weight[inside].sum() * (between - gain @ between)
        mean = weight @ expected
        apart = expected - mean
        between = (rest + rest.T) / 2 + apart.T @ (apart * weight[:, None])
    return mean, between


def expected_mean(prior: HeadPrior, row: Floats, seeds: float | Floats) -> Floats:
    """Return the mean row of the list's users, less the centre, given that of some seeds.

    m + S (S + C / P)^-1 (x - m): of few seeds little is believed, and least where lists hardly
    differ; of many, all.

    Args:
        prior: What past lists have in common.
        row: Mean row x of the seeds, shape (d,), or of several lists' seeds, shape (n, d).
        seeds: How many there are, P; weighted ones count (sum w)^2 / sum w^2. Of several lists:
            shape (n, 1).

    Returns:
        The same shape as `row`.
    """
    share = prior.gains / (prior.gains + STRAY / seeds)
    apart = row - prior.centre - prior.mean
    found: Floats = prior.mean + ((apart @ prior.into) * share) @ prior.back
    return found


def _bins(sizes: Floats) -> NDArray[np.intp]:
    """Number list sizes from 0, even in the logarithm."""
    logs = np.log(sizes)
    low, high = logs.min(), logs.max()
    return np.minimum((BINS * (logs - low) / max(high - low, 1e-9)).astype(np.intp), BINS - 1)
