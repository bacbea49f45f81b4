"""Several seed files at once: each is matched and saved, and a bad one does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from lookalike import seeds
from lookalike.errors import LookalikeError
from lookalike.seeds import MatchReport
from lookalike.workspace import Workspace


@dataclass(frozen=True, eq=False, slots=True)
class Taken:
    """What became of one file.

    Attributes:
        file: Its name.
        name: The list that it was saved as; empty when it was not.
        report: What became of each of its ids; None when it could not be read.
        error: Why it was not saved.
    """

    file: str
    name: str = ""
    report: MatchReport | None = None
    error: LookalikeError | None = None

    def sentence(self) -> str:
        """Say what became of it."""
        if self.report is None:
            return f"{self.file}: {self.error}"
        said = f"{self.name}: {self.report.matched:,} of {self.report.rows:,} ids matched."
        return f"{said} {self.report.hint}".strip()


def take_in(
    workspace: Workspace, files: Iterable[Path | tuple[str, bytes]], rules: Sequence[str] = ()
) -> list[Taken]:
    """Match and save files, each named by its file; one saved before with the same seeds is reused.

    Args:
        workspace: Where their users are looked for.
        files: Paths, or names and contents.
        rules: How their ids differ from ours.
    """
    return [_one(workspace, file, rules) for file in files]


def _one(workspace: Workspace, file: Path | tuple[str, bytes], rules: Sequence[str]) -> Taken:
    label = file.name if isinstance(file, Path) else PurePath(file[0]).name
    try:
        if isinstance(file, Path):
            found = seeds.match_file(workspace, file, rule=rules)
        else:
            found = seeds.match(workspace, seeds.parse(file[1], label), PurePath(label).stem, rule=rules)
        return Taken(label, seeds.keep(workspace, found), found.report)
    except LookalikeError as error:
        return Taken(label, error=error)
