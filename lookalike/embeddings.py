"""Learning user embeddings from interactions: ALS, one graph-smoothing step, SVD and activity."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
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
from lookalike.vectors import WIDE
from lookalike.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Recipe:
    """How embeddings are learned; the defaults were measured on public interaction data.

    Attributes:
        als: Columns of confidence-weighted ALS (Hu, Koren & Volinsky 2008).
        wide: Columns of a second, wider ALS that only the default method looks at; 0 for none.
        svd: Columns of the singular vectors of the normalised matrix.
        alpha: ALS confidence of an interaction.
        regularization: ALS regularisation.
        iterations: ALS iterations.
        wide_iterations: Of the wider one.
        random_state: Seeds ALS and the randomised SVD.
    """

    als: int = 64
    wide: int = 128
    svd: int = 64
    alpha: float = 20.0
    regularization: float = 1.0
    iterations: int = 12
    wide_iterations: int = 10
    random_state: int = 0


def learn(
    workspace: Workspace,
    recipe: Recipe | None = None,
    *,
    leave_out: Collection[str] = (),
    progress: Progress = SILENT,
) -> int:
    """Learn embeddings of all users with interactions, store them as a snapshot, return its id.

    The columns of a user are the views of `factorise`; the items get the matching columns, so that
    a new user can be folded in.

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
    found = factorise(workspace, recipe, leave_out=leave_out, progress=progress.span(0.05, 0.9))
    progress.at(0.9, "Storing the embeddings")
    return write_snapshot(
        workspace,
        "learned",
        found.rows,
        found.vectors,
        f"{found.interactions:,} interactions",
        {
            "views": [list(view) for view in found.views],
            "leave_out": sorted(leave_out),
            "interactions": seen,
            **asdict(recipe),
        },
        found.items,
        found.item_vectors,
    )


@dataclass(frozen=True, eq=False, slots=True)
class Factors:
    """Embeddings in memory.

    Attributes:
        rows: `users.row` of each line, ascending, int32, shape (n,).
        vectors: float32, shape (n, d).
        views: (name, first column, end column) of each view.
        items: Ids of the items, m of them.
        item_vectors: The item side of all views but activity, float32, shape (m, d - 1).
        interactions: User-item pairs that were learned from.
    """

    rows: NDArray[np.int32]
    vectors: NDArray[np.float32]
    views: list[tuple[str, int, int]]
    items: list[str]
    item_vectors: NDArray[np.float32]
    interactions: int


def factorise(
    workspace: Workspace,
    recipe: Recipe,
    *,
    leave_out: Collection[str] = (),
    progress: Progress = SILENT,
) -> Factors:
    """Learn embeddings without storing them.

    With B the binary users x items matrix, act and pop its row and column sums,
    A = act^-1/2 B pop^-1/2 and M = act^-1/4 B pop^-1/4, the views are als (the factors U of B),
    smooth (A A'U), svd (left singular vectors of M), activity (log1p(act)) and wide (as als, with
    more columns).

    Raises:
        BadInput: There are too few interactions to learn from.
        Cancelled: The watcher asked to stop.
    """
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

    threads = workspace.settings.threads
    als_users, als_items = _als(binary, recipe, threads, progress.span(0.0, 0.4))
    wide_users, wide_items = np.empty((users, 0)), np.empty((items, 0))
    if recipe.wide:
        wide = replace(recipe, als=recipe.wide, iterations=recipe.wide_iterations)
        wide_users, wide_items = _als(binary, wide, threads, progress.span(0.4, 0.85))
    progress.at(0.85, "Smoothing over the graph")
    smooth_of_items = sp.diags(pop**-0.5) @ binary.T @ (sp.diags(act**-0.5) @ als_users)
    smooth = sp.diags(act**-0.5) @ (binary @ (sp.diags(pop**-0.5) @ smooth_of_items))
    progress.at(0.9, "Finding singular vectors")
    svd_users, svd_items = _svd(binary, act, pop, recipe)
    sides = {
        "als": als_users,
        "smooth": smooth,
        "svd": svd_users,
        "activity": np.log1p(act)[:, None],
        WIDE: wide_users,
    }
    edges = np.cumsum([0, *(side.shape[1] for side in sides.values())]).tolist()
    views = [view for view in zip(sides, edges[:-1], edges[1:], strict=True) if view[1] < view[2]]
    item_sides = [als_items, sp.diags(pop**-0.5) @ smooth_of_items, svd_items, wide_items]
    return Factors(
        rows,
        np.hstack(list(sides.values())).astype(np.float32),
        views,
        [name.removeprefix("item:") for name in everything.names],
        np.hstack(item_sides).astype(np.float32),
        int(binary.nnz),
    )


def learned_without(workspace: Workspace, leave_out: Collection[str]) -> Snapshot | None:
    """Return the newest learned snapshot that left out exactly these items, if there is one."""
    wanted = sorted(leave_out)
    for snapshot in snapshots(workspace):
        if snapshot.kind == "learned" and snapshot.how.get("leave_out", []) == wanted:
            return snapshot
    return None


def recipe_of(snapshot: Snapshot) -> Recipe:
    """Return the recipe by which a snapshot was learned.

    One from before there was a wider factorisation has none: what is learned after it has to have
    the same views.
    """
    known = {field.name for field in fields(Recipe)} & snapshot.how.keys()
    return Recipe(**{"wide": 0} | {name: snapshot.how[name] for name in known})


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
