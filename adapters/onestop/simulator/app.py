"""The simulated one-stop system itself: it verifies, remembers and answers, as a client's developers would write it.

Signatures are verified by the `standardwebhooks` library, the one those developers are told to use.

GET|POST /_panel/secrets   how many secrets are valid / {"secrets": ["whsec_…"]} replaces them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.onestop.simulator.events import Events
from adapters.onestop.simulator.faults import FAULTS
from adapters.onestop.simulator.settings import SimulatorSettings
from adapters.simulation.log import Effect, EffectLog
from adapters.simulation.system import Simulation


class SimulatedOneStop(Simulation):
    """An imitation of a one-stop system. `next` scripts faults, `effects` is what was really taken, each event once."""

    faults = FAULTS
    apart = frozenset({"OPTIONS"})

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        self.settings = settings or SimulatorSettings()
        super().__init__(EffectLog(self.settings.log, Effect))
        self.events = Events(self.log)
        self.forged = 0
        self.accept(self.settings.secrets)
        self.app.add_routes([web.get("/_panel/secrets", self._count), web.post("/_panel/secrets", self._rotate)])
        self.app.router.add_route("*", "/{path:.*}", self._serve)

    def accept(self, secrets: Sequence[str]) -> None:
        """Believe events signed with any of these from now on."""
        self._keys = [Webhook(secret) for secret in secrets]

    def counts(self) -> Mapping[str, int]:
        events = self.events
        return {
            "events": len(events),
            "repeats": events.repeats,
            "changed": events.changed,
            "out_of_order": events.out_of_order,
            "forged": self.forged,
        }

    def reset(self) -> None:
        """Forget events, effects, faults and counts; secrets stay."""
        super().reset()
        self.events.clear()
        self.forged = 0

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        return await self.with_faults(request, request.method, lambda number: self._answer(request, number, body))

    def _answer(self, request: web.Request, number: int, body: bytes) -> web.Response:
        settings = self.settings
        if request.path != settings.path:
            return web.Response(status=404)
        if request.method == "OPTIONS":
            return web.Response(status=settings.reachable_status)
        if request.method != "POST":
            return web.Response(status=405)
        if not self._believed(request.headers, body):
            self.forged += 1
            return web.Response(status=401)
        event = _event(body)
        if event is None or request.content_type != "application/cloudevents+json":
            return web.Response(status=400)
        new = self.events.take(number, request.headers.get("webhook-id", ""), event)
        status = settings.status if new else settings.repeat_status
        answer = b"" if status == 204 else orjson.dumps({"received": True, "repeat": not new})
        return web.Response(status=status, body=answer, content_type="application/json")

    def _believed(self, headers: Mapping[str, str], body: bytes) -> bool:
        return not self._keys or any(_verifies(key, dict(headers), body) for key in self._keys)

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response({"valid": len(self._keys)})

    async def _rotate(self, request: web.Request) -> web.Response:
        try:
            wish = SimulatorSettings.model_validate(orjson.loads(await request.read()))
        except ValueError:
            return web.json_response({"error": 'wants {"secrets": ["whsec_…"]}'}, status=400)
        self.accept(wish.secrets)
        return web.json_response({"valid": len(self._keys)})


def _verifies(key: Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        key.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets broken base64 through as a ValueError
        return False
    return True


def _event(body: bytes) -> dict[str, Any] | None:
    """A CloudEvent 1.0 with what it must carry, or None."""
    try:
        tree = orjson.loads(body)
    except ValueError:
        return None
    if not isinstance(tree, dict) or tree.get("specversion") != "1.0":
        return None
    return tree if all(isinstance(tree.get(name), str) for name in ("id", "source", "type", "subject")) else None
