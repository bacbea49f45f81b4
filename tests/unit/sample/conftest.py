import datetime as dt

import numpy as np
import pytest

from lookalike.sample import World, generate

TODAY = dt.date(2024, 5, 1)


@pytest.fixture(scope="session")
def world():
    return generate(users=4_000, today=TODAY)


@pytest.fixture(scope="session")
def rows_of(world: World):
    """The rows of the users in a table."""
    row = {user: number for number, user in enumerate(world.users["user_id"].to_pylist())}
    return lambda table: np.array([row[user] for user in table["user_id"].to_pylist()])
