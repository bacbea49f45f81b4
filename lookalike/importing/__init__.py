"""Tables from files into the workspace, with a report of what was wrong, row by row."""

from lookalike.importing.report import Changes, ImportReport, Preview, Rejection
from lookalike.importing.run import KINDS, TEMPLATES, import_table, preview
from lookalike.importing.users import rows_of

__all__ = [
    "KINDS",
    "TEMPLATES",
    "Changes",
    "ImportReport",
    "Preview",
    "Rejection",
    "import_table",
    "preview",
    "rows_of",
]
