"""Messy seed files of every sort, made from a world's user ids, with what should come of each.

The ids are those of the sample world or like them: "u_" and seven digits, some with zeros first.
"""

from __future__ import annotations

from .files import FILES, Case

__all__ = ["FILES", "Case"]
