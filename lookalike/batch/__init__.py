"""The use case "batch": many saved lists in, an audience of each out, in one pass over the users."""

from lookalike.batch.asking import KIND, STOPPED, ask, ask_or_go_on, go_on
from lookalike.batch.carrying_out import carry_out
from lookalike.batch.files import MANIFEST, Files, zipped
from lookalike.batch.results import Batch, Entry, load
from lookalike.batch.spec import Spec

__all__ = [
    "KIND",
    "MANIFEST",
    "STOPPED",
    "Batch",
    "Entry",
    "Files",
    "Spec",
    "ask",
    "ask_or_go_on",
    "carry_out",
    "go_on",
    "load",
    "zipped",
]
