"""Numbers as people read them; what programs read is never written so."""

from __future__ import annotations

MINUS = "−"


def true_minus(number: str) -> str:
    """Write a number for people: a hyphen is too short for a minus, and a line may break after it.

    Args:
        number: One or more numbers as Python formats them, with their units and brackets.
    """
    return number.replace("-", MINUS)
