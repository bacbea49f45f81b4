"""Which of many lists are trained side by side.

A run that goes on later, or on other machines, has to come to the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence

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
