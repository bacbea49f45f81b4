"""Factorisation machines against the sum over all pairs, and what they learn."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.methods.machines import FieldRecipe, Machines, Sample, log_odds, train

FIELDS, FEATURES, USERS = 2, 6, 4
RECIPE = FieldRecipe(factors=3, hidden=5, nets=2, start=1.0, unseen=0.0)


def _machines(seed, recipe=RECIPE):
    chance = torch.Generator().manual_seed(seed)
    made = Machines.started(FEATURES, FIELDS, recipe, chance)
    return replace(
        made,
        linear=torch.randn(FEATURES, recipe.nets, generator=chance),
        bias=torch.randn(recipe.nets, 1, 1, generator=chance),
    )


def _rows(seed):
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(USERS * FIELDS, FEATURES))
    cells *= rng.random(cells.shape) < 0.6
    cells[::FIELDS, 3:] = 0  # three features of each field
    cells[1::FIELDS, :3] = 0
    return cells.astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_it_is_the_double_loop_over_pairs_and_a_network_of_the_fields(seed):
    machines, cells = _machines(seed), _rows(seed)
    found = log_odds(machines, sp.csr_matrix(cells), FIELDS).numpy()
    linear, embeddings, inner, inner_bias, outer, bias = (
        part.double().numpy() for part in machines.parts()
    )
    embeddings = embeddings.reshape(FEATURES, RECIPE.nets, RECIPE.factors)
    for net, user in np.ndindex(RECIPE.nets, USERS):
        by_field = cells[user * FIELDS : (user + 1) * FIELDS].astype(float)
        own, vectors = by_field.sum(axis=0), embeddings[:, net]
        pairs = sum(
            vectors[i] @ vectors[j] * own[i] * own[j] for i, j in itertools.combinations(range(6), 2)
        )
        hidden = np.maximum((by_field @ vectors).ravel() @ inner[net] + inner_bias[net, 0], 0)
        expected = own @ linear[:, net] + pairs + hidden @ outer[net, :, 0] + bias[net, 0, 0]
        assert found[net, user] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_the_slope_is_that_of_small_steps():
    machines, rows = _machines(7), sp.csr_matrix(_rows(7))
    parts = [part.double().requires_grad_() for part in machines.parts()]
    slopes = torch.autograd.grad(log_odds(Machines(*parts), rows, FIELDS).sum(), parts)
    chance, step = torch.Generator().manual_seed(1), 1e-6
    for place, (part, slope) in enumerate(zip(parts, slopes, strict=True)):
        aside = torch.randn(part.shape, generator=chance, dtype=torch.float64)
        values = []
        for sign in (1, -1):
            moved = [one.detach() for one in parts]
            moved[place] = moved[place] + sign * step * aside
            values.append(float(log_odds(Machines(*moved), rows, FIELDS).sum()))
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(
            float((slope * aside).sum()), rel=1e-4, abs=1e-6
        )


def _either_or():
    """Users of two attributes of two values each; wanted are those of whom one and only one holds."""
    both = np.array(list(itertools.product((0, 1), (0, 1))) * 150)
    lines = np.zeros((len(both), 2, 4), np.float32)
    for field in (0, 1):
        lines[np.arange(len(both)), field, 2 * field + both[:, field]] = 1
    labels = torch.from_numpy((both[:, 0] != both[:, 1]).astype(np.float32))
    rows = sp.csr_matrix(lines.reshape(-1, 4))
    return Sample(rows, 2, labels, torch.ones(len(labels)))


@pytest.mark.parametrize("hidden", [1, 16])
def test_what_only_two_facts_together_say_is_learned(hidden):
    recipe = replace(
        RECIPE, hidden=hidden, dropout=0.0, epochs=40, learning_rate=0.03, table_rate=0.03, start=0.1
    )
    sample, heard = _either_or(), []
    made = train(sample, recipe, 0, lambda epoch, loss: heard.append((epoch, loss)))
    found = log_odds(made, sample.rows, 2).mean(dim=0)
    assert ((found > 0) == (sample.labels > 0)).all()
    assert [epoch for epoch, _ in heard] == list(range(1, 41))
    assert heard[0][1] == pytest.approx(np.log(2), abs=0.1)
    assert heard[-1][1] < 0.3
    # neither says anything alone
    assert made.linear.mean(dim=1).abs().max() < found.abs().min() / 2


def test_the_same_seed_gives_the_same_machines_another_one_others():
    recipe = replace(RECIPE, epochs=2, unseen=0.2)
    one, again, other = (train(_either_or(), recipe, seed, lambda *_: None) for seed in (1, 1, 2))
    assert all(map(torch.equal, one.parts(), again.parts()))
    assert not torch.equal(one.embeddings, other.embeddings)


def test_who_weighs_nothing_teaches_nothing():
    sample = _either_or()
    doubled = sp.vstack([sample.rows, sample.rows], format="csr")
    labels = torch.cat([sample.labels, 1 - sample.labels])
    importance = torch.cat([2 * sample.importance, 0 * sample.importance])
    recipe = replace(RECIPE, dropout=0.0, epochs=40, learning_rate=0.03, table_rate=0.03, start=0.1)
    made = train(Sample(doubled, 2, labels, importance), recipe, 0, lambda *_: None)
    assert ((log_odds(made, sample.rows, 2).mean(dim=0) > 0) == (sample.labels > 0)).all()
