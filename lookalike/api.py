"""The Python door: a workspace with the use cases as methods, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from lookalike import (
    batch,
    comparison,
    embeddings,
    expansion,
    explaining,
    preparation,
    pretraining,
    replaying,
    seeds,
)
from lookalike import manifest as manifests
from lookalike.advice import advising
from lookalike.advice.advised import FAST, Advice
from lookalike.batch import Batch
from lookalike.buckets import SPANNING
from lookalike.comparison import Comparison
from lookalike.cutting import Cut
from lookalike.errors import BadInput
from lookalike.expansion import Expansion
from lookalike.explaining import Guide
from lookalike.general import Version
from lookalike.importing import ImportReport, import_table
from lookalike.methods import DEFAULT
from lookalike.progress import SILENT, Progress
from lookalike.replaying import Replayed
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

    def prepare(self, *, progress: Progress = SILENT) -> int:
        """Learn from past lists how to weigh the views of the default method; return their number.

        Once for each set of embeddings; 0 where there are too few items and saved lists.
        """
        return preparation.carry_out(self, preparation.ask(self), progress)

    def pretrain(
        self,
        *,
        networks: Sequence[str] = pretraining.USUAL,
        leave_out: Sequence[str] = (),
        progress: Progress = SILENT,
    ) -> Version:
        """Learn from past campaigns how new lists best begin; one that was stopped goes on.

        Args:
            networks: Names from `lookalike.pretraining.NETWORKS`.
            leave_out: Items ("item:<id>") and lists ("list:<name>") that are no past campaigns.
            progress: Hears of every few rounds.

        Raises:
            LookalikeError: A choice cannot be used.
        """
        spec = pretraining.Spec(tuple(networks), tuple(leave_out))
        return pretraining.carry_out(self, pretraining.ask_or_go_on(self, spec)[0], progress)

    def expand(
        self,
        seed_list: Seeds,
        *,
        weight: str | Sequence[str] = (),
        method: str = DEFAULT,
        only: Sequence[str] = (),
        active_days: int | None = None,
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
            only: Segments that the audience comes from: "country=DE".
            active_days: Users not seen for longer cannot be in it; None for the setting.
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
            only=tuple(only),
            active_days=active_days,
        )
        return expansion.carry_out(self, expansion.ask(self, spec), progress)

    def methods(self) -> Guide:
        """Explain the methods, and say where they win and what they cost by this workspace's runs."""
        return explaining.guide(self)

    def expand_many(
        self,
        lists: Sequence[str] | None = None,
        size: float | Cut = 0.05,
        *,
        folder: str | Path | None = None,
        weight: str | Sequence[str] = (),
        method: str = DEFAULT,
        only: Sequence[str] = (),
        active_days: int | None = None,
        leave_out: Sequence[str] = (),
        splits: int = 0,
        template: str = "csv",
        random_state: int = 0,
        progress: Progress = SILENT,
    ) -> Batch:
        """Expand many saved lists (all of them by default) in one pass over the users.

        A list that cannot be expanded is told in the result's `failures`; the others are. One that
        was stopped goes on when it is called in the same way again.

        Args:
            lists: Names of saved lists.
            size: A share of the eligible users (up to 1), a number of users, or a `Cut`.
            folder: Where to write the audiences and their manifest; None writes nothing.
            weight: A metric to weight the seeds by, or several; none for equal weights.
            method: A name from `lookalike.methods.METHODS`.
            only: Segments that the audiences come from: "country=DE".
            active_days: Users not seen for longer cannot be in them; None for the setting.
            leave_out: Items ("item:<id>") or features that no method may see.
            splits: Folds of a back-test for each list; 0 tests nothing.
            template: The form of the files, a key of `lookalike.export.TEMPLATES`.
            random_state: Fixes everything that is left to chance.
            progress: Hears of every step.

        Raises:
            LookalikeError: A choice cannot be used.
        """
        names = [saved.name for saved in seeds.saved(self)] if lists is None else lists
        spec = batch.Spec(
            lists=tuple(sorted(names)) if lists is None else tuple(names),
            weight=(weight,) if isinstance(weight, str) else tuple(weight),
            method=method,
            leave_out=tuple(leave_out),
            only=tuple(only),
            active_days=active_days,
            splits=splits,
            random_state=random_state,
            cut=size if isinstance(size, Cut) else Cut(size=size),
            template=template,
        )
        run, _ = batch.ask_or_go_on(self, spec)
        files = None if folder is None else batch.Files(Path(folder))
        return batch.carry_out(self, run, progress, files)

    def replay(self, manifest: str | Path, path: str | Path, *, progress: Progress = SILENT) -> Replayed:
        """Make the audience of a manifest again and write its file; see `replaying.replay`.

        Raises:
            LookalikeError: It is no manifest, or what it names is gone.
        """
        return replaying.replay(self, manifests.read(Path(manifest)), Path(path), progress)

    def compare(
        self,
        lists: Sequence[str] | None = None,
        *,
        methods: Sequence[str] = comparison.USUAL,
        splits: int = 3,
        split: str = "random",
        buckets: str | Sequence[int] = SPANNING,
        progress: Progress = SILENT,
    ) -> Comparison:
        """Back-test methods on saved lists (all of them by default).

        Args:
            lists: Names of saved lists.
            methods: Names from `lookalike.methods.METHODS`.
            splits: Folds for each list.
            split: "random", or "time": the latest seeds of each list are held out.
            buckets: "lists", "published", or the edges of seed-size buckets.
            progress: Hears of every fit.

        Raises:
            LookalikeError: A choice cannot be used.
        """
        names = [saved.name for saved in seeds.saved(self)] if lists is None else lists
        chosen = buckets if isinstance(buckets, str) else tuple(buckets)
        spec = comparison.Spec(tuple(sorted(names)), tuple(methods), splits, split=split, buckets=chosen)
        return comparison.carry_out(self, comparison.ask(self, spec), progress)

    def advise(
        self,
        seed_list: Seeds,
        *,
        method: str = FAST,
        leave_out: Sequence[str] = (),
        random_state: int = 0,
        progress: Progress = SILENT,
    ) -> Advice:
        """Say of a list whether more seeds would help, what to weight by, and who does not belong.

        Args:
            seed_list: As for `expand`.
            method: A name from `lookalike.methods.METHODS`; it is fitted some hundred times.
            leave_out: Items ("item:<id>") or features that no method may see.
            random_state: Fixes everything that is left to chance.
            progress: Hears of every step.

        Raises:
            LookalikeError: The list or a choice cannot be used.
        """
        kept = seeds.keep(self, self._seeds(seed_list))
        spec = advising.Spec(kept, method, tuple(leave_out), random_state=random_state)
        return advising.carry_out(self, advising.ask(self, spec), progress)

    def go_on(self, run: str, *, progress: Progress = SILENT) -> Comparison:
        """Go on with a comparison that stopped, after the lists that it is through with.

        Raises:
            LookalikeError: There is no such comparison, or it did not stop.
        """
        return comparison.carry_out(self, comparison.go_on(self, run), progress)

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
