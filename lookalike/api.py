"""The Python door: a workspace with the use cases as methods, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from lookalike import comparison, embeddings, expansion, seeds
from lookalike.comparison import Comparison
from lookalike.errors import BadInput
from lookalike.expansion import Expansion
from lookalike.importing import ImportReport, import_table
from lookalike.methods import DEFAULT
from lookalike.progress import SILENT, Progress
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace as Store

Seeds = str | Path | pd.DataFrame | pd.Series | Sequence[str]


class Workspace(Store):
    """A workspace folder. Open one with `Workspace.open("workspace")`."""

    def import_table(
        self,
        kind: str,
        *sources: str | Path | pd.DataFrame | pa.Table,
        mapping: Mapping[str, str] | None = None,
        strict: bool = False,
        progress: Progress = SILENT,
    ) -> ImportReport:
        """Import files or tables of one kind: users, items, interactions, embeddings, ...

        With `strict`, rows of unknown users are rejected rather than making these users.

        Raises:
            BadInput: A source cannot be read as what it should be; nothing is imported.
        """
        tables = [_source(source) for source in sources]
        return import_table(self, kind, tables, mapping=mapping, strict=strict, progress=progress)

    def embed(self, *, progress: Progress = SILENT) -> int:
        """Learn embeddings from the interactions; return the snapshot's number."""
        return embeddings.learn(self, progress=progress)

    def expand(
        self,
        seed_list: Seeds,
        *,
        weight: str | Sequence[str] = (),
        method: str = DEFAULT,
        leave_out: Sequence[str] = (),
        random_state: int = 0,
        progress: Progress = SILENT,
    ) -> Expansion:
        """Train on a seed list and rank everybody else.

        Args:
            seed_list: A saved list's name, a file, ids, or a table with a user_id column (further
                numeric columns can be weighted by).
            weight: A metric to weight the seeds by, or several; none for equal weights.
            method: A name from `lookalike.methods.METHODS`.
            leave_out: Items ("item:<id>") or features that no method may see.
            random_state: Fixes everything that is left to chance.
            progress: Hears of every step.

        Raises:
            LookalikeError: The list or a choice cannot be used.
        """
        spec = expansion.Spec(
            seed_list=seeds.keep(self, self._seeds(seed_list)),
            weight=(weight,) if isinstance(weight, str) else tuple(weight),
            method=method,
            leave_out=tuple(leave_out),
            random_state=random_state,
        )
        return expansion.carry_out(self, expansion.ask(self, spec), progress)

    def compare(
        self,
        lists: Sequence[str] | None = None,
        *,
        methods: Sequence[str] = comparison.USUAL,
        splits: int = 3,
        progress: Progress = SILENT,
    ) -> Comparison:
        """Back-test methods on saved lists (all of them by default)."""
        names = [saved.name for saved in seeds.saved(self)] if lists is None else lists
        spec = comparison.Spec(tuple(sorted(names)), tuple(methods), splits)
        return comparison.carry_out(self, comparison.ask(self, spec), progress)

    def _seeds(self, given: Seeds) -> SeedList:
        if isinstance(given, str) and given in {saved.name for saved in seeds.saved(self)}:
            return seeds.load(self, given)
        if isinstance(given, str | Path):
            return seeds.match_file(self, Path(given))
        if isinstance(given, pd.DataFrame):
            if "user_id" not in given.columns:
                raise BadInput("The table has no column user_id.", "Rename the column with the ids.")
            numbers = given.select_dtypes("number").drop(columns="user_id", errors="ignore")
            values = {str(name): numbers[name].tolist() for name in numbers}
            file = seeds.from_ids(given["user_id"].astype(str).tolist(), values)
        else:
            file = seeds.from_ids([str(user) for user in given])
        return seeds.match(self, file, "notebook list")


def _source(source: str | Path | pd.DataFrame | pa.Table) -> Path | pa.Table:
    if isinstance(source, pd.DataFrame):
        return pa.Table.from_pandas(source, preserve_index=False)
    return Path(source) if isinstance(source, str) else source
