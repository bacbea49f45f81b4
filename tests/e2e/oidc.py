"""A small OpenID Connect provider on this machine, in a process of its own.

It knows everybody: whoever types an address at its page is vouched for, and one that begins with
"late" as signed in two hours ago. Run it as `python -m tests.e2e.oidc PORT`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.e2e.server import ROOT, free_port

CLIENT, SECRET = "workbench", "a secret between the workbench and the provider"
COOKIE_SECRET = "a secret of forty-two characters for cookies"  # noqa: S105 - of a test
FORM = """<!doctype html><title>Provider</title><form action="/agreed">
<label>E-mail <input name="email" type="email"></label>
<input type="hidden" name="asked" value="{asked}"><button>Go on</button></form>"""


@dataclass(frozen=True, slots=True)
class Provider:
    """A running provider and its address."""

    url: str

    def write_secrets(self, path: Path, app: str) -> Path:
        """Write the secrets that let the app at an address sign people in here."""
        path.write_text(
            "[auth]\n"
            f'redirect_uri = "{app}/oauth2callback"\n'
            f'cookie_secret = "{COOKIE_SECRET}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{self.url}/.well-known/openid-configuration"\n',
            "utf-8",
        )
        return path


@contextmanager
def providing() -> Iterator[Provider]:
    """Start a provider, and stop it afterwards."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.oidc", str(port)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield Provider(f"http://localhost:{port}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _serve(port: int) -> None:
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    url = f"http://localhost:{port}"
    key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
    codes: dict[str, dict[str, str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, urlsplit(self.path).query
            if path == "/.well-known/openid-configuration":
                self._json(
                    {
                        "issuer": url,
                        "authorization_endpoint": f"{url}/authorize",
                        "token_endpoint": f"{url}/token",
                        "jwks_uri": f"{url}/jwks",
                        "response_types_supported": ["code"],
                        "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ["RS256"],
                        "code_challenge_methods_supported": ["S256"],
                    }
                )
            elif path == "/jwks":
                self._json({"keys": [key.as_dict(private=False)]})
            elif path == "/authorize":
                self._answer(200, FORM.format(asked=html.escape(query)).encode(), "text/html")
            elif path == "/agreed":
                given = parse_qs(query)
                asked = {name: values[0] for name, values in parse_qs(given["asked"][0]).items()}
                code = secrets.token_hex(8)
                codes[code] = {**asked, "email": given["email"][0]}
                back = urlencode({"code": code, "state": asked["state"]})
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri']}?{back}")
                self.end_headers()
            else:
                self._answer(404, b"", "text/plain")

        def do_POST(self) -> None:
            given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            asked = codes.pop(given["code"][0])
            basic = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            digest = hashlib.sha256(given["code_verifier"][0].encode()).digest()
            proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if proof != asked["code_challenge"] or CLIENT not in basic:
                self._answer(400, b"", "text/plain")
                return
            now = int(time.time())
            issued = now - 7_200 if asked["email"].startswith("late") else now
            claims = {
                "iss": url, "aud": CLIENT, "sub": asked["email"], "nonce": asked["nonce"],
                "email": asked["email"], "email_verified": True, "iat": issued, "exp": now + 3600,
            }  # fmt: skip
            token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
            self._json({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _json(self, content: object) -> None:
            self._answer(200, json.dumps(content).encode(), "application/json")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("localhost", port), Handler) as server:
        print("ready", flush=True)  # noqa: T201 - whoever started it waits for this
        server.serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
