"""Lookalike Workbench: expand a seed list into an audience, with evidence.

The public names are `Workspace`, `readout` and `LookalikeError`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# threads that spin while they wait make busy cores many times slower; torch reads this once
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

if TYPE_CHECKING:
    from lookalike.api import Workspace as Workspace
    from lookalike.errors import LookalikeError as LookalikeError
    from lookalike.experiment.readout import readout as readout

_PUBLIC = {
    "LookalikeError": "lookalike.errors",
    "Workspace": "lookalike.api",
    "readout": "lookalike.experiment",
}

__all__ = ["LookalikeError", "Workspace", "readout"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `--help` need not load torch."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
