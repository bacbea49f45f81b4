"""Who is eligible: every condition takes its users away, and the losses sum to the pool."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike import eligible
from lookalike.errors import BadInput, NotFound
from lookalike.importing import snapshots
from lookalike.workspace import Workspace

from .worlds import add_users, add_vectors

LAST = dt.datetime.fromisoformat("2024-05-01")
LONG_AGO = LAST - dt.timedelta(days=60)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Ten users: 8 and 9 without a vector, 0 inactive, 1-3 in DE, 4-5 in FR, 6-7 of no country."""
    with Workspace.open(tmp_path_factory.mktemp("eligible"), create=True) as workspace:
        with workspace.write() as cursor:
            cursor.execute('ALTER TABLE users ADD COLUMN "plan=now" VARCHAR')
            cursor.execute("ALTER TABLE users ADD COLUMN email VARCHAR")
        add_users(
            workspace,
            [f"u{n}" for n in range(10)],
            country=["DE", "DE", "DE", "DE", "FR", "FR", None, None, "DE", "DE"],
            last_active=[LONG_AGO, *[LAST] * 6, None, LAST, LAST],
            **{"plan=now": ["free", "paid"] * 5, "email": [f"u{n}@example.org" for n in range(10)]},
        )
        add_vectors(workspace, np.ones((8, 2)))
        yield workspace


def _found(world, *only, days=None):
    found = eligible.find(world, snapshots.get(world), only, days)
    losses = [step.users for step in found.steps if step.kind == "loss"]
    assert found.steps[0].users - sum(losses) == found.steps[-1].users == len(found.rows)
    return found.rows.tolist(), {step.what: step.users for step in found.steps}


def test_without_conditions_the_active_with_an_embedding_are_left(world):
    rows, steps = _found(world)
    assert rows == [1, 2, 3, 4, 5, 6, 7]
    assert steps == {
        "users of the workspace": 10,
        "without an embedding": 2,
        "not active in the last 30 days": 1,
        "eligible": 7,
    }


def test_the_window_of_activity_can_be_chosen(world):
    assert _found(world, days=60)[0] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert "not active in the last 1 day" in _found(world, days=1)[1]


def test_values_of_an_attribute_are_alternatives_and_attributes_hold_together(world):
    assert _found(world, "country=DE")[0] == [1, 2, 3]
    assert _found(world, "country=FR", "country=DE")[0] == [1, 2, 3, 4, 5]
    rows, steps = _found(world, "country=FR", "country=DE", "plan=now=paid")
    assert rows == [1, 3, 5]
    assert steps["country is not FR, DE"] == 2
    assert steps["plan=now is not paid"] == 2


@pytest.mark.parametrize(
    ("only", "error", "says"),
    [
        ("countri=DE", NotFound, "no attribute 'countri'.*Did you mean 'country'"),
        ("country=DEE", NotFound, "No user has country = 'DEE'.*Did you mean 'DE'"),
        ("DE", BadInput, "'DE' is not a segment.*country=DE"),
        ("row=1", NotFound, "no attribute 'row'"),
    ],
)
def test_a_segment_that_is_not_there_is_said(world, only, error, says):
    with pytest.raises(error) as raised:
        _found(world, only)
    assert re.search(says, str(raised.value))


def test_a_window_of_no_days_is_refused(world):
    with pytest.raises(BadInput, match="window of 0 days"):
        _found(world, days=0)


def test_contact_data_is_no_segment(world):
    assert eligible.choices(world) == {
        "country": [("DE", 6), ("FR", 2)],
        "plan=now": [("free", 5), ("paid", 5)],
    }


@settings(max_examples=30)
@given(
    st.sets(st.sampled_from(["country=DE", "country=FR", "plan=now=paid", "plan=now=free"])),
    st.integers(1, 100),
)
def test_losses_always_sum_to_the_pool(world, only, days):
    _found(world, *only, days=days)
