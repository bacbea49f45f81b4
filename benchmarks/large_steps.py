"""The steps that a large workspace is measured by: from the first file to the audience."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lookalike import Workspace, comparison, eligible, expansion, runs, seeds, vectors
from lookalike.contents import contents, tables
from lookalike.importing import snapshots
from lookalike.portrait import drawing, why
from lookalike.workspace import Workspace as Store

EXPANDED = "large"  # the list that is expanded
Step = Callable[[Path, Path], None]


def _import(kind: str) -> Step:
    def carried_out(world: Path, folder: Path) -> None:
        with Workspace.open(folder, create=True) as workspace:
            workspace.import_table(kind, world / f"{kind}.parquet")

    return carried_out


def _lists(world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        for path in sorted((world / "lists").glob("*.csv")):
            seeds.save(workspace, seeds.match_file(workspace, path))


def _vectors(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        vectors.load(workspace, snapshots.get(workspace))


def _embed(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        workspace.embed()


def _expand(method: str) -> Step:
    def carried_out(_world: Path, folder: Path) -> None:
        with Workspace.open(folder) as workspace:
            spec = expansion.Spec(EXPANDED, method=method, splits=1)
            expansion.carry_out(workspace, expansion.ask(workspace, spec))

    return carried_out


def _compare(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        names = tuple(sorted(saved.name for saved in seeds.saved(workspace)))
        spec = comparison.Spec(names, ("logistic", "ridge"), splits=1)
        comparison.carry_out(workspace, comparison.ask(workspace, spec))


def _overview(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        contents(workspace)


def _data(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        contents(workspace)
        tables(workspace)


def _pool(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        eligible.choices(workspace)
        eligible.find(workspace, snapshots.get(workspace), ("country=DE",))


def _last(workspace: Store) -> expansion.Expansion:
    found = runs.recent(workspace, ["expand"], limit=1)
    return expansion.load(workspace, found[0].id)


def _evidence(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        result = _last(workspace)
        result.sentence()
        result.table()
        result.figure(0.05)


def _size(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        result = _last(workspace)
        for size in (0.01, 0.05, 0.2):
            result.audience(size)


def _download(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        _last(workspace).audience(0.05).to_csv(folder / "audience.csv")


def _portrait(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        result = _last(workspace)
        drawing.of_run(result, result.audience(0.05).selection.rows)


def _why(_world: Path, folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        why.why(_last(workspace), "u00000007")


STEPS: dict[str, Step] = {
    "import users": _import("users"),
    "import engagement": _import("engagement"),
    "import interactions": _import("interactions"),
    "learn embeddings": _embed,
    "import embeddings": _import("embeddings"),
    "save three lists": _lists,
    "open the vectors first": _vectors,
    "open the vectors again": _vectors,
    "expand, ridge": _expand("ridge"),
    "expand, auto": _expand("auto"),
    "compare 3 lists x 2 methods": _compare,
    "overview": _overview,
    "data page": _data,
    "who can be in it": _pool,
    "evidence": _evidence,
    "three sizes": _size,
    "download 5 %": _download,
    "portrait of 5 %": _portrait,
    "why one user": _why,
}
OF_INTERACTIONS = {"import interactions", "learn embeddings"}
