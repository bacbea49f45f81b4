"""What a score is the sum of, for the methods that add up what a user has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lookalike import training
from lookalike.errors import BadInput
from lookalike.expanded import Expansion
from lookalike.methods import Scorer, stored
from lookalike.methods.heads import evened
from lookalike.methods.logistic import Linear
from lookalike.methods.ridge import RawHead
from lookalike.methods.tfidf import TfIdf, scaled
from lookalike.pool import Block, open_pool
from lookalike.workspace import Workspace

ADDITIVE = ("logistic", "logistic_tfidf", "ridge_raw")
CLOSE = 1e-3  # of the score, or of 1: single precision, summed in another order


@dataclass(frozen=True, slots=True)
class Part:
    """What one thing that a user has adds to the score, or takes from it."""

    name: str
    label: str
    value: float


def contributions(expansion: Expansion, row: int) -> tuple[Part, ...]:
    """Take a score apart, the largest parts first; they add up to the score.

    Args:
        expansion: A run by one of the `ADDITIVE` methods.
        row: `users.row` of somebody who was ranked.

    Raises:
        BadInput: The method does not add up, the user was not ranked, the model was not kept, or
            the data are no longer what the run was trained on.
    """
    method = expansion.spec.method
    if method not in ADDITIVE:
        raise BadInput(
            f"A score of the method {method!r} is not a sum over what the user has.",
            f"The methods that can be taken apart are {', '.join(ADDITIVE)}.",
        )
    candidates = expansion.ranking.candidates
    place = np.flatnonzero(candidates["row"] == row)
    if not len(place):
        raise BadInput("This user was not ranked, so there is no score.", "Ask for somebody ranked.")
    score = float(candidates["score"][place[0]])
    model = training.model_of(expansion.workspace, expansion.run.id)
    pool = open_pool(expansion.workspace, model.facts["snapshot"], expansion.spec.leave_out)
    position = pool.vectors.positions(np.array([row], np.int32))
    names = pool.features.names
    cells = _cells(stored.aligned(model, names), pool.at(position))
    if abs(float(cells.sum()) - score) > CLOSE * max(1.0, abs(score)):
        raise BadInput(
            "The data have changed since this run, so its scores can no longer be taken apart.",
            "Train again on the same list.",
        )
    titles = _titles(expansion.workspace, [names[column] for column in cells.indices])
    parts = [
        Part(names[column], titles[names[column]], float(value))
        for column, value in zip(cells.indices, cells.data, strict=True)
    ]
    return tuple(sorted(parts, key=lambda part: (-abs(part.value), part.name)))


def _cells(scorer: Scorer, user: Block) -> sp.csr_matrix:
    """Return what each of the user's features adds, shape (1, features)."""
    row = user.sparse
    if isinstance(scorer, Linear):
        return sp.csr_matrix(row.multiply(scorer.weights))
    if isinstance(scorer, TfIdf):
        return sp.csr_matrix(scaled(row, scorer.rarity).multiply(scorer.weights))
    if isinstance(scorer, RawHead):
        return sp.csr_matrix(row.multiply(scorer.weights) * evened(user)[0])
    raise AssertionError(f"{type(scorer).__name__} is not a sum over features")


def _titles(workspace: Workspace, names: list[str]) -> dict[str, str]:
    items = [name.removeprefix("item:") for name in names if name.startswith("item:")]
    with workspace.cursor() as cursor:
        known = dict(
            cursor.execute(
                "SELECT item_id, title FROM items WHERE list_contains($1::VARCHAR[], item_id)", [items]
            ).fetchall()
        )
    return {name: _title(name, known) for name in names}


def _title(name: str, known: dict[str, str | None]) -> str:
    if name.startswith("item:"):
        item = name.removeprefix("item:")
        return known.get(item) or f"item {item}"
    return name.removeprefix("feature:").replace("=", ": ", 1).replace("_", " ")
