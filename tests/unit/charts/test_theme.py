from __future__ import annotations

import numpy as np

from lookalike import charts


def test_the_axis_of_a_training_is_as_long_as_the_training():
    figure = charts.loss_curve([0.7, 0.6], epochs=20)
    assert list(figure.data[0].x) == [1, 2]
    assert tuple(figure.layout.xaxis.range) == (0.5, 20.5)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Epoch", "Training loss")


def test_a_loss_may_stand_for_several_rounds_and_be_of_something_else():
    figure = charts.loss_curve([0.7, 0.6], epochs=50, of="Loss on some", by="Round", each=25)
    assert list(figure.data[0].x) == [25, 50]
    assert tuple(figure.layout.xaxis.range) == (12.5, 62.5)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Round", "Loss on some")
    assert figure.data[0].hovertemplate.startswith("round ")


def test_before_the_first_epoch_there_are_words_and_no_axes():
    figure = charts.loss_curve([], epochs=20)
    assert not figure.data
    assert figure.layout.xaxis.visible is False
    assert "as soon as" in figure.layout.annotations[0].text


def test_every_seed_is_in_the_histogram():
    weights = np.linspace(0.1, 3, 57)
    assert len(charts.weights_histogram(weights).data[0].x) == 57
