"""Seed lists as they are given to a command: saved ones by their names, others as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.errors import NotFound, did_you_mean
from lookalike.workspace import Workspace

if TYPE_CHECKING:
    from lookalike.cutting import Cut
    from lookalike.seeds import SeedList


def seed_list(workspace: Workspace, given: str, rules: Sequence[str] = ()) -> SeedList:
    """Load the saved list of that name, or read the file and match its ids by the rules."""
    from lookalike import seeds

    names = {saved.name for saved in seeds.saved(workspace)}
    if given in names:
        return seeds.load(workspace, given)
    if not Path(given).exists():
        raise NotFound(f"There is no seed list or file {given!r}.", did_you_mean(given, names))
    return seeds.match_file(workspace, Path(given), rule=rules)


def excluding(workspace: Workspace, cut: Cut, given: list[str]) -> Cut:
    """Return the cut without the users of some lists; files are saved as lists first."""
    from lookalike import seeds

    kept = (seeds.keep(workspace, seed_list(workspace, one)) for one in given)
    return replace(cut, exclude=tuple(kept))
