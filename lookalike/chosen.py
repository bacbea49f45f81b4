"""The audience that a cut chooses from an expansion, and the files that are made of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from lookalike import audience
from lookalike.cutting import Cut, Selection
from lookalike.eligible import Step
from lookalike.expansion_spec import Spec
from lookalike.runs import Run
from lookalike.workspace import PARTIAL, Workspace


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
        table = self.selection.table()
        digest = audience.write_table(self.workspace, table, Path(path))
        file = {"template": "csv", "rows": table.num_rows, "sha256": digest}
        name = self.spec.seed_list
        audience.record(self.workspace, self.run.id, name, self.cut, self.selection, file)
        return digest

    def csv_bytes(self) -> bytes:
        """Return what `to_csv` writes, for a browser; it is recorded in the same way."""
        # a name that the next start sweeps, should the process be killed meanwhile
        path = self.workspace.file_in("tmp", f"{secrets.token_hex(8)}.csv{PARTIAL}")
        try:
            self.to_csv(path)
            return path.read_bytes()
        finally:
            path.unlink(missing_ok=True)
