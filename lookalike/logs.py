"""What the program logs: one line a run begun or ended, and of errors where, never with what.

A message of an error may quote a user's id or a cell of a file, so tracebacks are logged without
their messages.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from types import TracebackType

from lookalike.settings import Settings

ROOT = logging.getLogger("lookalike")
Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """Formats records as text, an error as its kind and where it happened."""

    converter = staticmethod(lambda seconds: dt.datetime.fromtimestamp(seconds or 0, dt.UTC).timetuple())
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Caught) -> str:  # noqa: N802 - the name that logging calls
        """Return the kinds of an error and of what caused it, and where they were raised."""
        return "\n".join(_told(ei[1]))


class Json(Discreet):
    """Formats records as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON: moment, level, logger, message and, of an error, where."""
        said = {
            "moment": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said)


def begin(settings: Settings) -> None:
    """Log to standard error as the settings say; calling it again changes how."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if settings.log_format == "json" else Discreet())
    for old in list(ROOT.handlers):
        ROOT.removeHandler(old)
    ROOT.addHandler(handler)
    ROOT.setLevel(settings.log_level.upper())
    ROOT.propagate = False


def _told(error: BaseException | None) -> list[str]:
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines.append(f"{type(error).__name__}, raised at")
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        error = error.__cause__ or error.__context__
    return lines
