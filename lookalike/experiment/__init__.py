"""A/B experiments: plan one, read one out, keep the readout."""

from lookalike.experiment.audiences import audience_of
from lookalike.experiment.intake.preview import Preview, preview
from lookalike.experiment.metrics import (
    PRESETS,
    Metric,
    mean_metric,
    measurable,
    own_metric,
    parse_metric,
    ratio_metric,
    share_metric,
)
from lookalike.experiment.power import minimum_effect, power_of, sample_size, share_sd
from lookalike.experiment.readout import read_out, readout
from lookalike.experiment.report import Readout
from lookalike.experiment.results import Check, Comparison, Cuped, MetricResult, SampleRatio
from lookalike.experiment.spec import Spec
from lookalike.experiment.storage import Saved, described, load, remembered, save, saved
from lookalike.experiment.variants import choose_control
from lookalike.experiment.verdict import usual_metric

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
    "Spec",
    "audience_of",
    "choose_control",
    "described",
    "load",
    "mean_metric",
    "measurable",
    "minimum_effect",
    "own_metric",
    "parse_metric",
    "power_of",
    "preview",
    "ratio_metric",
    "read_out",
    "readout",
    "remembered",
    "sample_size",
    "save",
    "saved",
    "share_metric",
    "share_sd",
    "usual_metric",
]
