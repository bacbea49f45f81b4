"""The use case "pretrain": a general model learned from past campaigns, which new lists begin with."""

from lookalike.pretraining.asking import KIND, Spec, ask, ask_or_go_on, go_on
from lookalike.pretraining.carrying_out import carry_out
from lookalike.pretraining.family import ABLATIONS, NETWORKS, USUAL

__all__ = [
    "ABLATIONS",
    "KIND",
    "NETWORKS",
    "USUAL",
    "Spec",
    "ask",
    "ask_or_go_on",
    "carry_out",
    "go_on",
]
