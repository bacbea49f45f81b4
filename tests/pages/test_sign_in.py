"""Sign-in and roles: what a stranger sees, and what each role is offered and allowed."""

from __future__ import annotations

import time

import pytest
import session
import signing
import streamlit as st

from lookalike import audit, runs, seeds
from lookalike.access import NotAllowed, Role
from lookalike.errors import BadInput
from tests.pages.conftest import button, texts

ADMINISTRATOR, ANALYST, VIEWER = "ann@x.org", "bob@x.org", "cat@x.org"
AUTH = {
    "redirect_uri": "http://localhost/oauth2callback",
    "cookie_secret": "a secret that is long enough for tests",
    "client_id": "c",
    "client_secret": "s",
    "server_metadata_url": "http://localhost:1/.well-known/openid-configuration",
}
PAGES = ["overview", "expand", "lists", "compare", "methods", "plan", "experiment", "data"]


@pytest.fixture
def guarded(monkeypatch):
    """Sign-in is configured; nobody is signed in."""
    monkeypatch.setenv("LOOKALIKE_ADMINISTRATORS", ADMINISTRATOR)
    monkeypatch.setenv("LOOKALIKE_ANALYSTS", ANALYST)
    monkeypatch.setenv("LOOKALIKE_ALLOWED", "@x.org")
    monkeypatch.setenv("LOOKALIKE_PREPARE", "0")
    monkeypatch.setattr(signing, "provider", lambda: AUTH)
    monkeypatch.setattr(signing, "claims", dict)


@pytest.fixture
def as_(guarded, monkeypatch):
    """Be somebody; further claims may follow."""

    def be(email, **claims):
        said = {"is_logged_in": True, "email": email, "iat": int(time.time()), **claims}
        monkeypatch.setattr(signing, "claims", lambda: said)

    return be


def refusal():
    with pytest.raises(NotAllowed) as raised:
        signing.visitor()
    return raised.value


def test_without_sign_in_everybody_is_administrator(folder):
    assert not signing.closed()
    assert signing.visitor().role == Role.ADMINISTRATOR
    assert signing.visitor().name == audit.os_user()


def test_a_stranger_sees_the_sign_in_and_nothing_else(ready, guarded, visit):
    app = visit()
    assert [one.label for one in app.button] == ["Sign in"]
    assert "You are not signed in. Sign in to see the workspace." in texts(app)
    assert not app.metric
    assert not app.error


@pytest.mark.parametrize(
    "variable", ["SIGN_IN=1", "ALLOWED=@x.org", "ANALYSTS=a@x.org", "ADMINISTRATORS=a@x.org"]
)
def test_who_asks_for_sign_in_and_does_not_configure_it_gets_nobody(ready, monkeypatch, visit, variable):
    name, _, value = variable.partition("=")
    monkeypatch.setenv(f"LOOKALIKE_{name}", value)
    app = visit()
    assert "Sign-in is not configured, so nobody gets in." in app.error[0].value
    assert not app.button
    assert not app.metric


def test_settings_that_are_wrong_keep_everybody_out(ready, monkeypatch, visit):
    monkeypatch.setenv("LOOKALIKE_ALLOWED", "everybody")
    app = visit()
    assert "holds 'everybody'; e-mail addresses or domains" in app.error[0].value
    assert not app.metric
    monkeypatch.delenv("LOOKALIKE_ALLOWED")  # the fixtures open the workspace once more


def test_secrets_that_cannot_be_read_keep_everybody_out(tmp_path, monkeypatch):
    (tmp_path / "secrets.toml").write_text("[auth\n")
    monkeypatch.setattr(st, "get_option", lambda _: [str(tmp_path / "secrets.toml")])
    assert signing.closed()
    (tmp_path / "secrets.toml").unlink()
    assert not signing.closed()


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"email": "eve@evil.org"}, "eve@evil.org is not let in here"),
        ({"email": "cat@x.org.evil.org"}, "is not let in here"),
        ({"email": ""}, "did not say your e-mail address"),
        ({"email": None}, "did not say your e-mail address"),
        ({"email": ADMINISTRATOR, "email_verified": False}, f"not verified {ADMINISTRATOR}"),
        ({"email": ADMINISTRATOR, "email_verified": "false"}, f"not verified {ADMINISTRATOR}"),
    ],
)
def test_who_is_signed_in_but_not_let_in_is_told_why(ready, as_, visit, claims, says):
    as_(**claims)
    app = visit()
    assert says in app.error[0].value
    assert [one.label for one in app.button] == ["Sign out"]
    assert not app.metric


@pytest.mark.parametrize("issued", [-13 * 3600, -12 * 3600 - 1, None])
def test_a_sign_in_ends(as_, issued):
    as_(ADMINISTRATOR, iat=None if issued is None else int(time.time()) + issued)
    error = refusal()
    assert isinstance(error, signing.SignedOut)
    assert "ended after 12 hours" in error.message


def test_being_signed_in_is_not_taken_from_the_address_alone(as_):
    as_(ADMINISTRATOR, is_logged_in=False)
    assert isinstance(refusal(), signing.SignedOut)


def test_without_the_package_the_page_says_what_to_install(ready, guarded, monkeypatch, visit):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    app = visit()
    assert "requirements-auth.txt" in app.error[0].value
    assert not app.button


def test_several_providers_have_a_button_each(ready, guarded, monkeypatch, visit):
    named = {"cookie_secret": "x", "google": {"client_id": "a"}, "okta": {"client_id": "b"}}
    monkeypatch.setattr(signing, "provider", lambda: named)
    assert [one.label for one in visit().button] == ["Sign in with Google", "Sign in with Okta"]


def test_the_visitor_is_named_and_noted_once(ready, as_, visit, monkeypatch):
    as_("Ann@X.org")
    monkeypatch.setattr(st, "context", type("Context", (), {"cookies": {"_streamlit_user": "ann's"}}))
    app = visit()
    app.run()
    assert "You are here as administrator." in texts(app)
    noted = [entry for entry in audit.entries(session.store()) if entry.what == "signed in"]
    assert [(entry.who, entry.detail) for entry in noted] == [(ADMINISTRATOR, {"role": "administrator"})]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("email", [VIEWER, ANALYST, ADMINISTRATOR])
def test_everybody_let_in_can_look_at_every_page(ready, as_, visit, page, email):
    as_(email)
    app = visit(page)
    assert app.title
    assert not app.error


def test_a_viewer_changes_nothing_even_where_a_button_is_offered(ready, as_):
    as_(VIEWER)
    fans = seeds.load(session.workspace(), "fans")
    with pytest.raises(NotAllowed, match="may not change anything"):
        seeds.save(session.workspace(), fans, replace=True)
    with pytest.raises(NotAllowed):
        runs.create(session.workspace(), "expand", "x", {})
    assert runs.recent(session.store()) == []
    as_(ANALYST)
    assert session.workspace() is session.store()


@pytest.mark.parametrize(
    ("kind", "least"),
    [("expand", ANALYST), ("compare", ANALYST), ("advise", ANALYST), ("import", ADMINISTRATOR),
     ("embed", ADMINISTRATOR)],
)  # fmt: skip
def test_work_is_started_by_those_who_may(ready, as_, kind, least):
    order = [VIEWER, ANALYST, ADMINISTRATOR]
    for email in order:
        as_(email)
        run = runs.create(session.store(), kind, "x", {})
        if order.index(email) < order.index(least):
            with pytest.raises(NotAllowed):
                session.start(run, lambda *_: None)
            assert runs.get(session.store(), run).status == "cancelled"
            assert session.trainer().get(run) is None
            with pytest.raises(NotAllowed):
                session.cancel(runs.get(session.store(), run))
        else:
            session.start(run, lambda *_: None)
            assert session.trainer().get(run)
    started = [one.who for one in audit.entries(session.store()) if one.what == "run started"]
    assert started[::-1] == order[order.index(least) :]


def test_too_many_runs_are_not_taken_on(ready, as_, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_QUEUE", "3")
    monkeypatch.setenv("LOOKALIKE_RUNS_EACH", "2")
    stop = []

    def wait(*_):
        while not stop:
            time.sleep(0.01)

    def ask():
        run = runs.create(session.store(), "expand", "x", {})
        session.start(run, wait)

    try:
        as_(ANALYST)
        ask()
        ask()
        with pytest.raises(BadInput, match="2 runs of your own wait or run already"):
            ask()
        as_(ADMINISTRATOR)
        ask()
        ask()
        as_("dan@x.org")
        monkeypatch.setenv("LOOKALIKE_ANALYSTS", "dan@x.org")
        with pytest.raises(BadInput, match="3 runs wait already; more than 3 are not taken on"):
            ask()
    finally:
        stop.append(True)


def test_who_could_get_in_is_noted_when_the_server_starts(ready, guarded):
    (entry,) = audit.entries(session.store())
    assert (entry.who, entry.what) == (audit.os_user(), "server started")
    assert entry.detail == {
        "sign-in": "needed", "hours": 12, "allowed": "@x.org", "analysts": ANALYST,
        "administrators": ADMINISTRATOR,
    }  # fmt: skip


def test_administrators_see_who_did_what_and_back_up(ready, as_, visit):
    as_(ADMINISTRATOR)
    audit.record(session.store(), ANALYST, "run started", {"run": "ab12"})
    app = visit("data")
    assert [one.label for one in app.expander][-2:] == ["Who did what", "Back up the workspace"]
    button(app, "Back up").click().run()
    assert "Copy it to another disk" in app.success[0].value
    (path,) = (ready / "backups").iterdir()
    assert path.suffix == ".zip"
    assert audit.entries(session.store())[0].what == "backed up"
    for email in (ANALYST, VIEWER):
        as_(email)
        assert "Who did what" not in [one.label for one in visit("data").expander]
