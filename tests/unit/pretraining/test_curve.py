"""The curve of learning from past campaigns says what it is of."""

from __future__ import annotations

import pytest

from lookalike import pretraining, runs
from lookalike.errors import NotFound
from lookalike.pretraining import Spec


@pytest.mark.parametrize(
    ("networks", "of"),
    [
        (("metaheac", "mmoe"), "Loss on held-back users"),
        (("mmoe",), "Loss on the campaigns' users"),
    ],
)
def test_a_curve_is_of_its_first_network_by_round(workspace, networks, of):
    run = pretraining.ask(workspace, Spec(networks))
    runs.keep_epochs(workspace, run, [0.7, 0.5, 0.42])
    found = pretraining.curve(workspace, run)
    assert found.sentence() == f"{of} by round: from 0.70 to 0.42"
    figure = found.figure()
    assert list(figure.data[0].x) == [25, 50, 75]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Round", of)
    assert ("held back" in found.about()) == (networks[0] == "metaheac")


def test_a_run_that_learned_nothing_has_no_curve(workspace):
    assert pretraining.curve(workspace, pretraining.ask(workspace)).losses == ()
    with pytest.raises(NotFound):
        pretraining.curve(workspace, "nowhere")
