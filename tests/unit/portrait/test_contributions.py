"""What a score is made of: the parts are the user's own, and add up."""

from __future__ import annotations

import pytest

from lookalike import expansion
from lookalike.errors import BadInput
from lookalike.expansion import Spec
from lookalike.portrait.contributions import ADDITIVE, contributions
from lookalike.workspace import Workspace
from tests.unit.worlds import communities


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contributions") / "workspace"
    communities(folder)
    with Workspace.open(folder) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(expansion, "BESIDE", ())


def _run(workspace, method):
    return expansion.carry_out(
        workspace, expansion.ask(workspace, Spec("fans", method=method, splits=1))
    )


@pytest.mark.parametrize("method", ADDITIVE)
def test_the_parts_add_up_to_the_score_and_are_what_the_user_has(workspace, method):
    result = _run(workspace, method)
    row, score = result.ranking.candidates[1]
    parts = contributions(result, int(row))
    assert sum(part.value for part in parts) == pytest.approx(float(score), abs=1e-3)
    with workspace.cursor() as cursor:
        held = cursor.execute("SELECT item_id FROM interactions WHERE row = ?", [int(row)]).fetchall()
    assert {part.name for part in parts} <= {f"item:{item}" for (item,) in held}
    # the fans are of the community of items 12 to 23
    assert parts[0].value > 0
    assert parts[0].name in {f"item:i{item}" for item in range(12, 24)}
    assert parts[0].label == parts[0].name.replace(":", " ")
    sizes = [abs(part.value) for part in parts]
    assert sizes == sorted(sizes, reverse=True)


def test_what_does_not_add_up_or_was_not_ranked_is_refused(workspace):
    result = _run(workspace, "centroid")
    with pytest.raises(BadInput, match="not a sum"):
        contributions(result, int(result.ranking.candidates["row"][0]))
    with pytest.raises(BadInput, match="not ranked"):
        contributions(_run(workspace, "ridge_raw"), -1)


def test_data_that_changed_since_are_noticed(workspace):
    result = _run(workspace, "ridge_raw")
    row = int(result.ranking.candidates["row"][0])
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM interactions WHERE row = ? AND item_id <> 'i00'", [row])
    with pytest.raises(BadInput, match="data have changed"):
        contributions(result, row)


def test_a_model_that_was_not_kept_is_asked_for_in_a_sentence(workspace):
    result = _run(workspace, "ridge_raw")
    workspace.file_in("models", f"{result.run.id}.npz").unlink()
    with pytest.raises(BadInput, match="No model was kept"):
        contributions(result, int(result.ranking.candidates["row"][0]))
