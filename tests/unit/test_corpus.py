"""Every messy seed file, with what should come of it."""

from __future__ import annotations

import pytest

from lookalike import seeds
from lookalike.errors import BadInput
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.corpus import FILES

from .worlds import add_users

# some with zeros in front, as in the sample world
USERS = tuple(f"u_{number * 7_919 % 10_000_000:07d}" for number in range(1, 2_001))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    with Workspace.open(folder, create=True, settings=Settings(threads=1)) as workspace:
        add_users(workspace, USERS)
        yield workspace


def _taken(case, world):
    data = case.data(USERS)
    file = seeds.parse_text(data.decode()) if case.pasted else seeds.parse(data, case.name)
    return seeds.match(world, file, case.name)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_every_messy_file_is_read_or_refused_in_words(case, world):
    if case.refused:
        with pytest.raises(BadInput) as refused:
            _taken(case, world)
        assert case.said in str(refused.value)
        assert refused.value.hint
        return
    found = _taken(case, world)
    report = found.report
    counts = {
        name: getattr(case, name) for name in ("rows", "matched", "unknown", "duplicates", "damaged")
    }
    assert {name: report.counts()[name] for name in counts} == counts
    assert tuple(found.values) == case.values
    assert len(found.rows) == case.matched
    said = [problem.text for problem in report.problems] + [one.sentence() for one in report.why]
    assert case.said in "\n".join(said)


def test_the_corpus_is_large_and_its_names_differ():
    assert len(FILES) >= 60
    assert len({case.name for case in FILES}) == len(FILES)
