"""Pretraining as a run: learned, stopped, gone on with, and used."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lookalike import comparison, expansion, general, pretraining, runs
from lookalike.comparison import Spec as Comparing
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.expansion_spec import Spec as Expanding
from lookalike.pretraining import ABLATIONS, Spec, carrying_out, family, states
from lookalike.progress import Progress

pytestmark = pytest.mark.usefixtures("quick")


def _arrays(workspace, version):
    with np.load(workspace.file_in("models", f"general-{version.id}.npz")) as held:
        return {name: held[name] for name in held.files}


def _expanded(workspace, method):
    asked = expansion.ask(workspace, Expanding("fans", method=method, splits=1))
    return expansion.carry_out(workspace, asked)


def _stopping(at):
    """A progress that cancels after so many reports of a loss."""
    heard = []

    def told(update):
        if "loss" in update.facts:
            heard.append(update.facts)

    return Progress(told, lambda: len(heard) >= at), heard


def test_what_was_learned_serves_a_new_list(workspace, known):
    run = pretraining.ask(workspace, Spec(leave_out=("list:fans",)))
    progress, heard = _stopping(99)
    version = pretraining.carry_out(workspace, run, progress)
    assert (version.campaigns, version.networks, version.snapshot) == (50, ["metaheac"], 1)
    done = runs.get(workspace, run)
    assert done.status == "done"
    assert (done.metrics["version"], done.metrics["campaigns"]) == (version.id, 50)
    assert runs.losses(workspace, run) == pytest.approx(version.how["losses"]["metaheac"])
    assert len(heard) == 4  # two halves of eight rounds, told every four
    assert not states.path_of(workspace, run).exists()
    asked = expansion.ask(workspace, Expanding("fans", method="metaheac", splits=2))
    assert runs.get(workspace, asked).spec["general"] == version.id
    found = expansion.carry_out(workspace, asked)
    first = found.ranking.candidates["row"][:40]
    assert (known["community"][first] == 1).mean() > 0.8  # a quarter by chance


def test_a_list_that_was_a_campaign_is_judged_by_the_other_half(workspace):
    version = pretraining.carry_out(workspace, pretraining.ask(workspace))
    held = general.load(workspace, version.id, 1)
    assert len(held.unseen(np.sort(held.members[: held.ends[0]]))) == 1


@pytest.mark.parametrize("at", [1, 3])
def test_one_that_was_stopped_ends_as_if_it_had_not_been(workspace, at):
    spec = Spec(networks=("metaheac", "mmoe"))
    whole = pretraining.carry_out(workspace, pretraining.ask(workspace, spec))
    run, again = pretraining.ask_or_go_on(workspace, spec)
    assert not again
    with pytest.raises(Cancelled):
        pretraining.carry_out(workspace, run, _stopping(at)[0])
    assert runs.get(workspace, run).status == "cancelled"
    assert len(general.versions(workspace)) == 1
    assert pretraining.ask_or_go_on(workspace, spec) == (run, True)
    progress, heard = _stopping(99)
    found = pretraining.carry_out(workspace, run, progress)
    assert len(heard) == 7 - at  # what was learned when it heard of it is not learned again
    right, arrays = _arrays(workspace, whole), _arrays(workspace, found)
    assert right.keys() == arrays.keys()
    assert all(np.array_equal(right[name], arrays[name]) for name in right)
    assert found.how["losses"] == whole.how["losses"]
    assert found.how["pace"] == whole.how["pace"]


def test_what_was_kept_of_other_campaigns_is_no_use(workspace):
    run = pretraining.ask(workspace)
    with pytest.raises(Cancelled):
        pretraining.carry_out(workspace, run, _stopping(1)[0])
    assert states.load(workspace, run, "of others") == {}
    path = states.path_of(workspace, run)
    path.write_bytes(path.read_bytes()[:200])
    pretraining.go_on(workspace, run)
    progress, heard = _stopping(99)
    pretraining.carry_out(workspace, run, progress)
    assert len(heard) == 4


def test_what_was_kept_is_no_more_once_another_learning_is_asked(workspace):
    first = pretraining.ask(workspace)
    with pytest.raises(Cancelled):
        pretraining.carry_out(workspace, first, _stopping(1)[0])
    assert pretraining.kept(workspace, first)  # it can be gone on with
    other = pretraining.ask(workspace, Spec(random_state=1))
    assert not pretraining.kept(workspace, first)
    with pytest.raises(Cancelled):
        pretraining.carry_out(workspace, other, _stopping(1)[0])
    with workspace.write() as cursor:  # as if it were still at work when somebody asks for a third
        cursor.execute("UPDATE runs SET status = 'running' WHERE id = ?", [other])
    third = pretraining.ask(workspace, Spec(random_state=2))
    assert pretraining.kept(workspace, other)
    pretraining.carry_out(workspace, third)
    assert pretraining.kept(workspace, other)
    runs.cancel_queued(workspace, other)
    pretraining.go_on(workspace, first)
    progress, heard = _stopping(99)
    pretraining.carry_out(workspace, first, progress)
    assert len(heard) == 4  # from the beginning
    assert not runs.get(workspace, first).metrics["resumed"]
    assert not list(workspace.folder("models").glob("pretraining-*"))


def test_what_a_killed_run_left_after_it_was_done_goes_with_the_next(workspace):
    done = pretraining.ask(workspace)
    pretraining.carry_out(workspace, done)
    states.path_of(workspace, done).write_bytes(b"left")
    pretraining.ask(workspace)
    assert not pretraining.kept(workspace, done)


def test_too_few_campaigns_are_told_and_the_methods_train_from_nothing(workspace, monkeypatch):
    monkeypatch.setattr(carrying_out, "FEWEST", 99)
    monkeypatch.setattr(general, "FEWEST", 99)
    monkeypatch.setattr("lookalike.methods.pretrained.FEWEST", 99)
    version = pretraining.carry_out(workspace, pretraining.ask(workspace))
    assert (version.campaigns, version.networks) == (51, [])
    asked = expansion.ask(workspace, Expanding("fans", method="metaheac", splits=2))
    heard = []
    expansion.carry_out(workspace, asked, Progress(lambda update: heard.append(update.message)))
    assert "Only 51 past campaigns: training a network from nothing" in heard


def test_networks_that_do_not_learn_to_be_adapted_choose_their_rate(workspace):
    spec = Spec(networks=("mlp_pretrained", "shared_bottom"))
    version = pretraining.carry_out(workspace, pretraining.ask(workspace, spec))
    for name in spec.networks:
        pace = version.how["pace"][name]
        assert pace["rate"] in carrying_out.RATES
        assert pace["steps"] in carrying_out.STEPS
    assert json.loads(json.dumps(version.how)) == version.how


def test_ablations_serve_a_list_once_they_are_learned(workspace):
    with pytest.raises(BadInput, match="no general model") as raised:
        _expanded(workspace, "metaheac_without_critics")
    assert raised.value.hint.endswith("--network metaheac_without_critics")
    names = ("metaheac", *ABLATIONS)
    version = pretraining.carry_out(workspace, pretraining.ask(workspace, Spec(networks=names)))
    assert general.learned(workspace, 1) == version.networks == list(names)
    assert general.learned(workspace, 2) == []
    held = general.load(workspace, version.id, 1).networks
    width = len(general.load(workspace, version.id, 1).mean)
    for name in names:
        shapes = family.EVERY[name].form.shapes(width)
        for half in held[name].halves:
            assert {key: part.shape[1:] for key, part in half.items()} == shapes
    spec = Comparing(("fans",), ("ridge", *names, "mmoe"), splits=1)
    found = comparison.carry_out(workspace, comparison.ask(workspace, spec))
    assert set(found.methods) == {"ridge", *names}
    (skipped,) = found.metrics["skipped"]
    assert skipped.startswith("Past campaigns, experts alone: it was not learned from past campaigns")
    assert skipped.endswith("python -m lookalike pretrain --network mmoe.")
    scores = [_expanded(workspace, name).ranking.candidates["score"] for name in names]
    assert len({one.tobytes() for one in scores}) == len(names)
    with pytest.raises(BadInput, match="no network 'mmoe', only metaheac, metaheac_without_critics"):
        _expanded(workspace, "mmoe")


def test_what_cannot_be_asked_is_told(workspace):
    with pytest.raises(NotFound, match="no network 'metahec'"):
        pretraining.ask(workspace, Spec(networks=("metahec",)))
    with pytest.raises(BadInput, match="No network was chosen"):
        pretraining.ask(workspace, Spec(networks=()))
    run = pretraining.ask(workspace, Spec(leave_out=("item:no",)))
    with pytest.raises(NotFound, match="no past campaign 'item:no'"):
        pretraining.carry_out(workspace, run)
    assert runs.get(workspace, run).status == "failed"
    done = pretraining.ask(workspace)
    pretraining.carry_out(workspace, done)
    with pytest.raises(BadInput, match="not one that stopped"):
        pretraining.go_on(workspace, done)


def test_a_spec_survives_its_run(workspace):
    spec = Spec(("mmoe",), ("list:few", "item:i01"), 1, 7)
    kept = Spec.from_json(runs.get(workspace, pretraining.ask(workspace, spec)).spec)
    assert kept == replace(spec, leave_out=("item:i01", "list:few"))
