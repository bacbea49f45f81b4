import csv
import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lookalike.sample import experiments, files, generate, population, write_files

COMMITTED = Path(__file__).parents[3] / "sample_data"
TEXTS = {"README.md", "good_seeds.csv", "seeds_with_value.csv", "messy_seeds.csv", "experiment.csv"}
TABLES = {"experiment.parquet", "experiment_days.parquet", "experiment_broken.parquet"}


@pytest.fixture(scope="module")
def full_world():
    with pytest.MonkeyPatch.context() as patch:
        # the files hold no interactions, and drawing them takes most of the time
        patch.setattr(population, "interactions", lambda *_: (np.zeros(0, int), np.zeros(0, int)))
        yield generate()


def table(name):
    return pq.read_table(COMMITTED / name)


def rows(name):
    return list(csv.DictReader((COMMITTED / name).read_text("utf-8").splitlines()))


def test_the_committed_files_are_what_is_generated(full_world, tmp_path):
    write_files(tmp_path, full_world)
    assert {path.name for path in tmp_path.iterdir()} == TEXTS | TABLES
    assert {path.name for path in COMMITTED.iterdir()} == TEXTS | TABLES
    for name in TEXTS:
        assert (tmp_path / name).read_bytes() == (COMMITTED / name).read_bytes(), name
    # a Parquet file names the version that wrote it: another one holds the same in other bytes
    for name in TABLES:
        assert pq.read_table(tmp_path / name).equals(table(name)), name


def test_the_committed_files_are_small():
    sizes = {path.name: path.stat().st_size for path in COMMITTED.iterdir()}
    assert sizes["experiment.csv"] < 1_500_000
    assert sizes["experiment.parquet"] < 3_500_000
    assert sum(sizes.values()) < 5_000_000


def test_seed_files_hold_users_of_the_world_and_no_saved_list(full_world):
    known = set(full_world.users["user_id"].to_pylist())
    good = [row["user_id"] for row in rows("good_seeds.csv")]
    valued = rows("seeds_with_value.csv")
    assert len(good) == len(set(good)) == 600
    assert set(good) <= known
    assert {row["user_id"] for row in valued} <= known
    assert min(float(row["spend"]) for row in valued) > 0
    assert not set(full_world.file_lists) & set(full_world.seed_lists)


def test_the_messy_file_has_its_faults_and_loses_nobody(full_world):
    data = (COMMITTED / "messy_seeds.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").split("\r\n")
    cells = [line.split(";")[0] for line in lines[1:] if line]
    ids = [cell.strip() for cell in cells]
    good = [row["user_id"] for row in rows("good_seeds.csv")]
    known = set(full_world.users["user_id"].to_pylist())
    assert lines[0] == "user_id;source"
    assert lines[1:-2].count("") >= 3
    assert sum(cell != cell.strip() for cell in cells) > 10
    assert len(ids) - len(set(ids)) == 9
    assert set(ids) & known == set(good[:240])
    assert len(set(ids) - known - {files.DAMAGED}) == files.UNKNOWN
    assert ids.count(files.DAMAGED) == 1


def test_the_experiment_has_every_user_once_and_even_variants(full_world):
    table = rows("experiment.csv")
    assert [row["user_id"] for row in table] == full_world.users["user_id"].to_pylist()
    treated = sum(row["variant"] == "act_alike" for row in table)
    assert abs(treated - 10_000) < 300
    for row in table:
        assert int(row["clicks"]) + int(row["hides"]) <= int(row["impressions"])
        assert int(row["good_clicks"]) <= int(row["clicks"])
        assert int(row["pre_clicks"]) <= int(row["pre_impressions"])


def test_the_large_experiment_holds_the_world_and_strangers_once_each(full_world):
    large = table("experiment.parquet")
    ids = large["user_id"].to_pylist()
    assert len(ids) == files.LARGE
    assert ids == sorted(set(ids))
    assert set(full_world.users["user_id"].to_pylist()) < set(ids)
    assert large.column_names[:4] == ["user_id", "variant", "country", "platform"]


def test_the_daily_experiment_has_a_row_for_each_user_and_day():
    daily = table("experiment_days.parquet")
    keys = list(zip(daily["user_id"].to_pylist(), daily["date"].to_pylist(), strict=True))
    assert len(keys) == len(set(keys))
    assert len({user for user, _ in keys}) == files.BY_DAY


def test_the_readme_says_how_many_users_the_broken_log_kept():
    broken = table("experiment_broken.parquet")
    assert f"{broken.num_rows:,} are left" in (COMMITTED / "README.md").read_text("utf-8")
    assert (broken["variant"].to_numpy() == experiments.VARIANTS[1]).mean() < 0.48


def test_strangers_are_nobody_known():
    found = files.with_strangers(np.random.default_rng(4), ["u_0000005", "u_0000003"], 40)
    assert len(set(found)) == 40
    assert found == sorted(found)
    assert found[:2] == ["u_0000003", "u_0000005"]


def test_no_unknown_id_of_the_messy_file_is_known():
    def unknown(known):
        text = files.messy(np.random.default_rng(2), [], [], known)
        rows = csv.DictReader(io.StringIO(text[1:]), delimiter=";")
        return {row["user_id"].strip() for row in rows} - {files.DAMAGED}

    first = unknown(set())
    second = unknown(first)
    assert len(first) == len(second) == files.UNKNOWN
    assert not first & second
