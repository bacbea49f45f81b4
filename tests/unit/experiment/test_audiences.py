import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lookalike import audience, expansion
from lookalike.cutting import Cut, select
from lookalike.errors import NotFound
from lookalike.expansion import Spec, ask, carry_out
from lookalike.experiment import Spec as Asked
from lookalike.experiment import audience_of, read_out
from lookalike.ranking import RANKED, Ranking
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A workspace with one expansion, of which 40 % was exported, a quarter held out."""
    folder = tmp_path_factory.mktemp("audiences") / "ws"
    communities(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "BESIDE", ("activity",))
        with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
            run = carry_out(workspace, ask(workspace, Spec("fans", splits=1, method="centroid")))
            run.audience(0.4).to_csv(folder / "out.csv")
    return folder


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(made, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as opened:
        yield opened


def test_an_audience_brings_its_users_and_the_curve_of_its_run(workspace: Workspace) -> None:
    (known,) = audience.exported(workspace)
    found = audience_of(workspace, known.id)
    assert found.name == f"fans, {known.created:%Y-%m-%d}"
    assert len(found.members) == known.users
    assert {"user_id", "score", "holdout"} <= set(found.members.column_names)
    assert found.size == pytest.approx(0.4, abs=0.005)
    assert len(found.curve["k"]) == len(found.curve["recall"]) > 1
    assert list(found.curve["recall"]) == sorted(found.curve["recall"])


def test_a_run_that_is_gone_leaves_no_curve(workspace: Workspace) -> None:
    (known,) = audience.exported(workspace)
    for path in workspace.path.glob("scores/*"):
        path.unlink()
    found = audience_of(workspace, known.id)
    assert (found.curve, found.size) == ({"k": [], "recall": []}, 1.0)
    assert len(found.members) == known.users


def test_an_audience_of_a_run_that_was_never_there(workspace: Workspace) -> None:
    ranking = Ranking(np.array([(0, 2.5), (1, 1.0)], RANKED), 9)
    cut = Cut(size=2)
    chosen = select(ranking, cut, np.empty(0, np.int32))
    audience.record(workspace, "elsewhere", "buyers", cut, chosen, {"template": "csv", "sha256": "aa"})
    found = audience_of(workspace, audience.exported(workspace)[0].id)
    assert found.curve == {"k": [], "recall": []}
    assert found.members["score"].to_pylist() == [2.5, 1.0]
    assert found.name.startswith("buyers, ")


def test_an_unknown_number_is_said(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="no audience 99"):
        audience_of(workspace, 99)


def test_results_of_its_users_are_read_out_by_score(workspace: Workspace) -> None:
    chosen = audience_of(workspace, 1)
    users = chosen.members["user_id"].to_pylist()
    results = pd.DataFrame(
        {"user_id": users, "variant": ["a", "b"] * (len(users) // 2) + ["a"] * (len(users) % 2)}
    ).assign(impressions=9, clicks=[i % 4 for i in range(len(users))])
    read = read_out(results, Asked(primary="ctr"), chosen)
    assert read.users == len(users)
    assert sum(b.n_control + b.n_treatment for b in read.bands if b.metric == "ctr") == len(users)
    assert read.offline_online
