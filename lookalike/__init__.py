"""Lookalike Workbench: expand a seed list into an audience, with evidence."""
