"""Which program this is, and with which libraries it runs: what a result may depend on."""

from __future__ import annotations

import platform
from importlib import metadata

VERSION = "0.1.0"
LIBRARIES = ("duckdb", "implicit", "numpy", "pandas", "scikit-learn", "scipy", "torch")


def program() -> dict[str, str]:
    """Return the versions of this program, of Python and of the libraries that compute."""
    found = {"lookalike": VERSION, "python": platform.python_version()}
    return found | {name: metadata.version(name) for name in LIBRARIES}
