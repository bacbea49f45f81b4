"""What a machine lacks for Spark is said in a sentence, before anything is started."""

from __future__ import annotations

import importlib.util

import pytest

from lookalike.errors import BadInput
from lookalike.spark import start
from lookalike.spark.session import said_by

FROM_A_TASK = """An exception was thrown from the Python worker: Traceback (most recent call last):
  File "tasks.py", line 1, in best_of_part
    raise BadInput("x")
lookalike.errors.BadInput: The row 3 stands for two users. Give every user one.
 SQLSTATE: 38000
"""
FROM_A_WORKER = """An exception was thrown from the Python worker: Traceback (most recent call last):
  File "worker.py", line 1, in main
    import pyarrow
ModuleNotFoundError: No module named 'pyarrow'
"""


def test_without_pyspark(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pyspark" else found(name)
    )
    with pytest.raises(BadInput, match=r"PySpark is not installed\. pip install -r requirements-spark"):
        start("local[1]")


def test_without_java(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match=r"none on this machine\. .*default-jre-headless"):
        start("local[1]")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    with pytest.raises(BadInput, match=r"none in JAVA_HOME, .*java"):
        start("local[1]")


@pytest.mark.parametrize(
    ("version", "said"),
    [("1.8.0_292", "is Java 8"), ("11.0.2", "is Java 11"), ("what", "of an unknown version")],
)
def test_with_an_old_java(monkeypatch, tmp_path, version, said):
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BadInput, match=f"{said}; Spark needs 17 or newer"):
        start("local[1]")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (FROM_A_TASK, r"^The row 3 stands for two users\. Give every user one\.$"),
        (FROM_A_WORKER, r"^Spark failed: ModuleNotFoundError: No module named 'pyarrow' "),
        ("Job aborted.\n\tat scala.Thing", r"^Spark failed: Job aborted\. "),
        ("", r"^Spark failed: it did not say why\. "),
    ],
)
def test_what_spark_raises_becomes_a_sentence(raised, said):
    from pyspark.errors import PySparkException

    with pytest.raises(BadInput, match=said), said_by():
        raise PySparkException(raised)
