from __future__ import annotations

import shutil

import pytest

from tests.unit.batch import worlds


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of a filled workspace, to be copied, and the rows of its lists."""
    folder = tmp_path_factory.mktemp("batch") / "ws"
    return folder, worlds.filled(folder)


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "ws")
    return tmp_path / "ws"


@pytest.fixture
def workspace(folder):
    with worlds.opened(folder) as opened:
        yield opened
