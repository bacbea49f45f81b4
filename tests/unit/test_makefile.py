"""`make setup` says in one sentence what a machine lacks, and picks the first Python that will do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
OLD = """case "$2" in *%d.%d*) echo 3.9;; *"< (3, 11)"*) exit 1;; esac"""
BARE = f"""case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@" """
BROKEN = "echo 'no such version is installed' >&2; exit 127"
# stands for the interpreter: makes an environment with a pip that installs nothing
GOOD = """case "$*" in
  *%d.%d*) echo 3.12;;
  *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
esac"""
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def machine(tmp_path: Path):
    """A folder with the Makefile and only the programs that make itself and its recipes need."""
    shutil.copy(MAKEFILE, tmp_path)
    (tmp_path / "requirements.txt").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh", "touch", "mkdir", "cp"):
        found = shutil.which(name)
        assert found, f"{name} is needed"
        (programs / name).symlink_to(found)
    return tmp_path


def python(machine: Path, name: str, script: str) -> None:
    stub = machine / "bin" / name
    stub.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    stub.chmod(0o755)


def setup(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "setup", *arguments],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        executable=str(machine / "bin" / "make"),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("pythons", "said"),
    [
        ({}, "No working Python was found: install"),
        ({"python3": BROKEN}, "No working Python was found: install"),
        ({"python3": OLD}, "Python 3.9 is too old: install"),
        ({"python3": BARE}, f"Python {HERE} cannot make environments: install"),
        ({"python3": OLD, "python3.12": BARE}, f"apt install python{HERE}-venv"),
    ],
)
def test_what_is_missing_is_said_in_one_line(machine: Path, pythons: dict[str, str], said: str):
    for name, script in pythons.items():
        python(machine, name, script)
    done = setup(machine)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make:")]
    assert done.returncode != 0
    assert len(lines) == 1
    assert said in lines[0]
    assert not (machine / ".venv").exists()


def test_the_first_suitable_python_is_taken(machine: Path):
    python(machine, "python3", OLD)
    python(machine, "python3.13", BROKEN)
    python(machine, "python3.12", GOOD)
    done = setup(machine)
    assert done.returncode == 0, done.stderr
    assert "Python 3.12" in done.stdout
    assert (machine / ".venv" / "app.stamp").exists()


def test_a_second_call_does_nothing_until_the_requirements_change(machine: Path):
    python(machine, "python3", GOOD)
    setup(machine)
    assert "pip" not in setup(machine).stdout
    later = (machine / ".venv" / "app.stamp").stat().st_mtime + 5
    os.utime(machine / "requirements.txt", (later, later))
    assert "install -r requirements.txt" in setup(machine).stdout


def test_a_python_that_is_named_is_the_only_one_tried(machine: Path):
    python(machine, "python3", GOOD)
    done = setup(machine, "PYTHON=/nowhere/python")
    assert "No working Python was found at /nowhere/python" in done.stderr
