"""How much each view counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.methods.blending import (
    TEMPERATURES,
    TILTS,
    headline,
    logits,
    shares_alone,
    shares_with,
    softened,
)
from lookalike.past import PastLists

RIVALS = [[0], [1, 2], [3]]


def past(recall, own=None, blended=None, network=None, sizes=None):
    recall = np.asarray(recall, float)
    lists = len(recall)
    flat = np.zeros((lists, len(TEMPERATURES), len(TILTS)))
    return PastLists(
        snapshot=1,
        views=tuple("abcd"),
        hats={},
        sizes=np.full(lists, 50.0) if sizes is None else np.asarray(sizes, float),
        held=np.full(lists, 20.0),
        recall=recall,
        own=recall if own is None else np.asarray(own, float),
        blended=flat if blended is None else blended,
        temperatures=TEMPERATURES,
        network=np.full(lists, np.nan) if network is None else np.asarray(network, float),
        members=np.arange(lists, dtype=np.int32),
        ends=np.arange(1, lists + 1),
    )


def _nobody(known):
    return np.zeros(len(known), bool)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.integers(3, 5000), st.booleans())
def test_shares_sum_to_one_and_rivals_leave_one(own, size, network):
    known = past(np.tile([0.3, 0.2, 0.4, 0.1], (6, 1)))
    for shares in (
        shares_with(np.array(own), size, RIVALS, known, _nobody(known), network=network),
        shares_alone(np.array(own), size, RIVALS, network=network),
    ):
        assert shares.views.sum() + shares.network == pytest.approx(1)
        assert np.count_nonzero(shares.views[[1, 2]]) <= 1
        assert (shares.network > 0) == network


def test_short_lists_follow_the_past_and_long_ones_themselves():
    known = past(np.tile([0.5, 0.1, 0.1, 0.1], (6, 1)), own=np.full((6, 4), 0.2))
    seeds_say = np.array([0.1, 0.1, 0.1, 0.8])
    short = shares_with(seeds_say, 3, RIVALS, known, _nobody(known))
    long = shares_with(seeds_say, 5000, RIVALS, known, _nobody(known))
    assert short.views.argmax() == 0
    assert long.views.argmax() == 3


def test_a_view_that_always_looks_better_from_inside_gains_nothing_by_it():
    known = past(np.full((6, 4), 0.3), own=np.tile([0.3, 0.3, 0.3, 0.6], (6, 1)))
    shares = shares_with(np.array([0.3, 0.3, 0.3, 0.6]), 5000, RIVALS, known, _nobody(known))
    np.testing.assert_allclose(shares.views[[0, 3]], 1 / 3)


def test_lists_of_like_size_speak_and_the_list_itself_does_not():
    recall = [[0.1, 0.1, 0.1, 0.5]] * 3 + [[0.5, 0.1, 0.1, 0.1]] * 3
    known = past(recall, sizes=[10] * 3 + [1000] * 3)
    own = np.full(4, 0.2)
    assert shares_with(own, 10, RIVALS, known, _nobody(known)).views.argmax() == 3
    assert shares_with(own, 1000, RIVALS, known, _nobody(known)).views.argmax() == 0
    small = np.arange(6) < 3
    assert shares_with(own, 10, RIVALS, known, small).views.argmax() == 0


def test_temperature_and_tilt_are_those_that_did_best():
    blended = np.full((4, len(TEMPERATURES), len(TILTS)), 0.2)
    blended[:, 0, 0] = 0.4
    known = past(np.tile([0.4, 0.3, 0.3, 0.2], (4, 1)), blended=blended)
    sharp = shares_with(known.own[0], 50, RIVALS, known, _nobody(known))
    assert sharp.tilt == pytest.approx(TILTS[0], abs=1e-3)
    np.testing.assert_allclose(
        sharp.views[[0, 1, 3]], softened(np.array([0.4, 0.3, 0.2]), 0.4, TEMPERATURES[0]), atol=1e-3
    )


def test_temperatures_are_those_that_were_tried():
    """Past lists from before there were others go on to serve."""
    former = (0.1, 0.4)
    blended = np.full((4, len(former), len(TILTS)), 0.2)
    blended[:, 1] = 0.4
    known = past(np.tile([0.4, 0.3, 0.3, 0.2], (4, 1)), blended=blended)
    known = replace(known, temperatures=former)
    shares = shares_with(known.own[0], 50, RIVALS, known, _nobody(known))
    np.testing.assert_allclose(
        shares.views[[0, 1, 3]], softened(np.array([0.4, 0.3, 0.2]), 0.4, former[1]), atol=1e-3
    )


@pytest.mark.parametrize(("gap", "more"), [(0.2, True), (-0.2, False)])
def test_the_network_counts_by_how_it_did(gap, more):
    known = past(np.full((6, 4), 0.3), network=[0.3 + gap, np.nan] * 3)
    shares = shares_with(np.full(4, 0.3), 50, RIVALS, known, _nobody(known), network=True)
    assert (shares.network > 0.25) == more


def test_without_a_past_few_seeds_count_the_views_alike():
    own = np.array([0.6, 0.1, 0.1, 0.1])
    few, many = (shares_alone(own, size, RIVALS).views for size in (3, 3000))
    assert few[0] < 0.45
    assert many[0] > 0.9
    assert shares_alone(own, 3, RIVALS).tilt == pytest.approx(0.1)
    assert shares_alone(own, 10**5, RIVALS).tilt == pytest.approx(-0.18)


def test_logits_are_symmetric_and_rise():
    found = logits(np.arange(9) + 0.5, 9)
    np.testing.assert_allclose(found, -found[::-1], atol=1e-12)
    assert (np.diff(found) > 0).all()
    assert logits(np.array([0.0]), 9) < found[0]
    assert np.isfinite(logits(np.array([0.0, 9.0]), 9)).all()


def test_headline_equals_counting():
    rng = np.random.default_rng(0)
    above = rng.integers(0, 1000, 50)
    counted = np.mean([sum(one < top for one in above) / 50 for top in (10, 20, 50, 100)])
    assert headline(above, 1000) == pytest.approx(counted)
