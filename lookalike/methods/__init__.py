"""The table of methods. A new method is one file and one line here."""

from __future__ import annotations

from functools import partial

from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.methods.auto import fit_auto, fit_linear
from lookalike.methods.base import Method, Scorer, score_all
from lookalike.methods.blend import fit_blend
from lookalike.methods.centroid import fit_centroid
from lookalike.methods.hubble import STUDENT, fit_hubble
from lookalike.methods.logistic import fit_logistic
from lookalike.methods.lsh import fit_lsh
from lookalike.methods.mlp import PUBLISHED, Recipe, fit_mlp, fit_mlp_published
from lookalike.methods.one_stage import DEFAULT as ONE_STAGE
from lookalike.methods.one_stage import fit_one_stage
from lookalike.methods.pretrained import fit_pretrained, no_general
from lookalike.methods.prototype import fit_prototype
from lookalike.methods.reference import fit_activity, fit_random
from lookalike.methods.ridge import fit_ridge, fit_ridge_raw
from lookalike.methods.ridge_prior import fit_ridge_prior
from lookalike.methods.tfidf import fit_logistic_tfidf
from lookalike.pool import Pool

__all__ = ["DEFAULT", "METHODS", "Method", "Scorer", "applies", "check", "chosen", "score_all"]

DEFAULT = "auto"

METHODS = {
    method.name: method
    for method in (
        Method(
            "auto",
            "Blend",
            "Several ways to look at the list, weighted by what worked on past lists: the best choice.",
            fit_auto,
            epochs=Recipe().epochs,
        ),
        Method(
            "auto_quick",
            "Blend without network",
            "The same without its neural network: as good on most lists, and ready in a moment.",
            fit_linear,
        ),
        Method(
            "ridge",
            "Ridge regression",
            "A regression on the user embeddings in one step, without any search.",
            fit_ridge,
        ),
        Method(
            "ridge_prior",
            "Ridge regression from experience",
            "The same, beginning with what past lists had in common: made for lists of 3 to 40 users.",
            fit_ridge_prior,
        ),
        Method(
            "prototype",
            "Typical seed",
            "Weighs the seeds by how well they go together, as past lists taught it; fits nothing.",
            fit_prototype,
        ),
        Method(
            "ridge_raw",
            "Ridge regression on items",
            "One step too, on what users did and who they are; busy users and popular items count less.",
            fit_ridge_raw,
        ),
        Method(
            "mlp",
            "Neural network",
            "A small network trained for this list on the user embeddings (Pinterest 2021).",
            fit_mlp,
            epochs=Recipe().epochs,
        ),
        Method(
            "metaheac",
            "Past campaigns",
            "Experts and critics that learned from past campaigns how to begin (MetaHeac, 2021).",
            partial(fit_pretrained, network="metaheac"),
            general=True,
        ),
        Method(
            "mmoe",
            "Past campaigns, experts alone",
            "Experts shared by all past campaigns, tuned for this list (MMoE, 2018).",
            partial(fit_pretrained, network="mmoe"),
            general=True,
        ),
        Method(
            "shared_bottom",
            "Past campaigns, one layer shared",
            "A layer that all past campaigns share, tuned for this list.",
            partial(fit_pretrained, network="shared_bottom"),
            general=True,
        ),
        Method(
            "mlp_pretrained",
            "Past campaigns, one network",
            "One network for all past campaigns together, tuned for this list.",
            partial(fit_pretrained, network="mlp_pretrained"),
            general=True,
        ),
        Method(
            "logistic",
            "Logistic regression",
            "Regression on what users did and who they are, its strength tuned for each list.",
            fit_logistic,
        ),
        Method(
            "logistic_tfidf",
            "Logistic regression, rare first",
            "The same, but rare features count more and busy users no more than others.",
            fit_logistic_tfidf,
        ),
        Method(
            "lsh",
            "Shared regions",
            "Users who fall into the same small regions as the seeds (act-alike users, Pinterest 2019).",
            fit_lsh,
        ),
        Method(
            "blend",
            "Regression and regions",
            "Average rank of logistic regression and shared regions: what the network replaced.",
            fit_blend,
        ),
        Method(
            "mlp_published",
            "Neural network, as published",
            "The network of Pinterest's paper without our changes, for comparison.",
            fit_mlp_published,
            epochs=PUBLISHED.epochs,
        ),
        Method(
            "one_stage",
            "Neural network on items",
            "A small network on what users did and who they are, from nothing; for comparison.",
            fit_one_stage,
            epochs=ONE_STAGE.net.epochs,
        ),
        Method(
            "hubble",
            "Teacher and student",
            "A light network taught by two that doubt who is a stranger (Hubble, 2020); for comparison.",
            fit_hubble,
            epochs=STUDENT.epochs,
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
    if METHODS[name].general:
        return pool.general is not None
    if name in ("logistic", "logistic_tfidf", "ridge_raw", "blend", "one_stage"):
        return pool.sparse.shape[1] > 0
    return name != "activity" or bool(pool.activity.any())


def check(name: str, pool: Pool) -> None:
    """Refuse a method that has nothing to look at in this pool.

    Raises:
        NotFound: There is no such method.
        BadInput: What it looks at does not exist.
    """
    (method,) = chosen([name])
    if applies(name, pool):
        return
    if method.general:
        raise no_general(pool)
    raise BadInput(
        f"The method {method.label!r} has nothing to look at in this workspace.",
        "Import interactions, attributes or features, or choose another method.",
    )


def chosen(names: list[str] | tuple[str, ...]) -> list[Method]:
    """Return the methods of these names.

    Raises:
        NotFound: A name is not in the table.
    """
    for name in names:
        if name not in METHODS:
            raise NotFound(f"There is no method {name!r}.", did_you_mean(name, METHODS))
    return [METHODS[name] for name in names]
