"""Learning as a run, and when it is due."""

from __future__ import annotations

import pytest

from lookalike import learning, runs
from lookalike.errors import BadInput
from lookalike.importing import snapshots

from .worlds import add_interactions, add_users


@pytest.fixture
def shop(workspace):
    """30 users and 12 items in two halves that never meet."""
    pairs = [(user, item) for user in range(30) for item in range(12) if user % 2 == item % 2]
    add_users(workspace, [f"u{user}" for user in range(30)])
    add_interactions(workspace, [user for user, _ in pairs], [f"i{item}" for _, item in pairs])
    return workspace


def test_nothing_is_due_without_interactions(workspace):
    assert not learning.due(workspace)


def test_learning_is_due_until_all_interactions_were_seen(shop):
    assert learning.due(shop)
    run = learning.ask(shop)
    number = learning.carry_out(shop, run)
    assert runs.get(shop, run).metrics["snapshot"] == number == snapshots.get(shop).id
    assert not learning.due(shop)
    add_interactions(shop, [0], ["i1"])
    assert learning.due(shop)


def test_embeddings_without_some_items_do_not_count(shop):
    learning.carry_out(shop, learning.ask(shop, ["i0"]))
    assert learning.due(shop)


def test_too_few_interactions_fail_the_run(workspace):
    add_users(workspace, ["a"])
    add_interactions(workspace, [0], ["x"])
    run = learning.ask(workspace)
    with pytest.raises(BadInput, match="too few interactions"):
        learning.carry_out(workspace, run)
    assert runs.get(workspace, run).status == "failed"
