"""Why somebody is in an audience: every state has its sentence, and nobody else is named."""

from __future__ import annotations

import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from lookalike import expansion, seeds
from lookalike.expansion import Spec
from lookalike.importing import snapshots
from lookalike.portrait import drawing
from lookalike.portrait.why import why
from lookalike.workspace import Workspace
from tests.unit.worlds import communities

SIZE = 60


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Fans of community 1, ranked by similarity: the audience is the rest of that community."""
    folder = tmp_path_factory.mktemp("why") / "workspace"
    made = communities(folder)
    with Workspace.open(folder) as workspace:
        run = expansion.ask(workspace, Spec("fans", method="centroid", splits=1))
        yield expansion.carry_out(workspace, run), made


@pytest.fixture
def result(world):
    return world[0]


@pytest.fixture
def members(result):
    return np.array(result.ranking.candidates["row"][:SIZE])


def _id(row):
    return f"u{row:03d}"


def test_a_member_is_told_their_place_and_what_they_have(result, members):
    found = why(result, _id(members[4]), members, drawing.of_run(result, members))
    assert (found.state, found.rank) == ("in", 5)
    assert found.reason == (
        f"They rank 5 of {len(result.ranking):,}, and the audience reaches down to rank 60: "
        "they are in it."
    )
    assert found.score == pytest.approx(float(result.ranking.candidates["score"][4]))
    assert found.percentile == pytest.approx(100 * (len(result.ranking) - 4) / len(result.ranking))
    assert len(found.has) >= 3
    assert {trait.name for trait in found.has} <= {f"i{item}" for item in range(12, 24)}
    assert found.closeness.closer_than > 0.8
    assert found.closeness.seeds > found.closeness.expected
    assert f"They have {len(found.has)} of the" in found.sentence()


def test_what_they_have_and_lack_is_all_there_is(result, members):
    drawn = drawing.of_run(result, members)
    found = why(result, _id(members[0]), members, drawn)
    assert sorted(trait.name for trait in (*found.has, *found.lacks)) == sorted(
        trait.name for trait in drawn.over
    )
    with result.workspace.cursor() as cursor:
        held = {
            item
            for (item,) in cursor.execute(
                "SELECT item_id FROM interactions WHERE row = ?", [int(members[0])]
            ).fetchall()
        }
    assert {trait.name for trait in found.has} <= held
    assert not {trait.name for trait in found.lacks} & held


def test_who_ranks_too_low_is_told_what_it_would_take(result, members):
    row = result.ranking.candidates["row"][99]
    found = why(result, _id(row), members)
    assert (found.state, found.rank, found.has, found.lacks) == ("below", 100, (), ())
    assert "ends at rank 60" in found.reason
    assert "larger by 40" in found.hint


def test_who_is_kept_out_is_told_so(result, members):
    found = why(result, _id(members[3]), np.delete(members, 3))
    assert found.state == "kept out"
    assert "left out" in found.hint


def test_without_an_audience_the_place_alone_is_told(result, members):
    found = why(result, _id(members[3]))
    assert (found.state, found.reason) == ("ranked", f"They rank 4 of {len(result.ranking):,}.")


def test_a_seed_is_told_so_and_held_against_the_others(result, world, members):
    found = why(result, _id(world[1]["fans"][0]), members)
    assert (found.state, found.rank, found.percentile) == ("seed", None, None)
    assert "on the seed list itself" in found.reason
    assert found.closeness.seeds > found.closeness.expected


def test_who_was_inactive_is_told_so(result, world, members):
    row = next(row for row in np.flatnonzero(world[1]["inactive"]) if row not in world[1]["fans"])
    found = why(result, _id(row), members)
    assert found.state == "not eligible"
    assert "not active in the last 30 days" in found.reason
    assert "longer activity window" in found.hint


def test_an_unknown_id_is_not_found_and_a_near_one_offered(result, members):
    found = why(result, "U007 ", members)
    assert (found.state, found.hint) == ("unknown", "Did you mean 'u007'?")
    assert "letter" not in why(result, "nobody", members).reason
    assert why(result, "nobody", members).hint == "Check that it is written as in the workspace."


def test_nobody_else_is_named(result, members):
    for row in (members[0], result.ranking.candidates["row"][-1]):
        found = why(result, _id(row), members, drawing.of_run(result, members))
        written = str(asdict(found)) + found.sentence()
        assert set(re.findall(r"\bu\d{3}\b", written)) == {_id(row)}


def test_who_has_no_embedding_is_told_so(world, members):
    result, _ = world
    with result.workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (900, 'new')")
    found = why(result, "new", members)
    assert found.state == "not eligible"
    assert "no embedding" in found.reason
    assert found.closeness is None


def test_who_is_outside_the_segments_is_told_so(world, members):
    result, _ = world
    with result.workspace.write() as cursor:
        cursor.execute("UPDATE users SET country = CASE WHEN row = 0 THEN 'FR' ELSE 'DE' END")
    kept = result.ranking.candidates[result.ranking.candidates["row"] != 0]
    ranking = replace(result.ranking, candidates=kept)
    abroad = replace(result, spec=replace(result.spec, only=("country=DE",)), ranking=ranking)
    found = why(abroad, _id(0), members)
    assert "outside the chosen segments (country=DE)" in found.reason
    # and the same user, had the run asked for nothing
    assert "eligible now" in why(replace(result, ranking=ranking), _id(0), members).reason


def test_a_run_outlives_its_list_and_its_embeddings(tmp_path):
    made = communities(tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as workspace:
        asked = expansion.ask(workspace, Spec("fans", method="centroid", splits=1))
        result = expansion.carry_out(workspace, asked)
        seeds.remove(workspace, "fans")
        first = _id(result.ranking.candidates["row"][0])
        assert why(result, first).closeness is None
        assert "on its list then" in why(result, _id(made["fans"][0])).reason
        snapshots.remove(workspace, result.run.metrics["snapshot"])
        assert why(result, first).rank == 1
        assert "embeddings are gone" in why(result, _id(made["fans"][0])).reason
