"""Which of many lists are trained side by side, and what each group takes its chance from.

A run that goes on later, or on other machines, has to come to the same groups and the same chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookalike.evaluation import LEAST
from lookalike.methods.mlp_recipe import DEFAULT
from lookalike.methods.mlp_stacked import grouped
from lookalike.training import MOST_POSITIVES

WITH_NETWORK = ("auto", "mlp")  # their networks can be trained side by side


def side_by_side(sizes: Sequence[int]) -> list[list[int]]:
    """Return the places of the lists that are trained at once, by the lists' numbers of seeds.

    Those with too few seeds, or so many that they are sampled, stand alone and first.
    """
    several = [place for place, size in enumerate(sizes) if LEAST <= size < MOST_POSITIVES]
    alone = sorted(set(range(len(sizes))) - set(several))
    groups = grouped([sizes[place] for place in several], DEFAULT)
    return [[place] for place in alone] + [[several[number] for number in group] for group in groups]


def chance_of(random_state: int, method: str, places: Sequence[int] = ()) -> np.random.Generator:
    """Return what a group of lists takes its chance from, by their places; a list alone by none."""
    return np.random.default_rng([random_state, *method.encode(), *places])
