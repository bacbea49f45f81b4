"""Versions that manifests and backups name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

from lookalike import versions

ROOT = Path(__file__).parents[2]


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert versions.program()["lookalike"] == project["version"]


def test_libraries_are_named_with_the_versions_that_run():
    assert versions.program()["numpy"] == np.__version__
