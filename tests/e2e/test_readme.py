"""Every command and every line of Python in the README works as it stands there."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(heading: str, language: str) -> list[str]:
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, f"no {language} block under {heading}"
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with the sample files in it, as a clone has them."""
    path = tmp_path_factory.mktemp("readme")
    (path / "sample_data").symlink_to(ROOT / "sample_data")
    return path


def run(arguments: list[str], folder: Path) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith("LOOKALIKE_")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_command_line(folder):
    commands = [shlex.split(line) for line in blocks("Command line", "sh")[0].splitlines()]
    assert len(commands) >= 7
    said = {}
    for command in commands:
        assert command[0] == "python"
        said[command[3]] = run(command[1:], folder)
    assert (folder / "again.csv").read_bytes() == (folder / "tiered.csv").read_bytes()
    assert "byte for byte" in said["replay"]
    control, treated = (
        {line.split(",")[0] for line in (folder / name).read_text().splitlines()[1:]}
        for name in ("control.csv", "tiered.csv")
    )
    assert control
    assert control.isdisjoint(treated)
    assert (folder / "tiktok.csv").read_text().startswith("Email_SHA256,Phone_SHA256,MAID_SHA256")
    assert "buyers" in (folder / "audience.html").read_text("utf-8")
    assert len((folder / "unmatched.csv").read_text("utf-8").splitlines()) > 10
    with (folder / "audience.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == ["user_id", "score", "rank", "percentile"]
    assert [int(line["rank"]) for line in lines] == list(range(1, len(lines) + 1))
    report = json.loads((folder / "best.json").read_text("utf-8"))
    assert report["audience"]["rows"] == 500
    assert report["weight"]["label"] == "spend"
    assert "20,000" in said["info"]
    assert "finds" in said["expand"]
    assert "past lists" in said["prepare"]
    assert "buyers" in said["advise"] or "seeds" in said["advise"]
    assert "all" in said["compare"]
    assert "act_alike" in said["experiment"]
    assert "users" in said["power"]
    assert "By country" in (folder / "readout.html").read_text("utf-8")


def test_the_lines_of_python(folder):
    first = (folder / "audience.csv").read_bytes()
    said = [run(["-c", lines], folder) for lines in blocks("Python", "python")]
    assert "revenue_per_click" in said[1]
    assert (folder / "lifts.html").stat().st_size > 10_000
    # the same list, settings and data: the same audience, by either door
    assert (folder / "audience.csv").read_bytes() == first


def test_the_commands_of_the_first_section_are_targets():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"\bmake ([a-z]+)\b", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
