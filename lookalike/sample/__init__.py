"""The sample world: invented users, items, engagement and seed lists whose truth is known."""

from lookalike.sample.ready import ask, carry_out, unfinished
from lookalike.sample.world import World, generate, load, write_files

__all__ = ["World", "ask", "carry_out", "generate", "load", "unfinished", "write_files"]
