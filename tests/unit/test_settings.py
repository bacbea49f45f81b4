"""Settings from the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.errors import BadInput
from lookalike.settings import Settings


def test_without_variables_the_defaults_hold():
    settings = Settings.from_env({})
    assert settings == Settings()
    assert (settings.workspace, settings.upload_mb, settings.active_days) == (Path("workspace"), 50, 30)
    assert settings.threads == max(1, (os.cpu_count() or 2) - 1)


def test_every_setting_has_its_variable():
    settings = Settings.from_env(
        {
            "LOOKALIKE_WORKSPACE": "~/ws",
            "LOOKALIKE_THREADS": " 3 ",
            "LOOKALIKE_MEMORY_LIMIT": "4GB",
            "LOOKALIKE_UPLOAD_MB": "7",
            "LOOKALIKE_ACTIVE_DAYS": "90",
            "LOOKALIKE_OTHER": "ignored",
        }
    )
    assert settings == Settings(Path.home() / "ws", 3, "4GB", 7, 90)


def test_an_empty_variable_is_an_unset_one():
    assert Settings.from_env({"LOOKALIKE_THREADS": "", "LOOKALIKE_WORKSPACE": "  "}) == Settings()


def test_the_environment_of_the_process_is_the_usual_source(monkeypatch):
    monkeypatch.setenv("LOOKALIKE_ACTIVE_DAYS", "12")
    assert Settings.from_env().active_days == 12


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("THREADS", "many", "LOOKALIKE_THREADS is 'many'; a whole number was expected"),
        ("UPLOAD_MB", "1.5", "LOOKALIKE_UPLOAD_MB is '1.5'; a whole number was expected"),
        ("THREADS", "-1", "LOOKALIKE_THREADS is -1; it must be at least 1"),
        ("ACTIVE_DAYS", "0", "LOOKALIKE_ACTIVE_DAYS is 0; it must be at least 1"),
    ],
)
def test_a_wrong_number_is_named(name, text, says):
    with pytest.raises(BadInput, match=says) as raised:
        Settings.from_env({f"LOOKALIKE_{name}": text})
    assert raised.value.hint == "Unset it to use the default."
