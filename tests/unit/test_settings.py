"""Settings from the environment."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from lookalike.errors import BadInput
from lookalike.settings import PEOPLE, POSITIVE, SWITCHES, Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "running.md"


def test_without_variables_the_defaults_hold():
    settings = Settings.from_env({})
    assert settings == Settings()
    assert (settings.workspace, settings.upload_mb, settings.active_days) == (Path("workspace"), 50, 30)
    assert settings.threads == max(1, (os.cpu_count() or 2) - 1)


def test_every_setting_has_its_variable():
    given = {
        "workspace": ("~/ws", Path.home() / "ws"),
        "threads": (" 3 ", 3),
        "memory_limit": ("4GB", "4GB"),
        "log_level": ("Warning", "warning"),
        "log_format": ("JSON", "json"),
        **{name: ("7", 7) for name in POSITIVE if name != "threads"},
        **dict.fromkeys(SWITCHES, ("1", 1)),
        **dict.fromkeys(PEOPLE, (" Ann@x.org,@Example.com, ", ("ann@x.org", "@example.com"))),
    }
    assert set(given) == {field.name for field in fields(Settings)}
    settings = Settings.from_env(
        {f"LOOKALIKE_{name.upper()}": text for name, (text, _) in given.items()}
    )
    assert {name: getattr(settings, name) for name in given} == {
        name: value for name, (_, value) in given.items()
    }


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
        ("QUEUE", "0", "LOOKALIKE_QUEUE is 0; it must be at least 1"),
        ("SIGN_IN", "yes", "LOOKALIKE_SIGN_IN is 'yes'; a whole number was expected"),
        ("SIGN_IN", "2", "LOOKALIKE_SIGN_IN is 2; it must be 0 or 1"),
        ("LOG_LEVEL", "loud", "LOOKALIKE_LOG_LEVEL is 'loud'; it must be one of debug, info"),
        ("LOG_FORMAT", "xml", "LOOKALIKE_LOG_FORMAT is 'xml'; it must be one of text, json"),
    ],
)
def test_a_wrong_value_is_named(name, text, says):
    with pytest.raises(BadInput, match=says) as raised:
        Settings.from_env({f"LOOKALIKE_{name}": text})
    assert raised.value.hint == "Unset it to use the default."


@pytest.mark.parametrize("limit", ["lots", "4 horses", "GB", "50%", "9999999TB"])
def test_a_memory_limit_that_is_none_is_said(limit):
    with pytest.raises(BadInput, match=f"LOOKALIKE_MEMORY_LIMIT is '{limit}'; a size") as raised:
        Settings(memory_limit=limit)
    assert "4GB" in raised.value.hint


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("who", ["ann", "example.com", "a b@x.org", "ann@", "@@x.org"])
def test_people_are_addresses_or_domains(name, who):
    with pytest.raises(BadInput, match=f"LOOKALIKE_{name.upper()} holds '{who}'"):
        Settings.from_env({f"LOOKALIKE_{name.upper()}": f"@fine.org,{who}"})


def test_everybody_may_be_let_in_but_not_made_administrator():
    assert Settings(allowed=("*",)).allowed == ("*",)
    for name in ("analysts", "administrators"):
        with pytest.raises(BadInput):
            Settings(**{name: ("*",)})


def test_a_limit_refuses_what_is_above_it():
    settings = Settings(seed_rows=1_000)
    settings.check("seed_rows", 1_000, "The list has 1,000 rows")
    with pytest.raises(BadInput) as raised:
        settings.check("seed_rows", 1_001, "The list has 1,001 rows")
    assert raised.value.message == "The list has 1,001 rows; at most 1,000 are allowed here."
    assert raised.value.hint == "An administrator can raise LOOKALIKE_SEED_ROWS."


def test_every_setting_is_documented_with_its_default():
    text = DOCUMENT.read_text("utf-8")
    shown = {
        "threads": "one less than cores",
        "workspace": "`workspace`",
        "memory_limit": "a third of the memory",
    }
    for field in fields(Settings):
        start = f"| `LOOKALIKE_{field.name.upper()}` |"
        (line,) = [one for one in text.splitlines() if one.startswith(start)]
        default = shown.get(field.name, f"{field.default:,}" if isinstance(field.default, int) else "")
        default = default or field.default or "none"
        assert f"| {default} |" in line, line
