"""Is a list one group of people, or several? K-means, and how many groups it can be trusted with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

MOST_GROUPS = 5
SEEDS = 2_000  # of a longer list decide on the groups
LEAST = 24  # seeds without which there is nothing to split
SMALLEST = 5  # members of a group
STABLE = 0.8  # prediction strength of groups that exist (Tibshirani & Walther 2005)
HALVINGS = 5
REFERENCES = 12
STARTS = 4


def groups_of(rows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.int64]:
    """Divide seeds into groups and number these from the largest, 0; all 0 for one group.

    K-means for k groups works on the list's first k principal axes; further ones are mostly noise.
    The number of groups is the largest for which
    (1) the prediction strength is at least 0.8 (Tibshirani & Walther 2005): groups found in one half
    of the seeds hold in the other; (2) k-means leaves a smaller share of the spread than it would in
    an even cloud of the same widths on the k - 1 axes that the groups' middles span, by more than a
    standard error (the reference of the gap statistic, Tibshirani, Walther & Hastie 2001): one long
    cloud is not two groups; (3) no group has under five seeds. Without any such number it is one.

    Args:
        rows: Vectors of length 1, shape (P, d).
        rng: Draws halves, references and starts.
    """
    everything = np.asarray(rows, np.float64)
    if len(everything) < LEAST:
        return np.zeros(len(everything), np.int64)
    some = everything
    if len(everything) > SEEDS:
        some = everything[rng.choice(len(everything), SEEDS, replace=False)]
    centre = some.mean(axis=0)
    axes = np.linalg.svd(some - centre, full_matrices=False)[2][:MOST_GROUPS].T
    clouds, places = (some - centre) @ axes, (everything - centre) @ axes
    # the clouds are small: threads would wait for each other longer than they work
    with threadpool_limits(1):
        for count in range(MOST_GROUPS, 1, -1):
            cloud = clouds[:, :count]
            means = _means(cloud, count, rng)
            label = means.predict(places[:, :count])
            sizes = np.bincount(label, minlength=count)
            if (
                sizes.min() >= SMALLEST
                and prediction_strength(cloud, count, rng) >= STABLE
                and _tighter(cloud[:, : count - 1], count, rng)
            ):
                order = np.argsort(np.argsort(-sizes, kind="stable"))
                return order[label].astype(np.int64)
    return np.zeros(len(everything), np.int64)


def prediction_strength(cloud: NDArray[np.float64], count: int, rng: np.random.Generator) -> float:
    """Say how well groups found in one half of the points predict those found in the other.

    Of each group found in a half, the share of its pairs that the other half's groups put together
    as well; the worst group counts; the mean over some halvings, 0 to 1.
    """
    strengths = []
    for _ in range(HALVINGS):
        order = rng.permutation(len(cloud))
        one, other = cloud[order[: len(order) // 2]], cloud[order[len(order) // 2 :]]
        predicted = _means(one, count, rng).predict(other)
        found = _means(other, count, rng).labels_
        worst = 1.0
        for group in range(count):
            inside = np.bincount(predicted[found == group])
            size = inside.sum()
            together = (inside * (inside - 1)).sum() / (size * (size - 1)) if size > 1 else 0.0
            worst = min(worst, float(together))
        strengths.append(worst)
    return float(np.mean(strengths))


def _tighter(cloud: NDArray[np.float64], count: int, rng: np.random.Generator) -> bool:
    """Whether groups leave a smaller share of the spread than in even clouds of the same widths."""
    widths = cloud.std(axis=0)
    left = []
    for _ in range(REFERENCES):
        drawn = rng.uniform(-1, 1, cloud.shape) * widths
        total = np.square(drawn - drawn.mean(axis=0)).sum()
        left.append(np.log(_means(drawn, count, rng).inertia_ / total))
    own = np.log(max(_means(cloud, count, rng).inertia_, 1e-300) / np.square(cloud).sum())
    error = np.std(left, ddof=1) * np.sqrt(1 + 1 / REFERENCES)
    return bool(np.mean(left) - own > error)


def _means(cloud: NDArray[np.float64], count: int, rng: np.random.Generator) -> KMeans:
    return KMeans(count, n_init=STARTS, random_state=int(rng.integers(2**31))).fit(cloud)
