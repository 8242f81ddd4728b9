"""An OpenID Connect provider on a port of its own: strict about codes and PKCE, and lying wherever a test wants it."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web
from yarl import URL

from tests.intake.issuer import Key

CLIENT, SECRET = "lienthong-console", "bi mat/thu+nghiem"
ROLES = {"lt-xem": "viewer", "lt-van-hanh": "operator", "lt-quan-tri": "administrator"}


@dataclass
class Provider:
    """Who is in front of it (`claims`), and how it answers just now."""

    key: Key = field(default_factory=lambda: Key.of("p-1", "ES256"))
    claims: dict[str, Any] = field(default_factory=dict)
    """Over what a token would say; None: says nothing of it."""
    header: dict[str, Any] = field(default_factory=dict)
    signer: Key | None = None
    named: str = ""
    """What it calls itself, where not by its address."""
    has_a_page: bool = False
    """People have to agree first, on a page of its own."""
    token_status: int = 200
    host: str = "127.0.0.1"
    address: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def honest(self) -> None:
        """As it would be by itself."""
        self.claims, self.header, self.signer, self.token_status = {}, {}, None, 200

    def section(self, **more: Any) -> dict[str, Any]:
        return {
            "issuer": self.address, "client_id": CLIENT, "client_secret": SECRET, "label": "SSO tỉnh",
            "role_claim": "realm_access.roles", "roles": ROLES, **more,
        }  # fmt: skip

    async def configuration(self, _: web.Request) -> web.Response:
        told = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        places = {name: f"{self.address}/{path}" for name, path in told.items()}
        more = {"issuer": self.named or self.address, "authorization_response_iss_parameter_supported": True}
        return web.json_response(places | more)

    async def jwks(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.public()]})

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.address}
        back = str(URL(asked["redirect_uri"]).with_query(answer))
        if self.has_a_page:
            return web.Response(text=f'<a href="{escape(back)}">OK</a>', content_type="text/html")
        return web.Response(status=302, headers={"Location": back})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form["code"]), None)
        kind, _, pair = request.headers["Authorization"].partition(" ")
        who = tuple(map(unquote_plus, base64.b64decode(pair).decode().split(":")))
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            (kind, who) != ("Basic", (CLIENT, SECRET))
            or asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        told = {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}
        return web.json_response(told, status=self.token_status)

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address, "sub": "f81d", "aud": CLIENT, "azp": CLIENT, "iat": now, "exp": now + 300,
            "nonce": nonce, "preferred_username": "Lan.Nguyen", "realm_access": {"roles": ["khac", "lt-van-hanh"]},
        } | self.claims  # fmt: skip
        said = {name: value for name, value in claims.items() if value is not None}
        return (self.signer or self.key).sign(said, **self.header)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Provider]:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.configuration)
        app.router.add_get("/jwks", self.jwks)
        app.router.add_get("/authorize", self.authorize)
        app.router.add_post("/token", self.token)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://{self.host}:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()
