"""The commands, a module each; `lookalike.cli` puts them together."""
