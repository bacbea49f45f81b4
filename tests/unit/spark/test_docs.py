"""The commands and files that docs/spark.md shows are those that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from packaging.requirements import Requirement

from lookalike.cli import app

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "spark.md").read_text("utf-8")
IMAGE = (ROOT / "docs" / "spark" / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
COMMANDS = re.findall(r"^python -m lookalike ((?:.*\\\n)*.*?)(?:#.*)?$", PAGE, re.MULTILINE)


def accepted(words):
    """Parse a command as the command line does, and run nothing."""
    typer.main.get_command(app).commands[words[0]].make_context(words[0], list(words[1:]))


def test_there_are_commands():
    assert {line.split()[0] for line in COMMANDS} == {"export-users", "spark-train", "spark-score"}


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_line_takes_the_commands_of_the_page(line):
    accepted(shlex.split(line.replace("\\\n", " ")))


def test_a_command_that_it_does_not_take_would_be_seen():
    with pytest.raises(Exception, match="No such option"):
        accepted(["spark-train", "--seeds", "x", "--sort", "y"])


def test_links_of_the_page_lead_somewhere():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_the_image_holds_what_exists_and_one_spark():
    copied = [line.split()[1:-1] for line in IMAGE if line.startswith("COPY ") and "--from" not in line]
    assert copied
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    (version,) = re.findall(r"^ARG SPARK=(.+)$", "\n".join(IMAGE), re.MULTILINE)
    wanted = [
        line for line in (ROOT / "requirements-spark.txt").read_text().split() if "pyspark" in line
    ]
    assert Requirement(wanted[0]).specifier.contains(version)
    assert any("pyspark==${SPARK}" in line for line in IMAGE)
    assert "FROM apache/spark:${SPARK} AS spark" in IMAGE
