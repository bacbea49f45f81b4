"""Finding a Chromium, or getting one: `python -m tests.e2e.browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",  # Chromium will not start as root, as in a container, with one
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HELP = (
    "No Chromium was found and none could be installed: install chromium (or Google Chrome) with "
    "your package manager, or set LOOKALIKE_CHROMIUM to where one is."
)


def found() -> str | None:
    """Return the path of a Chromium: the one named, one on the PATH, or Playwright's own."""
    named = os.environ.get("LOOKALIKE_CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    if on_path:
        return on_path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def get() -> str | None:
    """Return the path of a Chromium, installed if need be; None where that is impossible."""
    for command in ([], *_installers()):
        if command:
            sys.stdout.write(f"Getting a browser for the tests: {' '.join(command)}\n")
            sys.stdout.flush()
            subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
        if path := found():
            return path
    return None


def _installers() -> list[list[str]]:
    if os.environ.get("LOOKALIKE_CHROMIUM"):
        return []  # a wrong path is to be mended, not worked around
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways += [["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "chromium"]]
    return ways


if __name__ == "__main__":
    browser = get()
    if browser is None:
        named = os.environ.get("LOOKALIKE_CHROMIUM")
        sys.exit(f"LOOKALIKE_CHROMIUM is {named!r}, where no program is." if named else HELP)
    sys.stdout.write(f"Browser: {browser}\n")
