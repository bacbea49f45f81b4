"""The use case "replay": the audience of a manifest, made again from the workspace's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from lookalike import audience, export, manifest, seeds, training, versions
from lookalike.cutting import Cut, select
from lookalike.errors import BadInput, NotFound, listed
from lookalike.expansion_spec import Spec
from lookalike.export import Written
from lookalike.importing import snapshots
from lookalike.progress import SILENT, Progress
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace

DAMAGED = "Give the .json file as it was written beside the audience."


@dataclass(frozen=True, slots=True)
class Replayed:
    """An audience that was made again.

    Attributes:
        path: Where it was written.
        written: What was written.
        expected: SHA-256 that the manifest names.
        changes: What is no longer as it was when the manifest was made, in sentences.
    """

    path: Path
    written: Written
    expected: str
    changes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the file is the one that the manifest describes, byte for byte."""
        return self.written.sha256 == self.expected

    def sentence(self) -> str:
        """Say whether it is the same, and what may be why not."""
        if self.same:
            return f"{self.path} holds the same {self.written.rows:,} users, byte for byte."
        why = " ".join(self.changes) or "Nothing that the manifest names has changed."
        return f"{self.path} was written, but it is not the audience of the manifest. {why}"


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """What a manifest asks for, found in a workspace.

    Attributes:
        spec: What to train.
        cut: What to cut from the ranking.
        excluded: `users.row` of who must not be in it, ascending.
        template: The file's kind.
        fields: Which attribute holds which contact field; None where the file has none.
        expected: SHA-256 of the file that the manifest describes.
        changes: What is no longer as it was when the manifest was made, in sentences.
    """

    spec: Spec
    cut: Cut
    excluded: NDArray[np.int32]
    template: export.Template
    fields: dict[str, str] | None
    expected: str
    changes: tuple[str, ...]


def replay(
    workspace: Workspace, made: Mapping[str, Any], path: Path, progress: Progress = SILENT
) -> Replayed:
    """Train again as a manifest says, cut the same audience and write its file.

    Nothing is recorded in the workspace. On the same data, program and machine the file is the
    same byte for byte.

    Args:
        workspace: Where the seed list, the embeddings and the users are.
        made: The manifest, as `manifest.read` gives it.
        path: Where to write.
        progress: Hears of every step.

    Raises:
        BadInput: The manifest is damaged, its seed list has changed, or the file cannot be written.
        NotFound: The seed list, the embeddings or an excluded list is gone.
    """
    asked = plan(workspace, made)
    trained = training.train(workspace, asked.spec, progress.span(0.0, 0.95))
    chosen = select(trained.ranking, asked.cut, asked.excluded)
    progress.at(0.96, "Writing the file")
    written = export.write(workspace, chosen.table(), asked.template, path, asked.fields)
    return Replayed(path, written, asked.expected, asked.changes)


def plan(workspace: Workspace, made: Mapping[str, Any]) -> Plan:
    """Find in a workspace what a manifest asks for; nothing is trained yet.

    Raises:
        BadInput: The manifest is damaged, or its seed list has changed.
        NotFound: The seed list, the embeddings or an excluded list is gone.
    """
    spec, cut, template = _asked(made)
    name = _same_list(workspace, spec.seed_list, made["seeds"]["sha256"])
    spec = replace(spec, seed_list=name)
    changes = _changes(workspace, made)
    snapshot = snapshots.get(workspace, spec.snapshot)
    created = made["snapshot"]["created"]
    if snapshot.created.isoformat() != created:
        when = f", made {listed([created], 1)}" if isinstance(created, str) else ""
        raise NotFound(
            f"The embeddings {snapshot.id} of this workspace are not those of the manifest{when}.",
            "Replay in the workspace that made it, or in one restored from its backup.",
        )
    excluded = [
        seeds.load(workspace, _same_list(workspace, one, made["excluded"][one])).rows
        for one in cut.exclude
    ]
    excluded.append(audience.rows_of(workspace, cut.exclude_audiences))
    fields = made["export"]["fields"] if template.fields else None
    expected = made["files"][0]["sha256"]
    leave = np.unique(np.concatenate(excluded))
    return Plan(spec, cut, leave, template, fields, expected, changes)


def _asked(made: Mapping[str, Any]) -> tuple[Spec, Cut, export.Template]:
    """Return what a manifest asks for.

    Raises:
        BadInput: A part of it is not as this program writes it.
    """
    try:
        template = export.template(made["export"]["template"])
        spec, cut = Spec.from_json(made["spec"]), Cut.from_json(made["cut"])
        # the embeddings that it was trained on: leaving something out may have made others
        spec = replace(spec, snapshot=made["snapshot"]["id"])
        fields_held = made["export"]["fields"]
        # what is looked at later
        _ = made["seeds"]["sha256"], made["snapshot"]["created"], made["files"][0]["sha256"]
        _ = [made["excluded"][one] for one in cut.exclude]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInput("The manifest is damaged: a part of it is missing.", DAMAGED) from error
    counted, programs = made.get("workspace", {}), made.get("program", {})
    if not (
        _typed(spec)
        and _typed(cut)
        and _fits(fields_held, dict)
        and (_fits(counted, dict) and all(_fits(one, int) for one in counted.values()))
        and (_fits(programs, dict) and all(_fits(one, str) for one in programs.values()))
    ):
        raise BadInput("The manifest is damaged: a part of it is of another kind.", DAMAGED)
    return spec, cut, template


def _typed(given: Spec | Cut) -> bool:
    """Whether every field holds what its type says; JSON may have held anything."""
    hints = get_type_hints(type(given))
    return all(_fits(getattr(given, one.name), hints[one.name]) for one in fields(given))


def _fits(value: object, hint: Any) -> bool:
    parts = get_args(hint)
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(one, parts[0]) for one in value)
    if parts:  # a union
        return any(_fits(value, part) for part in parts)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, hint) and not isinstance(value, bool)


def _same_list(workspace: Workspace, name: str, expected: str | None) -> str:
    """Return the name of the saved list that has a fingerprint: this one, or one called otherwise."""
    known = [saved.name for saved in seeds.saved(workspace)]
    for one in sorted(known, key=lambda other: other != name):
        if fingerprint(workspace, seeds.load(workspace, one)) == expected:
            return one
    if name in known:
        raise BadInput(
            f"The seed list {name!r} has changed since the manifest was made.",
            "Save the list again as it was, under any name.",
        )
    raise NotFound(
        f"The seed list {name!r} is no longer in this workspace.",
        "Save the list again as it was, under any name.",
    )


def _changes(workspace: Workspace, made: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what is not as it was: programs and data."""
    found = []
    then = made.get("program", {})
    for name, version in versions.program().items():
        if name in then and then[name] != version:
            found.append(f"{name} was {listed([then[name]], 1)} and is {version}.")
    before = made.get("workspace", {})
    for name, count in manifest.held(workspace).items():
        if name in before and before[name] != count:
            found.append(f"There were {before[name]:,} {name} and are {count:,}.")
    return tuple(found)
