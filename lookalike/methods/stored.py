"""Fitted models as files: arrays and names, nothing that could run; and back again."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike import arrays
from lookalike.errors import BadInput
from lookalike.methods.auto import Blend
from lookalike.methods.bags import Bags
from lookalike.methods.base import Scorer
from lookalike.methods.centroid import Centroid
from lookalike.methods.deepfm import FieldMachines
from lookalike.methods.heads import Heads, Near
from lookalike.methods.logistic import Linear
from lookalike.methods.machines import Machines
from lookalike.methods.mlp import Network
from lookalike.methods.past_heads import Rows
from lookalike.methods.placing import Placing
from lookalike.methods.pretrained import Adapted
from lookalike.methods.ridge import Head, RawHead
from lookalike.methods.ridge_prior import PriorHead
from lookalike.methods.subgroup_match import SubgroupMatch
from lookalike.methods.tfidf import TfIdf

FORMAT = 1
# what may stand in a file; the others know the users that they were fitted on, and only those
KEPT = {
    kind.__name__: kind
    for kind in (
        Adapted, Bags, Blend, Centroid, FieldMachines, Head, Heads, Linear, Machines, Near, Network,
        Placing, PriorHead, RawHead, Rows, SubgroupMatch, TfIdf,
    )
}  # fmt: skip
UNUSABLE = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False, slots=True)
class Stored:
    """A model from a file.

    Attributes:
        scorer: The model.
        features: Names of the raw features whose weights it holds, in their order; empty where it
            looks at none.
        facts: What was kept beside it: at least what was given to `save`.
    """

    scorer: Scorer
    features: tuple[str, ...]
    facts: Mapping[str, Any]


def can_store(scorer: Scorer) -> bool:
    """Whether a model can be applied to users that it was not fitted on."""
    return type(scorer) in KEPT.values()


def looks_at_features(scorer: Scorer) -> bool:
    """Whether a model has weights for raw features."""
    if isinstance(scorer, Blend):
        return bool(scorer.heads.scalings)
    return isinstance(scorer, Bags | FieldMachines | Linear | RawHead | TfIdf)


def save(
    path: Path, scorer: Scorer, features: Sequence[str] = (), facts: Mapping[str, Any] | None = None
) -> None:
    """Write a model under `path`; see `Workspace.writing_file` for a path that is safe to write.

    Args:
        path: Of the file, .npz.
        scorer: One that `can_store`.
        features: Names of the raw features, for a model that looks at them.
        facts: What to keep beside it, as JSON can hold it.
    """
    with path.open("wb") as handle:
        _write(handle, scorer, features, facts)


def to_bytes(
    scorer: Scorer, features: Sequence[str] = (), facts: Mapping[str, Any] | None = None
) -> bytes:
    """Return what `save` writes."""
    handle = BytesIO()
    _write(handle, scorer, features, facts)
    return handle.getvalue()


def load(path: Path) -> Stored:
    """Read a model.

    Raises:
        BadInput: The file is missing, damaged, or of another release.
    """
    return _read(path, path.name)


def from_bytes(data: bytes, called: str) -> Stored:
    """Read a model from what `to_bytes` returned; errors name it as it is called.

    Raises:
        BadInput: It is damaged, or of another release.
    """
    return _read(BytesIO(data), called)


def _write(
    handle: BinaryIO, scorer: Scorer, features: Sequence[str], facts: Mapping[str, Any] | None
) -> None:
    arrays: dict[str, NDArray[Any]] = {}
    shape = _flat(scorer, arrays)
    head = {"format": FORMAT, "model": shape, "facts": dict(facts or {})}
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    arrays["features"] = np.frombuffer("\n".join(map(json.dumps, features)).encode(), np.uint8)
    np.savez(handle, allow_pickle=False, **arrays)


def _read(file: Path | BinaryIO, called: str) -> Stored:
    try:
        with arrays.archive(file) as held:
            head = json.loads(held["head"].tobytes())
            if head["format"] != FORMAT:
                raise ValueError(f"format {head['format']}")
            names = held["features"].tobytes().decode()
            scorer = _built(head["model"], held)
        features = tuple(json.loads(name) for name in names.split("\n")) if names else ()
        return Stored(scorer, features, head["facts"])
    except UNUSABLE as error:
        raise BadInput(
            f"The stored model {called} cannot be read.",
            "Train again on the same list: the same settings give the same model.",
        ) from error


def aligned(stored: Stored, features: Sequence[str]) -> Scorer:
    """Return the model for users whose raw features stand in another order, or are others.

    Features that the model does not know count nothing; those that nobody has any longer neither.

    Args:
        stored: The model.
        features: Names of the users' raw features, in the order of their columns.
    """
    if not stored.features or tuple(features) == stored.features:
        return stored.scorer
    known = {name: place for place, name in enumerate(stored.features)}
    places = np.array([known.get(name, -1) for name in features], np.int64)

    def moved(weights: NDArray[Any]) -> NDArray[Any]:
        taken: NDArray[Any] = weights[places]
        taken[places < 0] = 0
        return taken

    scorer = stored.scorer
    if isinstance(scorer, Blend):
        heads = dataclasses.replace(
            scorer.heads, sparse=moved(scorer.heads.sparse), rarity=moved(scorer.heads.rarity)
        )
        return dataclasses.replace(scorer, heads=heads)
    if isinstance(scorer, TfIdf):
        return dataclasses.replace(scorer, weights=moved(scorer.weights), rarity=moved(scorer.rarity))
    if isinstance(scorer, Bags):
        return dataclasses.replace(scorer, line=moved(scorer.line))
    if isinstance(scorer, FieldMachines):
        linear, embeddings = (
            torch.from_numpy(moved(part.numpy()))
            for part in (scorer.machines.linear, scorer.machines.embeddings)
        )
        machines = dataclasses.replace(scorer.machines, linear=linear, embeddings=embeddings)
        field_of = np.where(places < 0, -1, scorer.field_of[places]).astype(np.int16)
        return dataclasses.replace(scorer, field_of=field_of, machines=machines)
    if isinstance(scorer, Linear | RawHead):
        return dataclasses.replace(scorer, weights=moved(scorer.weights))
    return scorer


def _flat(value: object, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return the value's shape as JSON can hold it; its arrays go into `arrays`."""
    if isinstance(value, torch.Tensor | np.ndarray):
        name = f"a{len(arrays)}"
        tensor = isinstance(value, torch.Tensor)
        arrays[name] = value.numpy() if isinstance(value, torch.Tensor) else value
        return {"tensor" if tensor else "array": name}
    if dataclasses.is_dataclass(value):
        parts = {
            field.name: _flat(getattr(value, field.name), arrays) for field in dataclasses.fields(value)
        }
        return {"kind": type(value).__name__, "parts": parts}
    if isinstance(value, list | tuple):
        return {"list" if isinstance(value, list) else "tuple": [_flat(one, arrays) for one in value]}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _built(shape: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if not isinstance(shape, dict):
        return shape
    if "tensor" in shape:
        return torch.from_numpy(arrays[shape["tensor"]].copy())
    if "array" in shape:
        return arrays[shape["array"]]
    if "kind" in shape:
        parts = {name: _built(part, arrays) for name, part in shape["parts"].items()}
        return KEPT[shape["kind"]](**parts)
    if "list" in shape:
        return [_built(one, arrays) for one in shape["list"]]
    return tuple(_built(one, arrays) for one in shape["tuple"])
