"""Models that Spark trains are those of one machine, whatever the users' files and the tasks are."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.errors import BadInput, NotFound
from lookalike.hashing import mixed
from lookalike.settings import Settings
from lookalike.spark import export_users, of_folder, quiet, train
from lookalike.spark.reading import read
from lookalike.spark.sampling import sample_of
from lookalike.workspace import Workspace
from tests.spark.worlds import check_models, learned


def test_twenty_lists_get_the_models_of_one_machine(spark, world, lists, tmp_path):
    out = tmp_path / "models"
    done = train(spark, lists.ids, str(world.users), str(out), method="mlp")
    check_models(lists, out)
    assert (out / "_SUCCESS").exists()
    assert (done.eligible, done.sampled) == (world.eligible, world.eligible)
    assert done.seeds == {name: len(lists.ids[name]) for name in lists.models}
    assert done.failed.keys() == {"nobody", "pair"}
    asked = of_folder(spark, str(out), 0.1)
    assert [one.name for one in asked] == sorted(lists.models)
    assert all(learned(one.model) == lists.models[one.name] for one in asked)
    assert asked[0].without.tolist() == [int(user[1:]) for user in lists.ids[asked[0].name]]
    (out / "_SUCCESS").unlink()
    with pytest.raises(BadInput, match="holds no _SUCCESS: the run that wrote it was stopped"):
        of_folder(spark, str(out), 0.1)
    with pytest.raises(BadInput, match=r"exists already and holds no _SUCCESS.*--overwrite"):
        train(spark, lists.ids, str(world.users), str(out))
    with pytest.raises(BadInput, match=r"no folder .*elsewhere of models"):
        of_folder(spark, str(tmp_path / "elsewhere"), 0.1)


def test_a_sample_is_the_same_however_the_files_are_divided(spark, world, tmp_path):
    with Workspace.open(world.workspace, settings=Settings(threads=1)) as workspace:
        export_users(workspace, tmp_path / "whole", as_lists=True)
    drawn = []
    for folder in (world.users, tmp_path / "whole"):
        with quiet():
            drawn.append(sample_of(spark, read(spark, str(folder)), 100, ["row", "vector"]))
    one, other = drawn
    assert one.users.rows.tolist() == other.users.rows.tolist() == sorted(one.users.rows.tolist())
    np.testing.assert_array_equal(one.users.users.dense, other.users.users.dense)
    assert one.whitening.tobytes() == other.whitening.tobytes()
    assert 60 < len(one.users.rows) < 140
    ranked = mixed(mixed(one.users.rows))
    assert ranked.max() < 2**64 * (100 / world.eligible)


def test_what_cannot_be_trained_is_refused_before_anything_is_read(spark, world, tmp_path):
    given = ({"a": ["u000", "u001", "u002"]}, str(tmp_path / "nowhere"), str(tmp_path / "out"))
    with pytest.raises(BadInput, match=r"'Blend' cannot be trained on Spark: it weighs several views"):
        train(spark, *given, method="auto")
    with pytest.raises(BadInput, match=r"'Shared regions' .*: its model knows the users"):
        train(spark, *given, method="lsh")
    with pytest.raises(NotFound, match="no method 'mpl'"):
        train(spark, *given, method="mpl")
    with pytest.raises(BadInput, match="no Parquet files of users"):
        train(spark, *given)
    nobody = {"a": ["x", "y", "z"], "b": ["u000", "q"]}
    with pytest.raises(BadInput, match=r"No list can be trained on; 'a': None of the 3 ids"):
        train(spark, nobody, str(world.users), str(tmp_path / "out"), method="ridge")
    assert not (tmp_path / "out").exists()
