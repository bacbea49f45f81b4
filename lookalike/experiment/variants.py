"""Which of the variants is the control."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.errors import BadInput, did_you_mean, listed

MOST = 20
CONTROL_NAMES = ("control", "baseline", "holdout", "a", "off", "0", "false")


def choose_control(variants: Mapping[str, object], wanted: str | None = None) -> str:
    """Return the control variant: the one wanted, else the one whose name says so.

    Raises:
        BadInput: There is no such variant, or no name says so.
    """
    by_name = {variant.casefold(): variant for variant in reversed(list(variants))}
    if wanted is not None:
        if wanted in variants:
            return wanted
        if wanted.casefold() in by_name:
            return by_name[wanted.casefold()]
        raise BadInput(f"There is no variant {wanted!r}.", did_you_mean(wanted, variants))
    for name in CONTROL_NAMES:
        if name in by_name:
            return by_name[name]
    if len(variants) < 2:
        return next(iter(variants), "")
    raise BadInput(
        f"None of the variants is called {', '.join(CONTROL_NAMES[:4])} or off; "
        f"found {listed(list(variants), 10)}.",
        "Say which one is the control.",
    )


def refuse_many(count: int, column: str) -> None:
    """Refuse what cannot be variants, because there are too many of them.

    Args:
        count: How many there are, or more than `MOST`.
        column: The column that names them.

    Raises:
        BadInput: There are more than `MOST`.
    """
    if count > MOST:
        raise BadInput(
            f"The column {column!r} names more than {MOST} variants.",
            "Is it the column that says which group of the test a user was in?",
        )
