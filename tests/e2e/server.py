"""The app as a user starts it, on a free port, with a workspace folder of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running app: its address, process id, the workspace that it serves, and its log."""

    url: str
    pid: int
    workspace: Path
    log: Path


@contextmanager
def serving(
    workspace: Path,
    log: Path,
    *,
    prepare: bool = False,
    port: int | None = None,
    secrets: Path | None = None,
    **env: str,
) -> Iterator[Server]:
    """Start the app, wait until it is healthy, and stop it afterwards.

    Args:
        workspace: The workspace folder; the app makes it when it does not exist.
        log: Where the server's output goes.
        prepare: Whether it learns from past lists in the background.
        port: Where it listens; by default a port that is free.
        secrets: The file with its secrets, such as those of the sign-in.
        env: Further settings of its environment.

    Raises:
        RuntimeError: It ended, or was not healthy in time; the message has the log's last lines.
    """
    port = port or free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    if secrets is not None:
        command += ["--secrets.files", str(secrets)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ
            | {"LOOKALIKE_WORKSPACE": str(workspace), "LOOKALIKE_PREPARE": str(int(prepare))}
            | env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(process, url, log)
            yield Server(url, process.pid, workspace, log)
        finally:
            _stop(process)


def run_cli(*arguments: str) -> None:
    """Run the command line; what it prints is shown only when it fails."""
    command = [sys.executable, "-m", "lookalike", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@dataclass(frozen=True, slots=True)
class Sample:
    """A workspace folder with the sample world, and the id of a finished expansion in it."""

    folder: Path
    run: str


def make_sample(folder: Path) -> Sample:
    """Load the sample world into a folder and expand one list there, the quickest way."""
    report = folder.parent / "report.json"
    run_cli("init", "--sample", "--workspace", str(folder))
    run_cli(
        *("expand", "--workspace", str(folder), "--seeds", "sample_data/good_seeds.csv"),
        *("--method", "centroid", "--splits", "2", "--size", "5%"),
        *("--out", str(folder.parent / "audience.csv"), "--report", str(report)),
    )
    return Sample(folder, json.loads(report.read_text("utf-8"))["run_id"])


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):  # noqa: S310 - localhost
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    ended = "was not healthy in time" if process.poll() is None else f"ended ({process.returncode})"
    tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-30:])
    raise RuntimeError(f"The app {ended}. The end of its log:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
