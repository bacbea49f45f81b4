"""Which models are applied, and whether they fit the users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike import expansion, seeds, spark
from lookalike.errors import BadInput, NotFound
from lookalike.methods.logistic import Linear
from lookalike.methods.reference import fit_random
from lookalike.methods.ridge import Head
from lookalike.methods.stored import Stored
from lookalike.progress import SILENT
from lookalike.settings import Settings
from lookalike.spark.files import About
from lookalike.spark.models import Asked, check
from lookalike.workspace import Workspace
from tests.unit.worlds import communities, memory_pool

ALL = frozenset({"row", "user_id", "vector", "eligible", "activity", "features", "values"})
BARE = frozenset({"row", "user_id", "vector"})
HEAD = Head(np.ones(2, np.float32))


def asked(scorer=HEAD, features=(), name="list", **facts) -> Asked:
    return Asked(name, Stored(scorer, tuple(features), facts), 0.1)


RAW = asked(Linear(np.ones(1, np.float32), 1.0), ("a",))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "ws"
    known = communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        spec = expansion.Spec(seed_list="fans", method="ridge", splits=1)
        run = expansion.carry_out(workspace, expansion.ask(workspace, spec)).run.id
        spec = expansion.Spec(seed_list="few", method="lsh", splits=1)
        other = expansion.carry_out(workspace, expansion.ask(workspace, spec)).run.id
        yield workspace, known, run, other


def test_a_run_is_asked_for_under_its_list_and_without_its_seeds(world):
    workspace, known, run, _ = world
    (found,) = spark.of_runs(workspace, [run, run], 0.05)
    assert (found.name, found.size) == ("fans", 0.05)
    assert found.without.tolist() == known["fans"].tolist()
    assert isinstance(found.model.scorer, Head)


def test_runs_that_cannot_be_applied_are_refused(world):
    workspace, _, run, other = world
    with pytest.raises(NotFound, match="no run 'nothing'"):
        spark.of_runs(workspace, ["nothing"], 0.05)
    with pytest.raises(BadInput, match=r"No model was kept of .* shared regions"):
        spark.of_runs(workspace, [other], 0.05)
    with pytest.raises(BadInput, match="is no finished run of many lists"):
        spark.of_batch(workspace, run, 0.05)
    kept = seeds.load(workspace, "fans")
    seeds.save(workspace, replace(kept, rows=kept.rows[1:], values={}), replace=True)
    with pytest.raises(BadInput, match="'fans' has changed since the model"):
        spark.of_runs(workspace, [run], 0.05)
    seeds.save(workspace, kept, replace=True)


def test_weights_are_moved_to_where_the_users_have_their_features():
    scorer = Linear(np.array([1, 2], np.float32), 1.0)
    about = About(2, 2, ("new", "b", "a"))
    (found,) = check([asked(scorer, ("a", "b"))], about, ALL)
    assert found.weights.tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("one", "about", "columns", "said"),
    [
        (asked(Head(np.ones(3, np.float32))), About(2, 2), BARE, "another number of columns; .* have 2"),
        (asked(dim=5, core=5), About(2, 2), BARE, "vectors of 5 columns, 5 for every .* have 2 and 2"),
        (asked(dim=2, core=1), About(2, 2), BARE, "1 for every method; the users' have 2 and 2"),
        (
            asked(dim=2, core=2, snapshot=1),
            About(2, 2, snapshot=2, learned=True),
            BARE,
            "trained on snapshot 1, and the users have the vectors of snapshot 2",
        ),
        (RAW, About(2, 2), BARE, "looks at the column 'features'"),
        (RAW, About(2, 2, ("b",)), ALL, "1 raw features; about.json"),
        (asked(name=" "), About(2, 2), BARE, "' ' cannot be the name of an audience's folder"),
        (asked(name="x" * 300), About(2, 2), BARE, "cannot be the name of an audience's folder"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_scored(one, about, columns, said):
    with pytest.raises(BadInput, match=said):
        check([one], about, columns)


def test_imported_vectors_of_another_snapshot_may_be_scored():
    one = asked(dim=2, core=2, snapshot=1)
    assert check([one], About(2, 2, snapshot=2), BARE) == [HEAD]


def test_a_model_that_knows_its_users_alone_is_refused():
    pool = memory_pool(np.eye(4))
    chance = fit_random(pool, np.array([0]), np.ones(1), np.random.default_rng(0), SILENT)
    with pytest.raises(BadInput, match="knows the users that it was trained on, and nobody else"):
        check([asked(chance)], About(4, 4), BARE)


def test_names_have_to_differ_and_there_has_to_be_one():
    with pytest.raises(BadInput, match="Two models are of the list 'list'"):
        check([asked(), asked()], About(2, 2), BARE)
    with pytest.raises(BadInput, match="no model to apply"):
        check([], About(2, 2), BARE)
