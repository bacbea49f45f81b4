"""One Spark for all tests of this folder, and one world with the audiences that one machine finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lookalike.spark import start
from tests.spark.worlds import Lists, World, lists_of, made


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """Two tasks at once on this machine; without Java this says so, and every test fails."""
    started = start("local[2]", {"spark.sql.shuffle.partitions": "4", "spark.driver.memory": "1g"})
    yield started
    started.stop()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made(tmp_path_factory.mktemp("spark"))


@pytest.fixture(scope="session")
def lists(world: World) -> Lists:
    return lists_of(world)
