"""A task trains its lists as one machine does: the same seeds, the same chance, the same numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike import batch, seeds, training
from lookalike.batch.together import side_by_side
from lookalike.methods import METHODS, stored
from lookalike.settings import Settings
from lookalike.spark import export_users
from lookalike.spark.files import ABOUT, About
from lookalike.spark.fitting import SCHEMA, Job, fit_task
from lookalike.spark.moments import MOMENTS, Moments
from lookalike.spark.planning import LOOKS_AT
from lookalike.spark.reading import part_of
from lookalike.spark.sampling import Sample
from lookalike.workspace import Workspace
from tests.unit.worlds import communities, save_list

LISTS = {"fans": 40, "few": 12, "other": 30, "pair": 2, "third": 33}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A workspace of five lists, of which one is too short; and its users as files hold them."""
    folder = tmp_path_factory.mktemp("fitting")
    known = communities(folder / "ws")
    rows = {name: known[name] for name in ("fans", "few")}
    rng = np.random.default_rng(1)
    with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
        for name in ("other", "pair", "third"):
            rows[name] = np.sort(rng.choice(480, LISTS[name], replace=False))
            save_list(workspace, name, rows[name], {"open_rate": rng.random(LISTS[name])})
        export_users(workspace, folder / "users")
        table = pq.read_table(folder / "users" / "users" / "part-00000.parquet")
        about = About.from_text((folder / "users" / ABOUT).read_text("utf-8"))
        moments = Moments.from_text((folder / "users" / MOMENTS).read_text("utf-8"), about.columns)
        inside = table.filter(table["eligible"])
        columns = ["row", "vector", "features", "values"]
        part = part_of(inside.select(columns).combine_chunks().to_batches()[0], about)
        whitening = moments.vectors(part.rows, part.users.dense).whitening
        sample = Sample(about, moments, part, len(inside), whitening)
        yield SimpleNamespace(workspace=workspace, table=table, sample=sample, rows=rows)


def asked(world, method, weight="", tasks=((tuple(range(5)),),)):
    return Job(world.sample, METHODS[method], weight, 0, sorted(world.rows), tasks, {"method": method})


def seeds_of(world, places, columns=("row", "vector"), values=None):
    """What a task is given: in no particular order."""
    names = sorted(world.rows)
    parts = []
    for place in places:
        rows = world.rows[names[place]]
        own = world.table.select(list(columns)).take(pa.array(rows))
        value = np.full(len(rows), np.nan) if values is None else values[names[place]]
        own = own.append_column("value", pa.array(value))
        own = own.append_column("place", pa.array(np.full(len(rows), place, np.int32)))
        parts.append(own.append_column("task", pa.array(np.zeros(len(rows), np.int32))))
    table = pa.concat_tables(parts)
    return table.take(np.random.default_rng(0).permutation(len(table)))


def numbers_of(model):
    arrays = {}
    return stored._flat(model, arrays), {name: value.tobytes() for name, value in arrays.items()}


def one_machine(world, method, **spec):
    run = batch.ask(world.workspace, batch.Spec(lists=tuple(sorted(world.rows)), method=method, **spec))
    done = batch.carry_out(world.workspace, run)
    return {one.name: training.model_of(world.workspace, f"{run}/{one.place}") for one in done.done}


@pytest.mark.parametrize(
    "method", ["mlp", "ridge", "centroid", "logistic", "hubble", "one_stage", "deepfm"]
)
def test_models_are_those_of_one_machine_to_the_last_bit(world, method):
    here = one_machine(world, method)
    sizes = [LISTS[name] for name in sorted(world.rows)]
    groups = side_by_side(sizes) if method == "mlp" else [[place] for place in range(5)]
    groups = [group for group in groups if group != [3]]
    assert method != "mlp" or max(map(len, groups)) > 1
    columns = ["row", "vector", *LOOKS_AT[method]]
    lines = fit_task(asked(world, method, tasks=[groups]), seeds_of(world, [0, 1, 2, 4], columns))
    there = pa.Table.from_batches(lines, SCHEMA).to_pylist()
    assert {line["list"] for line in there} == here.keys() == set(LISTS) - {"pair"}
    for line in there:
        found = stored.from_bytes(line["model"], "model")
        assert numbers_of(found.scorer) == numbers_of(here[line["list"]].scorer)
        assert found.features == here[line["list"]].features
        assert (line["seeds"], line["rows"]) == (LISTS[line["list"]], world.rows[line["list"]].tolist())
        assert (found.facts["seed_list"], line["error"]) == (line["list"], None)


def test_weights_are_those_of_the_column(world):
    rows = {name: world.rows[name] for name in ("other", "third")}
    world = SimpleNamespace(**vars(world) | {"rows": rows})
    values = {name: seeds.load(world.workspace, name).values["open_rate"] for name in rows}
    here = one_machine(world, "ridge", weight=("open_rate",))
    job = asked(world, "ridge", "open_rate", [[[0], [1]]])
    for line in pa.Table.from_batches(
        fit_task(job, seeds_of(world, [0, 1], values=values)), SCHEMA
    ).to_pylist():
        found = stored.from_bytes(line["model"], "model").scorer
        assert numbers_of(found) == numbers_of(here[line["list"]].scorer)
