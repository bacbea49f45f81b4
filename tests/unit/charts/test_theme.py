from __future__ import annotations

import numpy as np

from lookalike import charts


def test_the_axis_of_a_training_is_as_long_as_the_training():
    figure = charts.loss_curve([0.7, 0.6], epochs=20)
    assert list(figure.data[0].x) == [1, 2]
    assert tuple(figure.layout.xaxis.range) == (0.5, 20.5)


def test_before_the_first_epoch_there_are_words_and_no_axes():
    figure = charts.loss_curve([], epochs=20)
    assert not figure.data
    assert figure.layout.xaxis.visible is False
    assert "as soon as" in figure.layout.annotations[0].text


def test_every_seed_is_in_the_histogram():
    weights = np.linspace(0.1, 3, 57)
    assert len(charts.weights_histogram(weights).data[0].x) == 57
