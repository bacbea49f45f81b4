"""What methods cost, from runs whose seconds are made up."""

from __future__ import annotations

from lookalike import runs
from lookalike.training_cost import Cost, measured


def _finished(workspace, kind, spec, metrics):
    runs.finish(workspace, runs.create(workspace, kind, "made up", spec), metrics)


def test_trainings_of_expansions_count_and_so_does_what_is_done_once(workspace):
    for seconds in (1.0, 3.0, 8.0):
        _finished(workspace, "expand", {"method": "auto"}, {"seconds": {"train": seconds}})
    _finished(workspace, "expand", {"method": "metaheac"}, {"seconds": {"train": 0.5}})
    _finished(workspace, "expand", {"method": "ridge"}, {"seconds": {"train": 0.1}})
    _finished(workspace, "prepare", {"snapshot": 1}, {"lists": 40, "seconds": 50.0})
    _finished(workspace, "prepare", {"snapshot": 1}, {"lists": 40, "seconds": 0.0})  # there already
    _finished(workspace, "pretrain", {"networks": ["mmoe"]}, {"seconds": 7.0})
    _finished(workspace, "pretrain", {"networks": ["metaheac"]}, {"seconds": 7.0, "resumed": True})
    found = measured(workspace, {"ridge": [0.3]})
    assert found["auto"] == Cost(3, 3.0, 1.0, 8.0, 50.0)
    assert found["metaheac"].once is None  # of another network, or a part
    _finished(workspace, "pretrain", {"networks": ["metaheac"]}, {"seconds": 70.0, "resumed": False})
    assert measured(workspace, {})["metaheac"].once == 70.0
    assert found["ridge"] == Cost(2, 0.2, 0.1, 0.3, None)


def test_what_it_takes_in_words():
    once = " Once for all lists: 2 min."
    spread = "Training on a list takes 0.9 s (under 0.1 s to 12 s, 6 trainings here)."
    assert Cost(6, 0.94, 0.04, 12.4, 130.0).sentence() == spread + once
    assert Cost(1, 2.0, 2.0, 2.0).sentence() == "Training on a list takes 2.0 s (1 training here)."
