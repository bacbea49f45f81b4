"""The use case "pretrain": a general model learned from past campaigns, which new lists begin with."""

from lookalike.pretraining.asking import KIND, Spec, ask, ask_or_go_on, go_on, kept
from lookalike.pretraining.carrying_out import carry_out
from lookalike.pretraining.curve import Curve, curve
from lookalike.pretraining.family import ABLATIONS, NETWORKS, USUAL

__all__ = [
    "ABLATIONS",
    "KIND",
    "NETWORKS",
    "USUAL",
    "Curve",
    "Spec",
    "ask",
    "ask_or_go_on",
    "carry_out",
    "curve",
    "go_on",
    "kept",
]
