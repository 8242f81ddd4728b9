"""An OAuth2 issuer on a port of its own: publishes a key set, counts who asks for it, signs whatever it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ISSUER = "https://sso.example.invalid/realms/tinh"
AUDIENCE = "lienthong"
_KINDS: dict[str, Any] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
}


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Key:
    """A signing key under an id."""

    kid: str
    algorithm: str
    key: Any

    @classmethod
    def of(cls, kid: str, algorithm: str) -> Key:
        return cls(kid, algorithm, _KINDS[algorithm]())

    def public(self, **more: Any) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", **more}

    def sign(self, claims: Any, **header: Any) -> str:
        """A token; `claims` as a document or as the very bytes, `header` over what it would say."""
        said = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"} | header
        signed = f"{encoded({name: value for name, value in said.items() if value is not None})}.{encoded(claims)}"
        model: Any = JWSRegistry.algorithms["Ed25519" if self.algorithm == "EdDSA" else self.algorithm]
        return f"{signed}.{encoded(model.sign(signed.encode(), self.key))}"


@dataclass
class Issuer:
    """What it publishes, and how it answers just now."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    answer: web.Response | None = None
    silent: asyncio.Event | None = None
    """Until it is set, nobody is answered."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody asks and is not answered."""
    address: str = ""

    async def jwks(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.silent is not None:
            self.heard.set()
            await self.silent.wait()
        if self.answer is not None:
            body = self.answer.body
            assert body is None or isinstance(body, bytes)
            return web.Response(status=self.answer.status, body=body, headers=self.answer.headers)
        return web.json_response({"keys": self.keys})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Issuer]:
        app = web.Application()
        app.router.add_get("/jwks", self.jwks)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()
