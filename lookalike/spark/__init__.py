"""Beyond one machine: users as Parquet files, and many lists trained on and scored over them on Spark.

The names are imported when they are first used: a worker on Spark needs few of them, and nobody else
needs PySpark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lookalike.spark.exporting import export_users as export_users
    from lookalike.spark.models import Asked as Asked
    from lookalike.spark.models import of_batch as of_batch
    from lookalike.spark.models import of_folder as of_folder
    from lookalike.spark.models import of_runs as of_runs
    from lookalike.spark.scoring import Scored as Scored
    from lookalike.spark.scoring import score as score
    from lookalike.spark.session import quiet as quiet
    from lookalike.spark.session import start as start
    from lookalike.spark.training import Trained as Trained
    from lookalike.spark.training import train as train

_PUBLIC = {
    "Asked": "models",
    "Scored": "scoring",
    "Trained": "training",
    "export_users": "exporting",
    "of_batch": "models",
    "of_folder": "models",
    "of_runs": "models",
    "quiet": "session",
    "score": "scoring",
    "start": "session",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
