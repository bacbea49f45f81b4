"""The sample world: invented users, items, engagement and seed lists whose truth is known."""

from lookalike.sample.ready import load_ready
from lookalike.sample.world import World, generate, load, write_files

__all__ = ["World", "generate", "load", "load_ready", "write_files"]
