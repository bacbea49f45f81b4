"""Hashes and e-mail addresses are matched for what they are; what several users share names nobody."""

from __future__ import annotations

import hashlib

import pytest

from lookalike import seeds
from tests.unit.worlds import add_users


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def addressed(workspace):
    """Four users; the last two share an address."""
    with workspace.write() as cursor:
        cursor.execute("ALTER TABLE users ADD COLUMN email VARCHAR")
    mails = [" Ann@Example.com ", "bob@example.com", "two@example.com", "TWO@example.com", None]
    add_users(workspace, ["a", "B", "c", "d", "e"], email=mails)
    return workspace


def matched(workspace, ids):
    return seeds.match(workspace, seeds.from_ids(ids), "any")


def test_hashes_of_ids_and_of_addresses_in_any_case(addressed):
    found = matched(addressed, [sha("B").upper(), sha("ann@example.com"), "c", sha("b")])
    assert found.rows.tolist() == [0, 1, 2]
    assert found.report.matched_as == {"user_id": 1, "SHA-256 of user_id": 1, "SHA-256 of e-mail": 1}
    assert "1 by SHA-256 of e-mail" in found.report.how()
    (why,) = found.report.why
    assert (why.kind, why.reason) == ("hash", "SHA-256 hashes, but not of the users' ids or addresses")


def test_plain_addresses_match_whatever_their_capital_letters(addressed):
    found = matched(addressed, ["ANN@example.com", "nobody@example.com"])
    assert found.rows.tolist() == [0]
    assert found.report.matched_as == {"e-mail": 1}
    assert found.report.why[0].reason == "E-mail addresses that no user has"


@pytest.mark.parametrize("given", ["two@example.com", sha("two@example.com")])
def test_an_address_of_several_users_names_none_and_is_counted(addressed, given):
    found = matched(addressed, [given, "c"])
    assert found.rows.tolist() == [2]
    (why,) = found.report.why
    assert (why.kind, why.count, why.given, why.rule) == ("shared", 1, given, "")
    assert found.report.unknown == 1


def test_a_user_and_the_own_address_are_one_seed(addressed):
    report = matched(addressed, ["bob@example.com", "B", sha("B")]).report
    assert (report.rows, report.matched, report.duplicates) == (3, 1, 2)
    assert [(p.line, "line 2" in p.text) for p in report.problems] == [(1, True), (3, True)]


def test_an_attribute_that_holds_hashes_serves_both(workspace):
    with workspace.write() as cursor:
        cursor.execute("ALTER TABLE users ADD COLUMN hashed_email VARCHAR")
    add_users(workspace, ["a", "b"], hashed_email=[sha("ann@example.com").upper(), sha("bob@x.org")])
    found = matched(workspace, [sha("ann@example.com"), "Bob@x.org"])
    assert found.rows.tolist() == [0, 1]
    assert found.report.matched_as == {"hashed e-mail": 1, "e-mail, by its hash": 1}


def test_user_ids_that_are_hashes_match_in_any_case(workspace):
    add_users(workspace, [sha("1"), sha("2").upper()])
    found = matched(workspace, [sha("1").upper(), sha("2"), sha("3")])
    assert found.rows.tolist() == [0, 1]
    # among ids that are hashes, a strange one is just another id
    assert [one.kind for one in found.report.why] == ["unknown"]


def test_without_addresses_the_report_says_so(workspace):
    add_users(workspace, ["a"])
    kinds = {one.kind: one for one in matched(workspace, ["x@y.de", "0" * 32, "f" * 40]).report.why}
    assert kinds["e-mail"].reason == "E-mail addresses, and the workspace has none"
    assert [one.reason for one in matched(workspace, ["0" * 32, "f" * 40]).report.why] == [
        "MD5 hashes",
        "SHA-1 hashes",
    ]
