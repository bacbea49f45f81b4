"""The variants of an experiment, and which of them is the control."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.errors import BadInput, did_you_mean
from lookalike.experiment.intake import opened
from lookalike.experiment.metrics import STANDARD
from lookalike.experiment.sources import Source

CONTROL_NAMES = ("control", "baseline", "a", "off")
MOST = 20


def variants(source: Source, columns: Mapping[str, str] | None = None) -> dict[str, int]:
    """Count the users of each variant, in alphabetical order; users in two of them aside.

    Raises:
        BadInput: The results cannot be read, or what they call variants are too many to be any.
    """
    with opened(source, STANDARD, columns) as intake:
        found = intake.cursor.execute(
            'SELECT variant, count(*) FROM people WHERE "variants seen" = 1 GROUP BY variant '
            "ORDER BY variant"
        ).fetchall()
        column = intake.found["variant"]
    if len(found) > MOST:
        raise BadInput(
            f"The column {column!r} names {len(found):,} variants; at most {MOST} were expected.",
            "Is it the column that says which group of the test a user was in?",
        )
    return {str(variant): int(users) for variant, users in found}


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
        f"None of the variants is called {', '.join(CONTROL_NAMES[:-1])} or {CONTROL_NAMES[-1]}; "
        f"found {', '.join(list(variants)[:10])}{', …' if len(variants) > 10 else ''}.",
        "Say which one is the control.",
    )
