"""A token server: OpenID discovery, tokens by every flow, and introspection for Dovecot.

Owns what it gives out and what it was asked. Over TLS where certificates are given: msal
speaks to nothing else. Never part of the product.
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.plugins.certificates import Certificates
from tests.plugins.ports import HOST

__all__ = ["TokenServer", "run_token_server"]


class TokenServer:
    """What it will answer. refusal: an OAuth error instead of the next tokens."""

    def __init__(self, certificates: Certificates | None) -> None:
        self.users: dict[str, str] = {}  # token -> user
        self.asked: list[dict[str, str]] = []  # forms that came to /token
        self.refusal: dict[str, str] = {}
        self.life = 3600  # seconds of a token
        self.number = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self, {})

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = {key: values[0] for key, values in parse_qs(text).items()}
                outer._answer(self, form)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        scheme = "http"
        if certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.chain, certificates.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://{HOST}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _answer(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        parts = urlsplit(request.path)
        code, told = self._told(parts.path, parse_qs(parts.query), form)
        body = json.dumps(told).encode()
        request.send_response(code)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _told(
        self, path: str, query: dict[str, list[str]], form: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        if path.endswith("/openid-configuration"):
            base = f"{self.url}/tenant/oauth2/v2.0"
            return 200, {
                "issuer": f"{self.url}/tenant/v2.0",
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "device_authorization_endpoint": f"{base}/devicecode",
            }
        if path.endswith("/devicecode"):
            return 200, {
                "device_code": "device-1",
                "user_code": "ABC-DEF",
                "verification_uri": f"{self.url}/device",
                "expires_in": 60,
                "interval": 0,
                "message": "To sign in, enter the code ABC-DEF",
            }
        if path.endswith("/introspect"):
            user = self.users.get(query.get("access_token", [""])[0])
            return 200, {"active": True, "username": user} if user else {"active": False}
        self.asked.append(form)
        if self.refusal:
            return 400, self.refusal
        self.number += 1
        told: dict[str, Any] = {
            "access_token": f"access-{self.number}",
            "token_type": "Bearer",
            "expires_in": self.life,
        }
        if form.get("grant_type", "").endswith("device_code") or "refresh_token" in form:
            told |= {"refresh_token": f"refresh-{self.number}", "client_info": _CLIENT_INFO}
        return 200, told


_CLIENT_INFO = "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ"  # {"uid":"u","utid":"t"}, how msal names accounts


@contextmanager
def run_token_server(certificates: Certificates | None = None) -> Iterator[TokenServer]:
    """Run one on a free port until the block ends."""
    server = TokenServer(certificates)
    try:
        yield server
    finally:
        server.close()
