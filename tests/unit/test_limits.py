"""Each limit of the settings refuses where it bites, in a sentence that names it."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from lookalike import expansion, seeds, uploads
from lookalike.api import Workspace
from lookalike.errors import BadInput
from lookalike.settings import Settings

from .worlds import add_users, add_vectors


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A workspace of 40 users that allows lists of 20 rows and audiences of 5 users."""
    monkeypatch.setattr(expansion, "BESIDE", (), raising=False)
    limits = Settings(threads=1, seed_rows=20, audience_users=5, upload_days=3)
    with Workspace.open(tmp_path / "ws", create=True, settings=limits) as workspace:
        add_users(workspace, [f"u{row:02d}" for row in range(40)])
        add_vectors(workspace, np.random.default_rng(0).normal(size=(40, 3)))
        yield workspace


def test_a_seed_list_that_is_too_long_is_refused(small):
    ids = [f"u{row:02d}" for row in range(20)]
    assert seeds.match(small, seeds.from_ids(ids), "fits").report.matched == 20
    with pytest.raises(BadInput) as raised:
        seeds.match(small, seeds.from_ids([*ids, "u20"]), "too long")
    assert raised.value.message == "The list has 21 rows; at most 20 are allowed here."
    assert "LOOKALIKE_SEED_ROWS" in raised.value.hint


def test_an_audience_that_is_too_large_is_not_written(small, tmp_path):
    run = small.expand([f"u{row:02d}" for row in range(12)], method="centroid")
    assert run.audience(5).to_csv(tmp_path / "fits.csv")
    with pytest.raises(BadInput) as raised:
        run.audience(6).to_csv(tmp_path / "large.csv")
    assert raised.value.message == "The audience has 6 users; at most 5 are allowed here."
    assert "LOOKALIKE_AUDIENCE_USERS" in raised.value.hint
    assert not (tmp_path / "large.csv").exists()


def test_uploads_are_kept_as_long_as_the_settings_say(small):
    old, fresh = (uploads.keep(small, "a.csv", b"x") for _ in "ab")
    for path, days in ((old, 3.1), (fresh, 2.9)):
        moment = time.time() - days * 86_400
        os.utime(path, (moment, moment))
    uploads.sweep(small, ())
    assert (old.exists(), fresh.exists()) == (False, True)
