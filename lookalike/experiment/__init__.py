"""A/B experiments: plan one, read one out, keep the readout."""

from lookalike.experiment.metrics import (
    PRESETS,
    Metric,
    mean_metric,
    own_metric,
    parse_metric,
    ratio_metric,
    share_metric,
)
from lookalike.experiment.power import minimum_effect, power_of, sample_size, share_sd
from lookalike.experiment.preview import Preview, preview
from lookalike.experiment.readout import Readout, readout
from lookalike.experiment.results import Check, Comparison, Cuped, MetricResult, SampleRatio
from lookalike.experiment.storage import Saved, described, load, save, saved
from lookalike.experiment.variants import choose_control

__all__ = [
    "PRESETS",
    "Check",
    "Comparison",
    "Cuped",
    "Metric",
    "MetricResult",
    "Preview",
    "Readout",
    "SampleRatio",
    "Saved",
    "choose_control",
    "described",
    "load",
    "mean_metric",
    "minimum_effect",
    "own_metric",
    "parse_metric",
    "power_of",
    "preview",
    "ratio_metric",
    "readout",
    "sample_size",
    "save",
    "saved",
    "share_metric",
    "share_sd",
]
