"""The manifest of an export: what the audience was made of, so that it can be made again.

It holds counts, settings and fingerprints; no user id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lookalike import contacts, seeds, versions
from lookalike.chosen import Audience
from lookalike.contents import contents
from lookalike.errors import BadInput, LookalikeError
from lookalike.expanded import Expansion
from lookalike.export import Template, Written
from lookalike.importing import snapshots
from lookalike.seeds.prints import fingerprint
from lookalike.workspace import Workspace, now

FORMAT = 1
NEEDED = ("format", "spec", "seeds", "snapshot", "cut", "export", "files")


def manifest(
    expansion: Expansion,
    chosen: Audience,
    template: Template,
    written: Written,
    name: str,
    fields: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the manifest of a file that was written.

    Args:
        expansion: What the audience was cut from.
        chosen: The audience.
        template: The file's kind.
        written: What was written.
        name: The file's name.
        fields: Which attribute held which contact field, as it was given to `write`.
    """
    workspace, metrics = expansion.workspace, expansion.run.metrics
    sha256 = metrics["seeds"].get("sha256")
    if sha256 is None and (listed := expansion.seed_list()) is not None:
        sha256 = fingerprint(workspace, listed)  # a run of a release that did not keep it
    there = expansion.at(chosen.size)
    return {
        "format": FORMAT,
        "made": f"{now().isoformat()}Z",
        "program": versions.program(),
        "workspace": held(workspace),
        "run": expansion.run.id,
        "spec": asdict(expansion.spec),
        "weight": metrics["weight"],
        "seeds": {
            "name": expansion.spec.seed_list,
            **metrics["seeds"],
            "sha256": sha256,
        },
        "snapshot": snapshot_facts(workspace, metrics["snapshot"]),
        "pool": [asdict(step) for step in chosen.waterfall()],
        "cut": chosen.cut.to_json(),
        "excluded": {
            one: fingerprint(workspace, seeds.load(workspace, one)) for one in chosen.cut.exclude
        },
        "counts": {
            "audience": len(chosen.selection),
            "written": written.rows,
            "holdout": chosen.held_out,
            "threshold": chosen.threshold,
            "left_out": dict(written.left_out),
        },
        "export": {
            "template": template.key,
            "label": template.label,
            "dated": template.dated,
            "source": template.source,
            "fields": {
                field: attribute
                for field, attribute in (fields or contacts.held(workspace)).items()
                if field.removesuffix("_sha256") in template.fields
            },
        },
        "files": [
            {"name": name, "rows": written.rows, "sha256": written.sha256, "bytes": written.bytes}
        ],
        "caveat": chosen.caveat(),
        "evidence": {
            one: there[one]
            for one in (
                *("k", "recall", "low", "high", "chance"),
                *("share", "share_low", "share_high", "people"),
            )
        },
    }


def snapshot_facts(workspace: Workspace, number: int) -> dict[str, Any]:
    """Return what is known of the embeddings; their number alone where they were removed."""
    known = next((one for one in snapshots.snapshots(workspace) if one.id == number), None)
    if known is None:
        return {"id": number, "created": None}
    return {
        "id": known.id,
        "kind": known.kind,
        "dim": known.dim,
        "users": known.users,
        "created": known.created.isoformat(),
        "source": known.source,
    }


def to_text(made: Mapping[str, Any]) -> str:
    """Write a manifest as JSON."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    """Read a manifest from a file.

    Raises:
        BadInput: It cannot be read, or is no manifest of this program.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path of the manifest."
        ) from error
    except UnicodeDecodeError as error:
        raise _no_manifest(path.name) from error
    return parse(text, path.name)


def parse(text: str, name: str) -> dict[str, Any]:
    """Read a manifest from its text.

    Raises:
        BadInput: It is no manifest of this program.
    """
    try:
        made = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_manifest(name) from error
    if not isinstance(made, dict) or not set(NEEDED) <= made.keys():
        raise _no_manifest(name)
    if made["format"] != FORMAT:
        raise BadInput(
            f"{name} has manifest format {made['format']!r}; this program reads format {FORMAT}.",
            "Use the release that wrote it, or a newer one.",
        )
    return made


def held(workspace: Workspace) -> dict[str, int]:
    """Count what a model may learn from, to say later what has changed."""
    there = asdict(contents(workspace))
    return {name: there[name] for name in ("users", "interactions", "items", "features", "metrics")}


def _no_manifest(name: str) -> LookalikeError:
    return BadInput(
        f"{name} is not a manifest of an exported audience.",
        "Give the .json file that was written beside the audience.",
    )
