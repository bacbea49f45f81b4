"""A Spark session, or one sentence about what is missing for it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import lookalike
from lookalike.errors import BadInput

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_JAVA = 17  # that Spark 4 runs on
# users that cross over to Python at once: below 8,192 the crossing itself costs more than the users
ARROW_BATCH = 32_768


def start(master: str | None = None, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Start Spark, or return the session that runs.

    Args:
        master: Where, such as "local[2]"; None leaves it to `spark-submit`, or else takes all cores
            of this machine.
        settings: Further settings of Spark, by name.

    Raises:
        BadInput: PySpark or Java is missing, Java is too old, or Spark does not start.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise BadInput("PySpark is not installed.", "pip install -r requirements-spark.txt")
    _check_java()
    with quiet():
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        running = SparkSession.getActiveSession()
        if running is not None:
            return running
        builder = SparkSession.builder.appName("lookalike")
        for name, value in (_defaults(master) | dict(settings or {})).items():
            builder = builder.config(name, value)
        try:
            started = builder.getOrCreate()
        except (PySparkException, OSError, RuntimeError) as error:
            said = str(error).strip() or type(error).__name__
            raise BadInput(
                f"Spark did not start: {said.splitlines()[0]}",
                "Look at --master and at SPARK_HOME, if it is set.",
            ) from error
        started.sparkContext.setLogLevel("OFF")  # what goes wrong is raised, and said in a sentence
        return started


def _defaults(master: str | None) -> dict[str, str]:
    made = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(ARROW_BATCH),
        # an audience is written as it comes; sorting millions of users to write them costs more
        "spark.sql.maxConcurrentOutputFileWriters": "64",
        "spark.ui.showConsoleProgress": "false",
    }
    if master is None and "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit says where
        return made
    where = master or "local[*]"
    made["spark.master"] = where
    if where.startswith("local"):  # the workers are on this machine: they run what runs here
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        made |= {
            "spark.ui.enabled": "false",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.executorEnv.PYTHONPATH": str(Path(lookalike.__file__).parents[1]),
        }
    return made


@contextmanager
def quiet() -> Iterator[None]:
    """Keep PySpark from warning of pandas 3 in the body: nothing here hands it anything of pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


@contextmanager
def said_by() -> Iterator[None]:
    """Turn what Spark raises in the body into a sentence: our own, where a task refused something.

    Raises:
        BadInput: With it.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        said = str(error)
        _, refused, after = said.rpartition(f"{BadInput.__module__}.{BadInput.__name__}: ")
        if refused:
            raise BadInput(after.splitlines()[0]) from error
        raise BadInput(f"Spark failed: {_gist(said)}", "Its own log says more.") from error


def _gist(said: str) -> str:
    """Return the line that says what happened: the last of a traceback of Python, else the first."""
    lines = [line for line in said.splitlines() if line.strip()]
    starts = [place for place, line in enumerate(lines) if "Traceback (most recent" in line]
    if not lines or not starts:
        return lines[0].strip() if lines else "it did not say why."
    plain = [line for line in lines[starts[-1] + 1 :] if not line[0].isspace()]
    return plain[0].strip() if plain else lines[0].strip()


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    install = "Install one (on Debian and Ubuntu: apt-get install default-jre-headless)"
    if program is None:
        where = f"in JAVA_HOME, {home}" if home else "on this machine"
        raise BadInput(f"Spark needs Java, and there is none {where}.", f"{install}, or set JAVA_HOME.")
    said = subprocess.run(  # noqa: S603 - the Java of this machine
        [program, "-version"], capture_output=True, text=True, check=False
    ).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        version = found[1] if found else "of an unknown version"
        raise BadInput(
            f"{program} is Java {version}; Spark needs {OLDEST_JAVA} or newer.", f"{install}."
        )
