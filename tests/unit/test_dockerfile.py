"""The Dockerfile, as far as it can be checked without building an image."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from pathlib import Path

import pytest

from lookalike.settings import Settings

ROOT = Path(__file__).parents[2]


def instructions():
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


STAGES = [number for number, (word, _) in enumerate(instructions()) if word == "FROM"]
LAST = instructions()[STAGES[-1] :]


def given(word):
    return [rest for name, rest in LAST if name == word]


def environment():
    return dict(pair.split("=", 1) for rest in given("ENV") for pair in shlex.split(rest))


def ignored(path):
    """Whether .dockerignore keeps a path out: the last pattern that fits decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        if (
            line
            and not line.startswith("#")
            and (
                fnmatch.fnmatch(path, pattern)
                or path.startswith(f"{pattern}/")
                or fnmatch.fnmatch(path.rpartition("/")[2], pattern)
            )
        ):
            out = not line.startswith("!")
    return out


def test_it_does_not_run_as_root():
    (user,) = given("USER")
    assert user not in ("root", "0")
    after = [word for word, _ in LAST[[word for word, _ in LAST].index("USER") :]]
    assert not {"RUN", "COPY", "ADD"} & set(after)
    assert any("useradd --uid 10001 --create-home" in rest and user in rest for rest in given("RUN"))


def test_the_workspace_is_kept_and_writable():
    (volume,) = given("VOLUME")
    workspace = Settings.from_env(environment()).workspace
    assert volume in map(str, workspace.parents)
    assert any(f"install -d -o workbench -g workbench {volume}" in rest for rest in given("RUN"))


def test_it_listens_to_the_outside_and_lets_nobody_in_by_default():
    env = environment()
    (port,) = given("EXPOSE")
    assert env["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0"  # noqa: S104 - within the container
    assert env["STREAMLIT_SERVER_PORT"] == port
    assert Settings.from_env(env).sign_in == 1
    assert 'address = "localhost"' in (ROOT / ".streamlit" / "config.toml").read_text("utf-8")
    assert env["STREAMLIT_BROWSER_SERVER_ADDRESS"]  # else Streamlit asks the internet for its address


def test_its_health_is_asked_for_where_it_listens():
    (check,) = given("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert f":{given('EXPOSE')[0]}/_stcore/health" in command[-1]
    compile(command[-1], "healthcheck", "exec")
    assert json.loads(given("CMD")[0]) == ["streamlit", "run", "app.py"]


@pytest.mark.parametrize(
    "source",
    [
        one
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for one in rest.split()[:-1]
    ],
)
def test_what_is_copied_exists_and_is_sent(source):
    assert (ROOT / source).exists()
    assert not ignored(source)


@pytest.mark.parametrize(
    "path",
    [
        ".streamlit/secrets.toml", "workspace/workspace.duckdb", ".git/config", ".venv/bin/python",
        "tests/unit/test_dockerfile.py", "lookalike/__pycache__/api.cpython-311.pyc", "anything.csv",
    ],
)  # fmt: skip
def test_what_does_not_belong_in_an_image_is_not_sent(path):
    assert ignored(path)


def test_every_module_of_the_app_is_sent():
    modules = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("lookalike/**/*.py")]
    assert not [path for path in modules if ignored(path.relative_to(ROOT).as_posix())]


def test_the_images_are_pinned_and_the_index_is_public():
    images = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert all(re.fullmatch(r"python:3\.\d+-slim", image) for image in images)
    (index,) = [rest for word, rest in instructions() if word == "ARG"]
    assert index == "TORCH_INDEX=https://download.pytorch.org/whl/cpu"


def test_the_sign_in_is_installed_with_it():
    lines = (ROOT / "requirements-auth.txt").read_text("utf-8").splitlines()
    assert lines[0] == "-r requirements.txt"
    assert any(line.startswith("Authlib") for line in lines)
    assert any("requirements-auth.txt" in rest for word, rest in instructions() if word == "RUN")
