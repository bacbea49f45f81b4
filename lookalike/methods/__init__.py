"""The table of methods. A new method is one file and one line here."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.methods.auto import fit_auto, fit_linear
from lookalike.methods.base import Method, Scorer, score_all
from lookalike.methods.blend import fit_blend
from lookalike.methods.centroid import fit_centroid
from lookalike.methods.deepfm import fit_deepfm
from lookalike.methods.hubble import STUDENT, fit_hubble
from lookalike.methods.logistic import fit_logistic
from lookalike.methods.lsh import fit_lsh
from lookalike.methods.machines import FieldRecipe
from lookalike.methods.mlp import PUBLISHED, Recipe, fit_mlp, fit_mlp_published
from lookalike.methods.one_stage import DEFAULT as ONE_STAGE
from lookalike.methods.one_stage import fit_one_stage
from lookalike.methods.pretrained import fit_pretrained, holds, not_learned
from lookalike.methods.prototype import fit_prototype
from lookalike.methods.reference import fit_activity, fit_random
from lookalike.methods.ridge import fit_ridge, fit_ridge_raw
from lookalike.methods.ridge_prior import fit_ridge_prior
from lookalike.methods.subgroup_match import fit_attention
from lookalike.methods.tfidf import fit_logistic_tfidf
from lookalike.pool import Pool

__all__ = [
    "DEFAULT",
    "METHODS",
    "Method",
    "Scorer",
    "applies",
    "check",
    "chosen",
    "offered",
    "score_all",
]

DEFAULT = "auto"


def _begun(network: str, label: str, about: str) -> Method:
    """Return a method that begins with a network of past campaigns, called as that is."""
    return Method(network, label, about, partial(fit_pretrained, network=network), general=True)


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
            "attention",
            "Groups of seeds",
            "Compares users with those groups of seeds that they are like (RALM, 2019); fits nothing.",
            fit_attention,
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
        _begun(
            "metaheac",
            "Past campaigns",
            "Experts and critics that learned from past campaigns how to begin (MetaHeac, 2021).",
        ),
        _begun(
            "mmoe",
            "Past campaigns, experts alone",
            "Experts shared by all past campaigns, tuned for this list (MMoE, 2018).",
        ),
        _begun(
            "shared_bottom",
            "Past campaigns, one layer shared",
            "A layer that all past campaigns share, tuned for this list.",
        ),
        _begun(
            "mlp_pretrained",
            "Past campaigns, one network",
            "One network for all past campaigns together, tuned for this list.",
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
            "deepfm",
            "Facts in pairs",
            "Learns which facts about users count together, and which alone (DeepFM, 2017).",
            fit_deepfm,
            epochs=FieldRecipe().epochs,
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
        _begun(
            "metaheac_without_critics",
            "Past campaigns, one critic",
            "The experts of past campaigns under a single critic; for comparison.",
        ),
        _begun(
            "metaheac_without_experts",
            "Past campaigns, one expert",
            "The critics of past campaigns over a single expert; for comparison.",
        ),
        _begun(
            "metaheac_without_meta",
            "Past campaigns, all at once",
            "The same network, which learned past campaigns but not how to be adapted; for comparison.",
        ),
        _begun(
            "metaheac_without_steps",
            "Past campaigns, not adapted",
            "The same network as past campaigns left it, without a step on this list; for comparison.",
        ),
        _begun(
            "metaheac_second_order",
            "Past campaigns, to the second order",
            "The same network, which learned by its steps' own slopes as well; for comparison.",
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
        return pool.general is not None and holds(pool.general, name)
    if name in ("logistic", "logistic_tfidf", "ridge_raw", "blend", "one_stage", "deepfm"):
        return pool.sparse.shape[1] > 0
    return name != "activity" or bool(pool.activity.any())


def offered(learned: Collection[str]) -> list[str]:
    """Return the names of the methods that somebody can choose from.

    Args:
        learned: Networks that were learned from past campaigns; the others have nothing to begin with.
    """
    return [name for name, method in METHODS.items() if not method.general or name in learned]


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
        raise not_learned(pool, name)
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
