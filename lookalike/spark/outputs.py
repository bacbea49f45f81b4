"""A folder that a run on Spark writes: whole once it holds `_SUCCESS`, and never before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lookalike.errors import BadInput

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DONE = "_SUCCESS"
MARKS = "mapreduce.fileoutputcommitter.marksuccessfuljobs"
# whatever the session says: the lists of an earlier run must not stay beside those of this one
WHOLE = {"partitionOverwriteMode": "static"}
UNMARKED: Mapping[str, str] = {**WHOLE, MARKS: "false"}  # a part of an output
MARKED: Mapping[str, str] = {**WHOLE, MARKS: "true"}  # its last part


def check_free(spark: SparkSession, out: str, overwrite: bool) -> None:
    """Refuse a folder that is there already, unless it may be replaced.

    Raises:
        BadInput: It is there; the sentence says so if a run was stopped while it wrote it.
    """
    if overwrite or not is_there(spark, out):
        return
    if is_whole(spark, out):
        raise BadInput(f"{out} exists already.", "Choose another folder, or replace it: --overwrite.")
    raise BadInput(
        f"{out} exists already and holds no {DONE}: a run that wrote it was stopped, or it is of "
        "another kind.",
        "Choose another folder, or replace it: --overwrite.",
    )


def check_whole(spark: SparkSession, folder: str, what: str) -> None:
    """Refuse what a stopped run left behind.

    Args:
        spark: The session.
        folder: Of the output.
        what: What it should hold, for people.

    Raises:
        BadInput: It is not there, or not whole.
    """
    if not is_there(spark, folder):
        raise BadInput(f"There is no folder {folder} of {what}.", "Check the path.")
    if not is_whole(spark, folder):
        raise BadInput(
            f"{folder} holds no {DONE}: the run that wrote it was stopped, or still writes.",
            "Wait for it, or start it again with --overwrite.",
        )


def is_whole(spark: SparkSession, folder: str) -> bool:
    """Say whether the run that writes a folder has ended."""
    return is_there(spark, f"{folder.rstrip('/')}/{DONE}")


def is_there(spark: SparkSession, path: str) -> bool:
    """Say whether there is a file or folder, in any file system that Spark reads."""
    from pyspark.errors import AnalysisException

    try:
        spark.read.text(path)
    except AnalysisException as error:
        return "PATH_NOT_FOUND" not in str(error)
    return True
