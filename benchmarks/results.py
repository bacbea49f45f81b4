"""RESULTS.md: one section a measurement, replaced when it is measured again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"


def record(title: str, command: str, lines: Sequence[str]) -> None:
    """Put a section with its command and date into RESULTS.md, and print it."""
    body = [f"`{command}`, {dt.datetime.now(dt.UTC):%Y-%m-%d}.", "", *lines]
    kept = RESULTS.read_text("utf-8") if RESULTS.exists() else "# Results\n"
    head, *sections = kept.split("\n## ")
    by_title = {section.split("\n", 1)[0]: section.split("\n", 1)[1].strip() for section in sections}
    by_title[title] = "\n".join(body).strip()
    parts = [head.strip(), *(f"## {name}\n\n{by_title[name]}" for name in sorted(by_title))]
    RESULTS.write_text("\n\n".join(parts) + "\n", "utf-8")
    print("\n".join(lines))
