"""Rows of a few variants only, picked by names that come from the file."""

from __future__ import annotations


def among(*variants: str) -> str:
    """Return the SQL condition that a row is of one of the variants.

    Queries of `Rows` take no parameters. The names go in as hexadecimal digits, so that
    whatever stands in them cannot be read as SQL.
    """
    return f"variant IN ({', '.join(map(text, variants))})"


def text(value: str) -> str:
    """Return the SQL expression of a text."""
    return f"decode(unhex('{value.encode().hex()}'))"
