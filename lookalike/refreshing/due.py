"""Which lists have changed data since their last audience was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lookalike import audience, batch, runs, seeds
from lookalike.audience import Exported
from lookalike.cutting import Cut
from lookalike.data_print import changes, data_print
from lookalike.errors import NotFound, did_you_mean
from lookalike.expansion_spec import Spec as Single
from lookalike.importing import snapshots
from lookalike.runs import Run
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace


@dataclass(frozen=True, eq=False, slots=True)
class Last:
    """The last audience of a list.

    Attributes:
        run: The run that it was cut from.
        exported: What was exported of it.
        spec: How the list was expanded.
        cut: What part of its ranking was wanted.
        sha256: Fingerprint of the list at that time; None for a run that did not keep it.
        data: Print of the data at that time; empty for a run that did not keep it.
        together: Whether networks may be trained side by side.
        fields: Which attribute held which contact field, where that was said.
    """

    run: Run
    exported: Exported
    spec: Single
    cut: Cut
    sha256: str | None
    data: Mapping[str, Any]
    together: bool = True
    fields: Mapping[str, str] | None = None

    @property
    def template(self) -> str:
        """The form of its first file."""
        return str(self.exported.files[0]["template"]) if self.exported.files else "csv"


@dataclass(frozen=True, eq=False, slots=True)
class Due:
    """What is to be done about a list.

    Attributes:
        name: The list.
        last: Its last audience; None where it never had one.
        why: What has changed since, a phrase each; empty where nothing has.
    """

    name: str
    last: Last | None
    why: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what is to be done, and why."""
        if self.last is None:
            return f"{self.name}: it has no audience yet that could be refreshed."
        day = f"{self.last.exported.created:%d %b %Y, %H:%M}"
        if not self.why:
            return f"{self.name}: nothing has changed since {day}."
        return f"{self.name}: since {day} {' and '.join(self.why)}."


def plan(workspace: Workspace, names: Sequence[str] | None = None) -> tuple[Due, ...]:
    """Find out which saved lists have changed data since their last audience was made.

    A list is due when it, the users, interactions, features or metrics have changed, or when there
    are newer embeddings. Of a run of a release that did not keep prints of the data, only the list
    and the embeddings are looked at.

    Args:
        workspace: Where.
        names: The lists; None for all.

    Raises:
        NotFound: There is no such list, or there are no embeddings.
    """
    known = sorted(saved.name for saved in seeds.saved(workspace))
    for name in names or ():
        if name not in known:
            raise NotFound(f"There is no seed list {name!r}.", did_you_mean(name, known))
    wanted = known if names is None else list(dict.fromkeys(names))
    last = _last(workspace)
    newest = snapshots.get(workspace)
    data = data_print(workspace, newest)
    found = []
    for name in wanted:
        before = last.get(name)
        why = () if before is None else _changed(workspace, name, before, data, newest.id)
        found.append(Due(name, before, why))
    return tuple(found)


def _last(workspace: Workspace) -> dict[str, Last]:
    """Return the last audience of each list that has one, by the list's name."""
    known = {run.id: run for run in runs.recent(workspace, ["expand", "batch"], limit=1_000_000)}
    found: dict[str, Last] = {}
    for exported in audience.exported(workspace):
        run = known.get(exported.run)
        if run is None or run.status != "done" or run.finished is None:
            continue
        name, last = _of(run, exported)
        other = found.get(name)
        # of one run the newest audience, which comes first
        if other is None or (other.run.finished or run.finished) < run.finished:
            found[name] = last
    return found


def _of(run: Run, exported: Exported) -> tuple[str, Last]:
    """Return the list that an audience is of, and what is known of how it was made."""
    cut = Cut.from_json(exported.spec["cut"])
    if run.kind == "expand":
        single = replace(Single.from_json(run.spec), splits=0)  # a run of many tests when asked to
        sha256 = run.metrics["seeds"].get("sha256")
        last = Last(run, exported, single, cut, sha256, run.metrics.get("data", {}), together=False)
        return single.seed_list, last
    spec = batch.Spec.from_json(run.spec)
    place = int(exported.files[0]["place"])
    of_list = replace(spec.of(place), splits=spec.splits)
    last = Last(run, exported, of_list, cut, spec.sha256[place], spec.data, spec.together, spec.fields)
    return spec.lists[place], last


def _changed(
    workspace: Workspace, name: str, last: Last, data: Mapping[str, Any], newest: int
) -> tuple[str, ...]:
    """Say what has changed for a list since its last audience."""
    why = []
    if last.sha256 != fingerprint(workspace, seeds.load(workspace, name)):
        why.append("the list has changed")
    found = changes(last.data, data)
    if "embeddings" not in last.data and newest > (last.spec.snapshot or 0):
        found.append("newer embeddings")
    if found:
        why.append(f"there are {', '.join(found)}")
    return tuple(why)
