"""What a group of users is about: the items, categories and attributes that it has more of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike import features
from lookalike.workspace import Workspace

SHOWN = 4
LEAST = 3  # of a group must have something for it to be told
CLEAR = 2.6  # standard errors, the 1 % level
MORE = 1.25  # times as common as among the others


@dataclass(frozen=True, eq=False, slots=True)
class Facts:
    """What is known of some users.

    Attributes:
        items: Who has which item, 0/1, CSR, shape (users, items).
        held: Who has what, 0/1 (items, then attributes and features), CSR, shape (users, names).
        names: What to call these.
        acts: How many items of each category, CSR, shape (users, categories).
        categories: Their names.
    """

    items: sp.csr_matrix
    held: sp.csr_matrix
    names: list[str]
    acts: sp.csr_matrix
    categories: list[str]


def facts_of(workspace: Workspace, rows: NDArray[np.int32]) -> Facts:
    """Read what is known of the users of these `users.row`, shape (P,)."""
    loaded = features.load(workspace)
    matrix = loaded.matrix[rows]
    matrix.data = (matrix.data > 0).astype(np.float32)
    with workspace.cursor() as cursor:
        told = {
            item: (title, category)
            for item, title, category in cursor.execute(
                "SELECT item_id, title, category FROM items"
            ).fetchall()
        }
    is_item = [name.startswith("item:") for name in loaded.names]
    ids = [name.removeprefix("item:") for name in loaded.names if name.startswith("item:")]
    names = [told.get(item, (None, None))[0] or f"item {item}" for item in ids]
    for name in loaded.names[len(ids) :]:
        column, equals, value = name.partition("=")
        names.append(f"{column}: {value}" if equals else name.removeprefix("feature:"))
    items = matrix[:, np.flatnonzero(is_item)]
    category_of = [told.get(item, (None, None))[1] for item in ids]
    categories = sorted({category for category in category_of if category})
    place = {category: number for number, category in enumerate(categories)}
    cells = [(line, place[one]) for line, one in enumerate(category_of) if one]
    lines, columns = np.array(cells, np.int64).reshape(-1, 2).T
    belongs = sp.csr_matrix(
        (np.ones(len(cells), np.float32), (lines, columns)), shape=(len(ids), len(categories))
    )
    return Facts(items, matrix, names, (items @ belongs).tocsr(), categories)


def themes(facts: Facts, group: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Name what a group has more of than the other users, the clearest first.

    Categories are compared by the share of all items that lie in them, everything else by the share
    of users who have it; the order is that of the two-sample z of these shares.

    Args:
        facts: What is known of all users.
        group: Who is in the group, shape (users,).

    Returns:
        Up to four: name, of ("actions" or "users"), share in the group and elsewhere, 0 to 1.
    """
    if not group.any() or group.all():
        return []
    kinds = (
        ("actions", facts.acts, facts.categories, facts.acts.sum(axis=1)),
        ("users", facts.held, facts.names, np.ones(len(group))),
    )
    found = []
    for of, matrix, names, sizes in kinds:
        totals = np.asarray(sizes, np.float64).ravel()
        inside, outside = totals[group].sum(), totals[~group].sum()
        if not names or not inside or not outside:
            continue
        has = np.asarray(matrix[group].sum(axis=0), np.float64).ravel()
        have = np.asarray(matrix[~group].sum(axis=0), np.float64).ravel()
        share, elsewhere = has / inside, have / outside
        pooled = (has + have) / (inside + outside)
        error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / inside + 1 / outside))
        z = (share - elsewhere) / error
        clear = (has >= LEAST) & (z >= CLEAR) & (share >= MORE * elsewhere)
        found += [
            (float(z[one]), names[one], of, float(share[one]), float(elsewhere[one]))
            for one in np.flatnonzero(clear).tolist()
        ]
    return [
        {"name": name, "of": of, "share": share, "elsewhere": elsewhere}
        for _, name, of, share, elsewhere in sorted(found, reverse=True)[:SHOWN]
    ]
