"""Which models Spark is to apply, for whom, and whether they fit the users in the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike import batch, runs, seeds, training
from lookalike.errors import BadInput, shown
from lookalike.methods import stored
from lookalike.methods.auto import Blend
from lookalike.methods.base import Scorer
from lookalike.methods.stack import Stack
from lookalike.methods.stored import Stored
from lookalike.pool import Loose
from lookalike.seeds.prints import fingerprint
from lookalike.spark import outputs
from lookalike.spark.files import About
from lookalike.spark.session import quiet, said_by
from lookalike.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LONGEST_NAME = 200  # of a list: it becomes the name of a folder


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """An audience that is wanted.

    Attributes:
        name: Of the list, and of its folder.
        model: Fitted on it.
        size: A float up to 1 is a share of the eligible users, an int a number of users.
        without: `row` of users that must not be in it, the seeds above all, int32, in any order.
    """

    name: str
    model: Stored
    size: float | int
    without: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))


def of_runs(workspace: Workspace, names: Sequence[str], size: float | int) -> list[Asked]:
    """Return what to ask for the models of finished runs of one list each.

    Raises:
        NotFound: There is no such run, or its list is gone.
        BadInput: A run kept no model, or its list has changed since.
    """
    return [_asked(workspace, runs.get(workspace, name).id, name, size) for name in dict.fromkeys(names)]


def of_batch(workspace: Workspace, name: str, size: float | int) -> list[Asked]:
    """Return what to ask for the models of a run of many lists; lists that failed there are left out.

    Raises:
        NotFound: There is no such run, or a list is gone.
        BadInput: It is no such run, kept no models, or a list has changed since.
    """
    held = batch.load(workspace, name)
    return [_asked(workspace, f"{held.run.id}/{one.place}", one.name, size) for one in held.done]


def of_folder(spark: SparkSession, folder: str, size: float | int) -> list[Asked]:
    """Return what to ask for the models that `train` wrote; lists that failed there are left out.

    Raises:
        BadInput: The folder is not there, not whole, or holds something else.
    """
    with quiet(), said_by():
        outputs.check_whole(spark, folder, "models")
        frame = spark.read.parquet(folder)
        if not {"list", "model", "rows"} <= set(frame.columns):
            raise BadInput(f"{folder} holds no models.", "Give the folder that `spark-train` wrote.")
        found = frame.where("model IS NOT NULL").select("list", "model", "rows").orderBy("list")
        return [
            Asked(
                one["list"],
                stored.from_bytes(bytes(one["model"]), f"of {one['list']}"),
                size,
                np.array(one["rows"], np.int32),
            )
            for one in found.toLocalIterator()
        ]


def _asked(workspace: Workspace, kept: str, called: str, size: float | int) -> Asked:
    model = training.model_of(workspace, kept)
    seed_list = seeds.load(workspace, str(model.facts["seed_list"]))
    if fingerprint(workspace, seed_list) != model.facts["sha256"]:
        raise BadInput(
            f"The list {shown(seed_list.name)} has changed since the model of {called} was trained.",
            "Expand it again: its new seeds would be in the audience.",
        )
    return Asked(seed_list.name, model, size, seed_list.rows)


def check(asked: Sequence[Asked], about: About, columns: frozenset[str]) -> list[Scorer]:
    """Return the models as they look at these users.

    Args:
        asked: What is wanted.
        about: The users.
        columns: Of their files.

    Raises:
        BadInput: A name cannot be a folder's or comes twice, or a model does not fit the users.
    """
    if not asked:
        raise BadInput("There is no model to apply.", "Name at least one run.")
    names = [one.name for one in asked]
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise BadInput(
                f"{shown(name)} cannot be the name of an audience's folder.",
                f"Give the list a name of 1 to {LONGEST_NAME} characters.",
            )
        if names.count(name) > 1:
            raise BadInput(f"Two models are of the list {shown(name)}.", "Give one run of each list.")
    return [_fitting(one, about, columns) for one in asked]


def looks_at(scorers: Sequence[Scorer]) -> list[str]:
    """Return the columns that the models look at beside the vectors."""
    found = []
    if any(isinstance(one, Blend) for one in scorers):
        found.append("activity")
    if any(stored.looks_at_features(one) for one in scorers):
        found += ["features", "values"]
    return found


def _fitting(one: Asked, about: About, columns: frozenset[str]) -> Scorer:
    scorer, name = one.model.scorer, shown(one.name)
    if not stored.can_store(scorer):
        raise BadInput(
            f"The model of {name} knows the users that it was trained on, and nobody else.",
            "Train by another method than shared regions, the two together, activity or chance.",
        )
    _check_snapshot(one, about)
    for column in looks_at([scorer]):
        # a blend whose activity counts nothing can do without
        idle = column == "activity" and isinstance(scorer, Blend) and not scorer.tilt
        if column not in columns and not idle:
            raise BadInput(
                f"The model of {name} looks at the column {column!r}, and the users' files have none.",
                "Write them with `export-users`, or train by a method that looks at vectors alone.",
            )
    if stored.looks_at_features(scorer):
        if not set(one.model.features) & set(about.features):
            raise BadInput(
                f"The model of {name} looks at {len(one.model.features):,} raw features; about.json "
                "beside the users names none of them.",
                "Write the users with `export-users` from the workspace that the model is from.",
            )
        scorer = stored.aligned(one.model, about.features)
    try:
        Stack([scorer]).score(nobody_in_particular(about))
    except (ValueError, IndexError, RuntimeError) as error:
        wanted = one.model.facts.get("dim", "another number of")
        raise BadInput(
            f"The model of {name} looks at vectors of {wanted} columns; the users' have "
            f"{about.columns}.",
            "Give users with the embeddings that the model was trained on.",
        ) from error
    return scorer


def _check_snapshot(one: Asked, about: About) -> None:
    facts = one.model.facts
    if "dim" in facts and (facts["dim"], facts["core"]) != (about.columns, about.core):
        raise BadInput(
            f"The model of {shown(one.name)} looks at vectors of {facts['dim']} columns, "
            f"{facts['core']} for every method; the users' have {about.columns} and {about.core}.",
            "Give users with the embeddings that the model was trained on.",
        )
    if about.learned and "snapshot" in facts and facts["snapshot"] != about.snapshot:
        raise BadInput(
            f"The model of {shown(one.name)} was trained on snapshot {facts['snapshot']}, and the users "
            f"have the vectors of snapshot {about.snapshot}: learned anew, these mean something else.",
            f"Export the users with --snapshot {facts['snapshot']}, or train again.",
        )


def nobody_in_particular(about: About) -> Loose:
    """Return one user at the origin, of the same columns as the others."""
    empty = sp.csr_matrix((1, len(about.features)), dtype=np.float32)
    return Loose(np.zeros((1, about.columns), np.float32), about.core, empty, np.zeros(1, np.float32))
