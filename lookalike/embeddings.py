"""Learning user embeddings from interactions: ALS, one graph-smoothing step, SVD and activity."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lookalike import features
from lookalike.contents import contents
from lookalike.errors import BadInput
from lookalike.importing.snapshots import Snapshot, snapshots, write_snapshot
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Recipe:
    """How embeddings are learned; the defaults were measured on public interaction data.

    Attributes:
        als: Columns of confidence-weighted ALS (Hu, Koren & Volinsky 2008).
        svd: Columns of the singular vectors of the normalised matrix.
        alpha: ALS confidence of an interaction.
        regularization: ALS regularisation.
        iterations: ALS iterations.
        random_state: Seeds ALS and the randomised SVD.
    """

    als: int = 64
    svd: int = 64
    alpha: float = 20.0
    regularization: float = 1.0
    iterations: int = 12
    random_state: int = 0


def learn(
    workspace: Workspace,
    recipe: Recipe | None = None,
    *,
    leave_out: Collection[str] = (),
    progress: Progress = SILENT,
) -> int:
    """Learn embeddings of all users with interactions, store them as a snapshot, return its id.

    With B the binary users x items matrix, act and pop its row and column sums,
    A = act^-1/2 B pop^-1/2 and M = act^-1/4 B pop^-1/4, the columns of a user are the views als
    (the factors U of B), smooth (A A'U), svd (left singular vectors of M) and activity
    (log1p(act)). The items get the matching columns, so that a new user can be folded in.

    Args:
        workspace: Where the interactions are and the snapshot goes.
        recipe: Dimensions and parameters.
        leave_out: Items (item_id) to leave out, such as the one whose buyers are the seed list.
        progress: Hears of every ALS iteration.

    Raises:
        BadInput: There are too few interactions to learn from.
        Cancelled: The watcher asked to stop; nothing is stored.
    """
    recipe = recipe or Recipe()
    progress.at(0.0, "Reading the interactions")
    seen = contents(workspace).interactions
    everything = features.interactions(workspace, leave_out)
    rows = np.flatnonzero(np.diff(everything.matrix.indptr)).astype(np.int32)
    binary = everything.matrix[rows]
    users, items = binary.shape
    if users < 10 or items < 10:
        raise BadInput(
            f"There are too few interactions to learn from: {users} users with {items} items "
            f"that at least {features.LEAST_USERS} users share.",
            "Import interactions of at least 10 users with 10 items.",
        )
    act = np.asarray(binary.sum(axis=1)).ravel().astype(np.float64)
    pop = np.asarray(binary.sum(axis=0)).ravel().astype(np.float64)

    als_users, als_items = _als(binary, recipe, workspace.settings.threads, progress.span(0.05, 0.7))
    progress.at(0.7, "Smoothing over the graph")
    smooth_of_items = sp.diags(pop**-0.5) @ binary.T @ (sp.diags(act**-0.5) @ als_users)
    smooth = sp.diags(act**-0.5) @ (binary @ (sp.diags(pop**-0.5) @ smooth_of_items))
    progress.at(0.75, "Finding singular vectors")
    svd_users, svd_items = _svd(binary, act, pop, recipe)
    progress.at(0.9, "Storing the embeddings")
    vectors = np.hstack([als_users, smooth, svd_users, np.log1p(act)[:, None]]).astype(np.float32)
    item_vectors = np.hstack([als_items, sp.diags(pop**-0.5) @ smooth_of_items, svd_items])
    edges = np.cumsum([0, recipe.als, recipe.als, svd_users.shape[1], 1]).tolist()
    names = ("als", "smooth", "svd", "activity")
    views = [list(view) for view in zip(names, edges[:-1], edges[1:], strict=True)]
    return write_snapshot(
        workspace,
        "learned",
        rows,
        vectors,
        f"{int(binary.nnz):,} interactions",
        {
            "views": views,
            "leave_out": sorted(leave_out),
            "interactions": seen,
            **asdict(recipe),
        },
        [name.removeprefix("item:") for name in everything.names],
        item_vectors.astype(np.float32),
    )


def learned_without(workspace: Workspace, leave_out: Collection[str]) -> Snapshot | None:
    """Return the newest learned snapshot that left out exactly these items, if there is one."""
    wanted = sorted(leave_out)
    for snapshot in snapshots(workspace):
        if snapshot.kind == "learned" and snapshot.how.get("leave_out", []) == wanted:
            return snapshot
    return None


def recipe_of(snapshot: Snapshot) -> Recipe:
    """Return the recipe by which a snapshot was learned."""
    return Recipe(**{field.name: snapshot.how[field.name] for field in fields(Recipe)})


def _als(
    binary: sp.csr_matrix, recipe: Recipe, threads: int, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from implicit.als import AlternatingLeastSquares

    def told(iteration: int, *_: Any) -> None:
        done = iteration + 1
        progress.at(done / recipe.iterations, f"Learning factors: pass {done} of {recipe.iterations}")

    progress.at(0.0, "Learning factors")
    with threadpool_limits(1, "blas"):  # implicit runs threads of its own; BLAS's would fight them
        model = AlternatingLeastSquares(
            factors=recipe.als,
            alpha=recipe.alpha,
            regularization=recipe.regularization,
            iterations=recipe.iterations,
            random_state=recipe.random_state,
            num_threads=threads,
            use_gpu=False,
        )
        model.fit(binary, show_progress=False, callback=told)
    return model.user_factors, model.item_factors


def _svd(
    binary: sp.csr_matrix, act: NDArray[np.float64], pop: NDArray[np.float64], recipe: Recipe
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left singular vectors of M, and the item side that folds a new user into them."""
    from sklearn.utils.extmath import randomized_svd

    columns = min(recipe.svd, min(binary.shape) - 1)
    normal = (sp.diags(act**-0.25) @ binary @ sp.diags(pop**-0.25)).tocsr()
    left, values, right = randomized_svd(normal, columns, random_state=recipe.random_state)
    return left, (right / np.maximum(values, 1e-12)[:, None] * pop**-0.25).T
