"""The raw features as fields: what a user did is one field, each attribute another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from lookalike.pool import BLOCK

TOGETHER = ("item:", "feature:")  # of each kind all are a field; other names are <attribute>=<value>


def fields_of(names: Sequence[str]) -> NDArray[np.int16]:
    """Return the field of each raw feature by its name, numbered from 0, int16, shape (features,)."""
    titles = [
        next((mark for mark in TOGETHER if name.startswith(mark)), name.partition("=")[0])
        for name in names
    ]
    numbers = {title: place for place, title in enumerate(dict.fromkeys(titles))}
    return np.array([numbers[title] for title in titles], np.int16)


def by_field(
    rows: sp.csr_matrix, field_of: NDArray[np.int16], fields: int, evening: float
) -> sp.csr_matrix:
    """Return a line for each field of each user, all divided by a power of the user's number of cells.

    A user of two hundred items would otherwise weigh a hundred times as much as one of two. All fields
    of a user are divided by the same: if each were brought to one length, a postal code would weigh
    as much as all that somebody ever did.

    Args:
        rows: Raw features, CSR, shape (users, features).
        field_of: The field of each feature; -1 for one that is not looked at.
        fields: How many there are.
        evening: The power; the higher it is, the less do busy users count.

    Returns:
        CSR float32, shape (users * fields, features); users one after the other.
    """
    users = rows.shape[0]
    lines = np.repeat(np.arange(users) * fields, np.diff(rows.indptr))
    columns, values = rows.indices, rows.data
    own = field_of[columns]
    if (own < 0).any():
        known = own >= 0
        lines, columns, values, own = lines[known], columns[known], values[known], own[known]
    lines += own
    if (lines[1:] < lines[:-1]).any():
        order = np.argsort(lines, kind="stable")
        lines, columns, values = lines[order], columns[order], values[order]
    sizes = np.bincount(lines, minlength=users * fields)
    cells = sizes.reshape(users, fields).sum(axis=1)
    scale = np.repeat(np.maximum(cells, 1).astype(np.float32) ** np.float32(-evening), fields)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(rows.indptr.dtype)
    return sp.csr_matrix((values * scale[lines], columns, ends), (users * fields, rows.shape[1]))


def gathered(
    rows: sp.csr_matrix,
    users: NDArray[np.int64],
    field_of: NDArray[np.int16],
    fields: int,
    evening: float,
) -> sp.csr_matrix:
    """Return `by_field` of some users, block by block so that what is between stays small."""
    parts = [
        by_field(rows[users[start : start + BLOCK]], field_of, fields, evening)
        for start in range(0, max(len(users), 1), BLOCK)
    ]
    return sp.vstack(parts, format="csr")


def squared(rows: sp.csr_matrix, fields: int) -> sp.csr_matrix:
    """Return the squares of `by_field`'s cells, all fields of a user in one line."""
    return sp.csr_matrix(
        (rows.data**2, rows.indices, rows.indptr[::fields]), (rows.shape[0] // fields, rows.shape[1])
    )


def product(rows: sp.csr_matrix, weights: torch.Tensor) -> torch.Tensor:
    """Return rows @ weights, which can be differentiated by the weights."""
    found: torch.Tensor = _Product.apply(rows, weights)  # type: ignore[no-untyped-call]
    return found


class _Product(torch.autograd.Function):
    # PyTorch's own sparse matrices turn the matrix at every step, and warn that they may change

    @staticmethod
    def forward(ctx: Any, rows: sp.csr_matrix, weights: torch.Tensor) -> torch.Tensor:
        ctx.rows = rows
        return torch.from_numpy(rows @ weights.detach().numpy())

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[None, torch.Tensor]:
        return None, torch.from_numpy(ctx.rows.T @ gradients[0].contiguous().numpy())
