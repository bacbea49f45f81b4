"""Ridge regression on the raw sparse features: closed form by a few Lanczos steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.past import Hat

STEPS = 25
PROBES = 16
LEAST_PROBES = 2
ENOUGH = 200_000  # users that 16 probes are asked of; where there are more, each is asked less
BINS = 100  # row lengths at which the hat diagonal is kept


@dataclass(frozen=True, eq=False)
class Raw:
    """F = rows * X * columns, with X the raw features and two diagonal scalings.

    Attributes:
        matrix: X, CSR float32, shape (users, features).
        transposed: X', CSR float32.
        rows: A factor for each user, shape (users,).
        columns: A factor for each feature, shape (features,).
    """

    matrix: sp.csr_matrix
    transposed: sp.csr_matrix
    rows: NDArray[np.float32]
    columns: NDArray[np.float32]

    def times(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return F w, shape (users,)."""
        product: NDArray[np.float32] = self.rows * (self.matrix @ (self.columns * weights))
        return product

    def gathered(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return F'y, shape (features,)."""
        product: NDArray[np.float32] = self.columns * (self.transposed @ (self.rows * values))
        return product

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """Length of each row of F, shape (users,)."""
        held = self.matrix
        squared = sp.csr_matrix((held.data**2, held.indices, held.indptr), held.shape, copy=False)
        return self.rows * np.sqrt(squared @ self.columns**2)

    def solve(self, values: NDArray[np.float32], penalties: tuple[float, ...]) -> NDArray[np.float32]:
        """Return (F'F + lambda I)^-1 F'y for each penalty lambda, shape (features, penalties).

        Lanczos' basis of the Krylov space of F'F from F'y does not depend on lambda, so that 25
        products serve all penalties (conjugate gradients of as many steps, in exact arithmetic).
        """
        start = self.gathered(values)
        length = float(np.linalg.norm(start))
        if length == 0:
            return np.zeros((len(start), len(penalties)), np.float32)
        basis = [start / np.float32(length)]
        diagonal: list[float] = []
        beside: list[float] = []
        for _ in range(STEPS):
            new = self.gathered(self.times(basis[-1]))
            diagonal.append(float(new @ basis[-1]))
            known = np.stack(basis)
            new -= (known @ new) @ known  # against all, or rounding lets the basis drift
            new -= (known @ new) @ known
            rest = float(np.linalg.norm(new))
            if rest <= 1e-5 * max(diagonal) or len(diagonal) == STEPS:
                break
            beside.append(rest)
            basis.append(new / np.float32(rest))
        steps = len(diagonal)
        small = np.diag(diagonal) + np.diag(beside[: steps - 1], 1) + np.diag(beside[: steps - 1], -1)
        first = np.zeros(steps)
        first[0] = length
        inside = np.stack(
            [np.linalg.solve(small + penalty * np.eye(steps), first) for penalty in penalties], axis=1
        )
        found: NDArray[np.float32] = np.stack(basis).T @ inside.astype(np.float32)
        return found

    def hat(self, penalties: tuple[float, ...], rng: np.random.Generator) -> Hat:
        """Estimate the diagonal of F (F'F + lambda I)^-1 F' as a function of the row's length.

        Hutchinson's estimator with 16 Rademacher probes. Longer rows weigh more in their own fit,
        so that the noise is taken out by the best rising function of the length. That pools all
        users, so that of many users fewer probes, and a part of them, tell as much.
        """
        from sklearn.isotonic import IsotonicRegression

        users = self.matrix.shape[0]
        probes = PROBES if users <= ENOUGH else max(LEAST_PROBES, PROBES * ENOUGH // users)
        total = np.zeros((users, len(penalties)), np.float32 if users > ENOUGH else np.float64)
        for _ in range(probes):
            probe = (rng.integers(0, 2, users) * 2 - 1).astype(np.float32)
            solved = self.solve(probe, penalties)
            for place in range(len(penalties)):
                total[:, place] += probe * self.times(solved[:, place])
        lengths = np.quantile(self.norms, np.linspace(0, 1, BINS)).astype(np.float64)
        many = ENOUGH * PROBES // probes  # users to ask, so that there are as many answers as ever
        asked = slice(None) if users <= many else np.sort(rng.choice(users, many, replace=False))
        rising = [
            IsotonicRegression(y_min=0.0, y_max=1.0)
            .fit(self.norms[asked], one[asked] / probes)
            .predict(lengths)
            for one in total.T
        ]
        return Hat(lengths, np.stack(rising, axis=1))
