"""An audience as a file: the templates of ad platforms, and what each wants written how."""

from lookalike.export.templates import TEMPLATES, Column, Template, template
from lookalike.export.writing import Written, preview, write

__all__ = ["TEMPLATES", "Column", "Template", "Written", "preview", "template", "write"]
