"""The gate before the web server: what a stranger may fetch, and everything else they may not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote, unquote

from lookalike.access import Passes, Role

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Served = Callable[[Scope, Receive, Send], Awaitable[None]]

# the shell of the app, which holds nothing of the workspace; the way to the provider and back; and
# the socket, on which the pages themselves ask who is there
OPEN = re.compile(
    r"/(?:[\w.-]*|static/.*|(?:[\w-]+/)?_stcore/(?:health|host-config)|_stcore/stream"
    r"|auth/(?:login|logout))"
)
PAGE = re.compile(r"/[\w-]*")
TARGET = re.compile(r"/[\w-]*(?:\?[\w=&.%+-]*)?")  # of this app: neither a host nor a fragment
PICTURE = re.compile(r"/media/[\w.-]+\.(?:png|svg|ico)")
KEEPING = ("/media/", "/_stcore/upload_file/")
CALLBACK = "/oauth2callback"
NEXT = "lookalike_next"
NEXT_SECONDS = 600


class Gate:
    """ASGI middleware: while sign-in is configured, a stranger gets no further than the shell.

    Who somebody is, the pages find out (they are given the verified identity) and note in `passes`;
    a request whose cookies are not noted there is a stranger's. A stranger who asks for a page is
    taken there after signing in.
    """

    def __init__(
        self, app: Served, passes: Passes, closed: Callable[[], bool], base: Callable[[], str]
    ) -> None:
        """Stand before an app.

        Args:
            app: What is served.
            passes: Whose cookies were checked.
            closed: Whether strangers are kept out.
            base: The path below which the app is served; empty for the root.
        """
        self._app = app
        self._passes = passes
        self._closed = closed
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] not in ("http", "websocket") or not self._closed():
            await self._app(scope, receive, send)
            return
        base = self._base().strip("/")
        path = str(scope["path"])
        if base and (path == f"/{base}" or path.startswith(f"/{base}/")):
            path = path.removeprefix(f"/{base}") or "/"
        cookies = cookies_of(scope)
        visitor = self._passes.holder(cookies)
        if path == CALLBACK:
            await self._app(scope, receive, _onwards(send, cookies.get(NEXT, ""), base))
        elif visitor is None and not OPEN.fullmatch(path):
            await _refuse(scope, send, 401, "Sign in first.")
        elif visitor is not None and visitor.role < Role.ANALYST and _in_or_out(path):
            await _refuse(scope, send, 403, "Your role does not reach to uploads and downloads.")
        elif visitor is None and scope["type"] == "http" and PAGE.fullmatch(path):
            await self._app(scope, receive, _remembering(send, scope, path))
        else:
            await self._app(scope, receive, send)


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request by name."""
    found = {}
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, equals, text = part.partition("=")
                if equals:
                    found[key.strip()] = text.strip().strip('"')
    return found


def _in_or_out(path: str) -> bool:
    """Whether a path is of an upload or a file to keep, rather than of a picture on a page."""
    return path.startswith(KEEPING) and not PICTURE.fullmatch(path)


def _remembering(send: Send, scope: Scope, path: str) -> Send:
    """Let the answer to a stranger say where to go after signing in."""
    query = scope.get("query_string", b"").decode("latin-1")
    target = f"{path}?{query}" if query else path

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and TARGET.fullmatch(target):
            cookie = f"{NEXT}={quote(target)}; Path=/; HttpOnly; SameSite=lax; Max-Age={NEXT_SECONDS}"
            message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode("latin-1"))]
        await send(message)

    return sent


def _onwards(send: Send, remembered: str, base: str) -> Send:
    """Let the way back from the provider lead to the page that was asked for."""
    target = unquote(remembered)

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
            headers = [*message.get("headers", ())]
            if target and TARGET.fullmatch(target):
                whole = f"/{base}{target}" if base else target
                headers = [pair for pair in headers if pair[0].lower() != b"location"]
                headers.append((b"location", whole.encode("latin-1")))
            headers.append((b"set-cookie", f"{NEXT}=; Path=/; Max-Age=0".encode("latin-1")))
            message["headers"] = headers
        await send(message)

    return sent


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": text})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
