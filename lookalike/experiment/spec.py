"""What was asked of a readout, as plain data that is kept with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.errors import BadInput
from lookalike.experiment.metrics import Metric, metric_from

MOST = {"bootstrap": 10_000, "rerandomise": 2_000}


@dataclass(frozen=True, slots=True)
class Spec:
    """What was asked.

    Attributes:
        control: The control variant; None where its name said so.
        planned: The planned share, or any weight, of each variant; None for an equal split.
        columns: The file's column for a role, where its name does not say it.
        alpha: One minus the coverage of every interval.
        preset: The name of the preset of metrics; None takes the one that fits best.
        metrics: Metrics of one's own beside the preset's.
        primary: The metric that decides.
        segments: The columns to read out by; None takes those usual for it.
        all_together: Whether p-values are corrected over the metrics of all comparisons,
            rather than of each.
        full: Whether to look further than the metrics: days, segments, extremes, parts, bands.
        bootstrap: Resamplings for intervals beside the others; 0 makes none.
        rerandomise: Random splits of the file's own users that test the tests; 0 makes none.
        audience: The name of the exported audience that gave the scores.
    """

    control: str | None = None
    planned: dict[str, float] | None = None
    columns: dict[str, str] = dataclasses.field(default_factory=dict)
    alpha: float = 0.05
    preset: str | None = None
    metrics: tuple[Metric, ...] = ()
    primary: str | None = None
    segments: tuple[str, ...] | None = None
    all_together: bool = False
    full: bool = True
    bootstrap: int = 0
    rerandomise: int = 0
    audience: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise BadInput(f"alpha is {self.alpha:g}; it must lie between 0 and 1.", "Usual is 0.05.")
        for name, most in MOST.items():
            count = getattr(self, name)
            if count and not 100 <= count <= most:
                raise BadInput(
                    f"{name} is {count}; it must be 0 or between 100 and {most:,}.",
                    "Usual are 2,000 resamplings and 500 random splits.",
                )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Spec:
        """Rebuild it from the JSON of its fields; what it does not know is passed over."""
        known = {field.name for field in dataclasses.fields(cls)}
        kept = {name: value for name, value in data.items() if name in known}
        kept["metrics"] = tuple(metric_from(metric) for metric in data.get("metrics") or ())
        if kept.get("segments") is not None:
            kept["segments"] = tuple(kept["segments"])
        kept["columns"] = dict(data.get("columns") or {})
        return cls(**kept)
