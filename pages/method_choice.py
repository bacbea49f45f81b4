"""The methods that a visitor can choose from."""

from __future__ import annotations

import session

from lookalike import general
from lookalike.importing import snapshots
from lookalike.methods import METHODS, offered


def everything() -> list[str]:
    """Return the names of the methods that have something to begin with; there are embeddings."""
    store = session.workspace()
    return offered(general.learned(store, snapshots.get(store).id))


def for_expanding() -> list[str]:
    """Return those of them that are a way to expand a list."""
    return [name for name in everything() if not METHODS[name].reference]
