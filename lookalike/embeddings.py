"""Learning user embeddings from interactions: ALS, one graph-smoothing step, SVD and activity."""

from __future__ import annotations

import tempfile
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

TOGETHER = 500_000  # users that factors are fitted on, and whose vectors are worked out, at once


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

    fitted = _fitted_on(users, recipe)
    sample = binary if fitted is None else binary[fitted]
    widths = {
        "als": recipe.als,
        "smooth": recipe.als,
        "svd": min(recipe.svd, min(sample.shape) - 1),
        "activity": 1,
        WIDE: recipe.wide,
    }
    edges = np.cumsum([0, *widths.values()]).tolist()
    at = {name: slice(*ends) for name, *ends in zip(widths, edges[:-1], edges[1:], strict=True)}
    vectors = _room(workspace, users, edges[-1])
    lots = [slice(start, min(start + TOGETHER, users)) for start in range(0, users, TOGETHER)]

    threads = workspace.settings.threads_each
    als = _als(sample, recipe, threads, progress.span(0.0, 0.4))
    item_sides = {"als": als.item_factors}
    for lot in lots:
        vectors[lot, at["als"]] = als.user_factors if fitted is None else _folded(als, binary[lot])
    if recipe.wide:
        more = replace(recipe, als=recipe.wide, iterations=recipe.wide_iterations)
        wide = _als(sample, more, threads, progress.span(0.4, 0.85))
        for lot in lots:
            vectors[lot, at[WIDE]] = wide.user_factors if fitted is None else _folded(wide, binary[lot])
    progress.at(0.85, "Smoothing over the graph")
    smooth_of_items = np.zeros((items, recipe.als))
    for lot in lots:
        taken = sp.diags(act[lot] ** -0.5) @ vectors[lot, at["als"]]
        smooth_of_items += sp.diags(pop**-0.5) @ binary[lot].T @ taken
    item_sides["smooth"] = sp.diags(pop**-0.5) @ smooth_of_items
    progress.at(0.9, "Finding singular vectors")
    left, item_sides["svd"] = _svd(sample, act if fitted is None else act[fitted], pop, recipe)
    for lot in lots:
        some, busy = binary[lot], act[lot]
        vectors[lot, at["smooth"]] = sp.diags(busy**-0.5) @ (some @ item_sides["smooth"])
        folded = left if fitted is None else sp.diags(busy**-0.25) @ (some @ item_sides["svd"])
        vectors[lot, at["svd"]] = folded
        vectors[lot, at["activity"]] = np.log1p(busy)[:, None]
    if recipe.wide:
        item_sides[WIDE] = wide.item_factors
    return Factors(
        rows,
        vectors,
        [(name, part.start, part.stop) for name, part in at.items() if part.start < part.stop],
        [name.removeprefix("item:") for name in everything.names],
        np.hstack(list(item_sides.values())).astype(np.float32),
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


def _fitted_on(users: int, recipe: Recipe) -> NDArray[np.int64] | None:
    """Return the lines that factors are fitted on, ascending; None for all of them.

    The items' side is the same for any large part of the users, and theirs follows from it.
    """
    if users <= TOGETHER:
        return None
    rng = np.random.default_rng(recipe.random_state)
    return np.sort(rng.choice(users, TOGETHER, replace=False))


def _room(workspace: Workspace, users: int, width: int) -> NDArray[np.float32]:
    """Return room for vectors: in memory, or for many users in a file that goes with the array."""
    if users <= TOGETHER:
        return np.empty((users, width), np.float32)
    with tempfile.TemporaryFile(dir=workspace.folder("tmp")) as file:
        return np.memmap(file, np.float32, "w+", shape=(users, width))


def _als(binary: sp.csr_matrix, recipe: Recipe, threads: int, progress: Progress) -> Any:
    from implicit.cpu.als import AlternatingLeastSquares

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
        )
        model.fit(binary, show_progress=False, callback=told)
    return model


def _folded(model: Any, binary: sp.csr_matrix) -> NDArray[np.float32]:
    """Return the users' factors that fit the items' best, exactly solved, shape (users, columns)."""
    with threadpool_limits(1, "blas"):
        factors: NDArray[np.float32] = model.recalculate_user(np.arange(binary.shape[0]), binary)
    return factors


def _svd(
    binary: sp.csr_matrix, act: NDArray[np.float64], pop: NDArray[np.float64], recipe: Recipe
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left singular vectors of M, and the item side that folds a new user into them."""
    from sklearn.utils.extmath import randomized_svd

    columns = min(recipe.svd, min(binary.shape) - 1)
    normal = (sp.diags(act**-0.25) @ binary @ sp.diags(pop**-0.25)).tocsr()
    left, values, right = randomized_svd(normal, columns, random_state=recipe.random_state)
    return left, (right / np.maximum(values, 1e-12)[:, None] * pop**-0.25).T
