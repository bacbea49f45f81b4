"""What to expand and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.errors import BadInput
from lookalike.methods import DEFAULT


@dataclass(frozen=True, slots=True)
class Spec:
    """What to expand and how; with the workspace's data it fixes the audience.

    Attributes:
        seed_list: Name of a saved list.
        weight: Keys of weighting metrics, averaged; empty for equal weights.
        method: A name from the table of methods.
        leave_out: Items and features that no method may see, "item:<item_id>" or a feature's name.
        only: Segments that the audience comes from, "attribute=value"; empty for everybody.
        active_days: Users not seen for longer cannot be in it; None for the workspace's setting.
        snapshot: Embeddings to use; None for the newest.
        past: The snapshot whose past lists the default method learns from; None for none.
        general: The general model that some methods begin with; None for none.
        splits: At most so many folds of the back-test.
        random_state: Fixes everything that is left to chance.
    """

    seed_list: str
    weight: tuple[str, ...] = ()
    method: str = DEFAULT
    leave_out: tuple[str, ...] = ()
    snapshot: int | None = None
    past: int | None = None
    splits: int | None = None
    random_state: int = 0
    only: tuple[str, ...] = ()
    active_days: int | None = None
    general: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.random_state, int) and self.random_state < 0:
            raise BadInput(
                f"The random state {self.random_state} is negative.", "Give 0 or a positive number."
            )

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Spec:
        """Read what `runs` keeps."""
        lists = {name: tuple(spec.get(name, ())) for name in ("weight", "leave_out", "only")}
        return cls(**{**spec, **lists})
