"""What a stranger may fetch, path by path; the app behind the gate only says that it was asked."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.access import Passes, Role, Visitor
from lookalike.gate import NEXT, OPEN, Gate, cookies_of

KNOWN = "_streamlit_user=signed; x=1"
HOUR = 3_600


def passes(role=Role.ANALYST):
    made = Passes()
    made.admit({"_streamlit_user": "signed"}, Visitor("a@x.org", role), time.time() + HOUR)
    return made


def ask(
    path, cookie="", *, role=Role.ANALYST, query=b"", kind="http", closed=True, base="", location=""
):
    """Return the status (0 for a closed socket) and headers of the answer, and what it says."""
    sent = []

    async def app(scope, receive, send):
        status = 302 if location else 200
        headers = [(b"location", location.encode())] if location else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"served"})

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", cookie.encode("latin-1"))] if cookie else []
    scope = {"type": kind, "path": path, "query_string": query, "headers": headers}
    gate = Gate(app, passes(role), lambda: closed, lambda: base)
    asyncio.run(gate(scope, None, send))
    if sent[0]["type"] == "websocket.close":
        return 0, [], sent[0]["reason"].encode()
    return sent[0]["status"], sent[0]["headers"], sent[1]["body"]


INSIDE = [
    "/media/0a.csv", "/media/0a.png", "/_stcore/metrics", "/_stcore/upload_file/s/f",
    "/_stcore/script-health-check", "/_stcore/agent", "/app/static/a.csv", "/component/a/b",
    "/expand/media/0a.csv", "/a/b", "//media/0a.csv", "/media/../media/0a.csv", "/%6dedia/0a.csv",
    "/_stcore/health/../../media/0a.csv", "/static/\n/media/a",
]  # fmt: skip
SHELL = [
    "/", "/expand", "/favicon.png", "/static/js/index.js", "/_stcore/health", "/_stcore/host-config",
    "/expand/_stcore/health", "/auth/login", "/auth/logout", "/oauth2callback",
]  # fmt: skip


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.parametrize("cookie", ["", "_streamlit_user=forged", "lookalike_next=/media/0a.csv"])
def test_a_stranger_is_refused(path, cookie):
    status, headers, said = ask(path, cookie)
    assert (status, said) == (401, b"Sign in first.")
    assert (b"cache-control", b"no-store") in headers


@pytest.mark.parametrize("path", SHELL)
def test_a_stranger_gets_the_shell(path):
    assert ask(path)[0] == 200


@pytest.mark.parametrize("path", INSIDE)
def test_somebody_signed_in_is_served(path):
    assert ask(path, KNOWN)[2] == b"served"


@pytest.mark.parametrize("path", INSIDE)
def test_without_sign_in_everybody_is_served(path):
    assert ask(path, closed=False)[2] == b"served"


@given(st.text("/.%_abmedistcorhl\\\0 ", max_size=30))
def test_no_spelling_of_a_download_is_open(text):
    assert not OPEN.fullmatch(f"/media/{text}")
    assert not OPEN.fullmatch(f"/_stcore/upload_file/{text}")


@pytest.mark.parametrize("path", ["/media/0a.csv", "/media/0a.csv.gz", "/_stcore/upload_file/s/f"])
def test_a_viewer_takes_nothing_along_and_brings_nothing(path):
    assert ask(path, KNOWN, role=Role.VIEWER)[0] == 403
    assert ask("/media/0a.png", KNOWN, role=Role.VIEWER)[0] == 200


def test_the_socket_is_where_the_pages_ask_who_is_there():
    assert ask("/_stcore/stream", kind="websocket")[2] == b"served"
    assert ask("/other", kind="websocket")[0] == 200  # no route: the server itself refuses
    assert ask("/media/x", kind="websocket") == (0, [], b"Sign in first.")


def test_below_another_path_the_same_holds():
    assert ask("/tools/media/0a.csv", base="tools")[0] == 401
    assert ask("/tools/expand", base="tools")[0] == 200
    assert ask("/tools", base="/tools/")[0] == 200
    assert ask("/tools/media/0a.csv", KNOWN, base="tools")[0] == 200
    assert ask("/tools/media/0a.csv", KNOWN, base="tools", role=Role.VIEWER)[0] == 403


def set_cookies(headers):
    return [value.decode() for name, value in headers if name == b"set-cookie"]


def test_a_stranger_is_taken_to_the_page_that_they_asked_for():
    _, headers, _ = ask("/expand", query=b"run=ab12&x=1")
    (cookie,) = set_cookies(headers)
    name, _, value = cookie.split(";")[0].partition("=")
    assert name == NEXT
    assert "HttpOnly" in cookie
    _, headers, _ = ask("/oauth2callback", f"{NEXT}={value}", location="/")
    assert [value for name, value in headers if name == b"location"] == [b"/expand?run=ab12&x=1"]
    assert "Max-Age=0" in set_cookies(headers)[0]
    _, headers, _ = ask("/oauth2callback", f"{NEXT}={value}", location="/tools/", base="tools")
    assert [value for name, value in headers if name == b"location"] == [b"/tools/expand?run=ab12&x=1"]


@pytest.mark.parametrize(
    "target",
    [
        "",
        "//evil.org",
        "https://evil.org",
        "/\\evil.org",
        "/a%0d%0aSet-Cookie:%20x=1",
        "/a/b",
        "/%2F%2Fevil.org",
    ],
)  # fmt: skip
def test_nobody_is_taken_elsewhere(target):
    _, headers, _ = ask("/oauth2callback", f"{NEXT}={target}", location="/")
    assert [value for name, value in headers if name == b"location"] == [b"/"]


def test_an_odd_query_is_not_remembered():
    assert set_cookies(ask("/expand", query=b"run=<script>")[1]) == []
    assert set_cookies(ask("/favicon.png")[1]) == []
    assert set_cookies(ask("/expand", KNOWN)[1]) == []


def test_cookies_are_read_as_browsers_send_them():
    scope = {
        "headers": [(b"Cookie", b'a=1; b="two";c; d=x=y'), (b"accept", b"*/*"), (b"cookie", b"e=5")]
    }
    assert cookies_of(scope) == {"a": "1", "b": "two", "d": "x=y", "e": "5"}


def test_other_protocols_pass():
    heard = []

    async def app(scope, receive, send):
        heard.append(scope["type"])

    asyncio.run(Gate(app, Passes(), lambda: True, str)({"type": "lifespan"}, None, None))
    assert heard == ["lifespan"]
