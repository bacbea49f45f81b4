import csv
import io
from pathlib import Path

import numpy as np
import pytest

from lookalike.sample import files, generate, population, write_files

COMMITTED = Path(__file__).parents[3] / "sample_data"
NAMES = {"README.md", "good_seeds.csv", "seeds_with_value.csv", "messy_seeds.csv", "experiment.csv"}


@pytest.fixture(scope="module")
def full_world():
    with pytest.MonkeyPatch.context() as patch:
        # the files hold no interactions, and drawing them takes most of the time
        patch.setattr(population, "interactions", lambda *_: (np.zeros(0, int), np.zeros(0, int)))
        yield generate()


@pytest.fixture(scope="module")
def trial():
    return files.experiment(np.random.default_rng(1), ["u"] * 400_000).to_pandas()


def rows(name):
    return list(csv.DictReader((COMMITTED / name).read_text("utf-8").splitlines()))


def test_the_committed_files_are_what_is_generated(full_world, tmp_path):
    write_files(tmp_path, full_world)
    assert {path.name for path in tmp_path.iterdir()} == NAMES
    assert {path.name for path in COMMITTED.iterdir()} == NAMES
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_the_committed_files_are_small():
    sizes = {path.name: path.stat().st_size for path in COMMITTED.iterdir()}
    assert sizes["experiment.csv"] < 1_500_000
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


def test_the_experiment_has_the_effects_it_claims_and_none_before_it(trial):
    sums = trial.drop(columns="user_id").groupby("variant").sum()
    users = trial["variant"].value_counts()
    found = {
        "impressions_per_user": sums["impressions"] / users,
        "revenue_per_user": sums["revenue"] / users,
        "ctr": sums["clicks"] / sums["impressions"],
        "hdr": sums["hides"] / sums["impressions"],
        "gcr": sums["good_clicks"] / sums["clicks"],
        "pre_impressions": sums["pre_impressions"] / users,
        "pre_revenue": sums["pre_revenue"] / users,
        "pre_ctr": sums["pre_clicks"] / sums["pre_impressions"],
    }
    lifts = {name: value["act_alike"] / value["control"] - 1 for name, value in found.items()}
    before = {"pre_impressions": 0, "pre_revenue": 0, "pre_ctr": 0}
    assert lifts == pytest.approx(files.EFFECTS | before, abs=0.02)


def test_people_differ_more_than_pooled_counts_allow(trial):
    some = trial[trial["variant"] == "control"]
    ctr = some["clicks"].sum() / some["impressions"].sum()
    by_user = np.var(some["clicks"] - ctr * some["impressions"]) * len(some)
    assert by_user > 1.5 * ctr * (1 - ctr) * some["impressions"].sum()
    assert np.var(some["impressions"]) > 10 * some["impressions"].mean()
    assert np.corrcoef(some["impressions"], some["pre_impressions"])[0, 1] > 0.5


def test_no_unknown_id_of_the_messy_file_is_known():
    def unknown(known):
        text = files.messy(np.random.default_rng(2), [], [], known)
        rows = csv.DictReader(io.StringIO(text[1:]), delimiter=";")
        return {row["user_id"].strip() for row in rows} - {files.DAMAGED}

    first = unknown(set())
    second = unknown(first)
    assert len(first) == len(second) == files.UNKNOWN
    assert not first & second
