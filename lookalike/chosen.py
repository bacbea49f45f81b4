"""The audience that a cut chooses from an expansion, and the files that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lookalike import audience, export
from lookalike.cutting import Cut, Selection
from lookalike.eligible import Step
from lookalike.errors import BadInput
from lookalike.expansion_spec import Spec
from lookalike.export import Written
from lookalike.ranking import counted
from lookalike.runs import Run
from lookalike.workspace import Workspace


@dataclass(frozen=True, eq=False, slots=True)
class Audience:
    """The users of an expansion that a cut chooses.

    Attributes:
        workspace: Where it lives.
        run: What it was cut from.
        spec: What the run was asked.
        cut: What was asked.
        selection: Who is in it.
    """

    workspace: Workspace
    run: Run
    spec: Spec
    cut: Cut
    selection: Selection

    def __repr__(self) -> str:
        held = f", {self.held_out:,} more held out" if self.held_out else ""
        return f"Audience({self.rows:,} users of {self.spec.seed_list!r}{held})"

    @property
    def rows(self) -> int:
        """How many users are exported: all but those held out."""
        return len(self.selection) - self.held_out

    @property
    def held_out(self) -> int:
        """How many users are kept from the export, for a later experiment."""
        return self.selection.held_out

    @property
    def threshold(self) -> float:
        """The lowest score in the audience."""
        return self.selection.threshold

    @property
    def size(self) -> float:
        """What to ask the evidence for: the share that was asked for, or else the number of users."""
        eligible, held = int(self.run.metrics["eligible"]), len(self.selection)
        asked = self.cut.least_score is None and isinstance(self.cut.size, float) and self.cut.size <= 1
        return self.cut.size if asked and counted(self.cut.size, eligible, eligible) == held else held

    @property
    def share(self) -> float:
        """Its size as a share of the eligible users."""
        size = self.size
        return size if isinstance(size, float) else size / int(self.run.metrics["eligible"])

    def caveat(self) -> str:
        """Say of what ranking the evidence is, where users are left out of it; else nothing."""
        if not self.selection.excluded:
            return ""
        return (
            f"{self.selection.excluded:,} ranked users are left out; the next best took their places. "
            "The evidence is of the ranking with them."
        )

    def waterfall(self) -> tuple[Step, ...]:
        """Return the steps from all users to those that this audience could hold.

        Empty for runs of a release that did not count them.
        """
        steps = tuple(Step(**step) for step in self.run.metrics.get("pool", ()))
        if not steps or not self.selection.excluded:
            return steps
        *before, _ = steps
        return (
            *before,
            Step("on an exclusion list", self.selection.excluded),
            Step("available", self.selection.available, "left"),
        )

    def to_csv(self, path: str | Path) -> str:
        """Write `user_id, score, rank, percentile`, whole or not at all; return the SHA-256."""
        return self.write(path).sha256

    def write(
        self,
        path: str | Path,
        template: str = "csv",
        fields: Mapping[str, str] | None = None,
    ) -> Written:
        """Write the audience as a platform wants it, whole or not at all, and remember the export.

        Args:
            path: Of the file.
            template: A key of `export.TEMPLATES`.
            fields: Which attribute holds which contact field; None for those whose names tell.

        Raises:
            BadInput: Nobody can be written in that form, they are more than the settings allow, or
                the file cannot be written there.
            NotFound: There is no such template, field or attribute.
        """
        self.check_limit()
        kind = export.template(template)
        written = export.write(self.workspace, self.selection.table(), kind, Path(path), fields)
        file = {"template": kind.key, "rows": written.rows, "sha256": written.sha256}
        name = self.spec.seed_list
        audience.record(self.workspace, self.run.id, name, self.cut, self.selection, file)
        return written

    def trial(self, template: str = "csv", fields: Mapping[str, str] | None = None) -> Written:
        """Return what `write` would say of the file, without keeping or remembering it.

        Raises:
            LookalikeError: As `write`.
        """
        self.check_limit()
        kind = export.template(template)
        with self.workspace.brief_file(kind.suffix) as path:
            return export.write(self.workspace, self.selection.table(), kind, path, fields)

    def write_held_out(self, path: str | Path) -> Written:
        """Write those held out, with the columns of the plain file.

        Raises:
            BadInput: Nobody is held out, or the file cannot be written there.
        """
        if not self.held_out:
            raise BadInput("Nobody is held out of this audience.", "Choose a hold-out share first.")
        table = self.selection.table(held_out=True)
        return export.write(self.workspace, table, export.template("csv"), Path(path))

    def check_limit(self) -> None:
        """Refuse an audience of more users than the settings allow.

        Raises:
            BadInput: It is one.
        """
        self.workspace.settings.check(
            "audience_users", self.rows, f"The audience has {self.rows:,} users"
        )
