"""The table of methods. A new method is one file and one line here."""

from __future__ import annotations

from lookalike.errors import NotFound, did_you_mean
from lookalike.methods.base import Method, Scorer, score_all
from lookalike.methods.centroid import fit_centroid
from lookalike.methods.logistic import fit_logistic
from lookalike.methods.mlp import Recipe, fit_mlp
from lookalike.methods.reference import fit_activity, fit_random
from lookalike.pool import Pool

__all__ = ["DEFAULT", "METHODS", "Method", "Scorer", "applies", "chosen", "score_all"]

DEFAULT = "mlp"

METHODS = {
    method.name: method
    for method in (
        Method(
            "mlp",
            "Neural network",
            "A small network trained for this list on the user embeddings (Pinterest 2021).",
            fit_mlp,
            epochs=Recipe().epochs,
        ),
        Method(
            "logistic",
            "Logistic regression",
            "Regression on what users did and who they are, its strength tuned for each list.",
            fit_logistic,
        ),
        Method(
            "centroid",
            "Similarity",
            "Users closest to the middle of the list; needs no training, good for short lists.",
            fit_centroid,
        ),
        Method(
            "activity",
            "Most active users",
            "The most active users, whoever the seeds are: what any method has to beat.",
            fit_activity,
            reference=True,
        ),
        Method("random", "Random", "Chance.", fit_random, reference=True),
    )
}


def applies(name: str, pool: Pool) -> bool:
    """Say whether what a method looks at exists in this pool."""
    if name == "logistic":
        return pool.sparse.shape[1] > 0
    return name != "activity" or bool(pool.activity.any())


def chosen(names: list[str] | tuple[str, ...]) -> list[Method]:
    """Return the methods of these names.

    Raises:
        NotFound: A name is not in the table.
    """
    for name in names:
        if name not in METHODS:
            raise NotFound(f"There is no method {name!r}.", did_you_mean(name, METHODS))
    return [METHODS[name] for name in names]
