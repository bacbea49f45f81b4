"""Texts as files: a report, a manifest, a card."""

from __future__ import annotations

from pathlib import Path

from lookalike.errors import BadInput
from lookalike.workspace import whole_file


def write_text(path: Path, text: str) -> None:
    """Write a text, whole or not at all.

    Raises:
        BadInput: It cannot be written there.
    """
    try:
        with whole_file(path) as partial:
            partial.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}.", "Choose a folder that exists and has room."
        ) from error
