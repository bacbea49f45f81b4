"""A fixed hash of numbers: orders and samples that follow from nothing else about a user."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mixed(rows: NDArray[np.int32] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash numbers to 64 well-mixed bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    bits = rows.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
