"""The templates keep what they promise."""

from __future__ import annotations

import pytest

from lookalike.errors import NotFound
from lookalike.export import TEMPLATES, template
from lookalike.export.accounts import Account, wanted, warnings

PLATFORMS = [one for one in TEMPLATES.values() if one.platform]


def test_the_agreed_columns_are_there():
    headers = {key: ",".join(c.header for c in one.columns) for key, one in TEMPLATES.items()}
    assert headers["meta"] == "email,phone,madid,fn,ln,ct,st,country,uid"
    assert headers["google"] == "Email,Phone,First Name,Last Name,Country,Zip"
    assert headers["tiktok"] == "Email_SHA256,Phone_SHA256,MAID_SHA256"
    assert headers["csv"] == headers["parquet"] == "user_id,score,rank,percentile,tier"


@pytest.mark.parametrize("one", PLATFORMS, ids=lambda one: one.key)
def test_a_platforms_format_has_a_source_and_a_date(one):
    assert one.source.startswith("https://")
    assert " " not in one.source
    assert one.minimum > 0
    assert one.minimum_source.startswith("https://")
    assert one.dated
    assert one.identifiers
    assert {field for group in one.identifiers for field in group} <= set(one.fields)


def test_no_plain_column_can_hold_a_phone_number_or_an_email():
    plain = [c for one in TEMPLATES.values() for c in one.columns if c.form and not c.hashed]
    assert {c.field for c in plain} == {"madid", "first_name", "last_name", "country", "zip"}
    assert all(c.free_text for c in plain if c.form == "name_plain")


def test_columns_say_how_they_are_written():
    email, *_, uid = TEMPLATES["meta"].columns
    assert email.about() == "lower case, no spaces around it; SHA-256"
    assert uid.about() == "verbatim"
    assert TEMPLATES["linkedin"].columns[3].about() == "empty"


def test_an_unknown_template_is_named():
    with pytest.raises(NotFound, match=r"no export template 'mata'\. Did you mean 'meta'"):
        template("mata")


def test_what_a_platform_matches_by_is_said():
    assert wanted(TEMPLATES["snap"]) == "an e-mail address"
    assert wanted(TEMPLATES["google"]) == (
        "an e-mail address, a phone number or a full name with a country and a zip code"
    )
    assert wanted(TEMPLATES["linkedin"]) == (
        "an e-mail address, a first name and a last name or an advertising id"
    )


@pytest.mark.parametrize(
    ("rows", "size", "says"),
    [
        (300_001, 1, "LinkedIn takes at most 300,000 rows; this file has 300,001"),
        (300_000, 20_500_000, "LinkedIn takes files of at most 20 MB; this one has 20.5"),
    ],
)
def test_a_platforms_limits_are_warned_of(rows, size, says):
    account = Account(rows, rows, {}, {}, {}, {})
    held = dict.fromkeys(TEMPLATES["linkedin"].fields, "x")
    (said,) = warnings(TEMPLATES["linkedin"], account, size, held)
    assert said.startswith(says)
