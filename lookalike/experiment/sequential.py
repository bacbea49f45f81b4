"""Intervals that stay valid however often one looks at a running test."""

from __future__ import annotations

import math

TIGHTEST_AT = 5_000


def half_width(variance: float, n: int, alpha: float = 0.05, tightest_at: int = TIGHTEST_AT) -> float:
    """Return the half-width of the asymptotic confidence sequence after `n` users.

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2021), equation 9, with the tuning that
    makes it tightest, relative to a fixed interval, at `tightest_at` users.

    Args:
        variance: The squared standard error of the estimate.
        n: Users so far, in both variants together.
        alpha: One minus the coverage.
        tightest_at: Where to spend the precision.
    """
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tightest_at
    spread = n * rho2 + 1
    scale = 2 * spread / (n**2 * rho2) * math.log(math.sqrt(spread) / alpha)
    return math.sqrt(n * variance) * math.sqrt(scale)
