"""Posts each event to the client's registered address, signed; the answer's status says whether it was taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from yarl import URL

from adapters.contract import Outbound, PermanentError, Receipt
from adapters.onestop import codes
from adapters.onestop.catalogue import CATALOGUE
from adapters.onestop.event import CONTENT_TYPE, event_of
from adapters.onestop.settings import ClientReplies
from adapters.transport.http import Call, Http
from adapters.transport.signing import Signer

CALLBACK = "callback"


def _now() -> datetime:
    return datetime.now(UTC)


class Callback:
    """The adapter for one client's address. Any number of events at once; their order is the caller's business.

    A crash after the call leaves at worst a repeat, which the client knows by `webhook-id`.
    """

    def __init__(self, settings: ClientReplies, http: Http, clock: Callable[[], datetime] = _now) -> None:
        self._url = URL(settings.url)
        self._signer = Signer(secret.get_secret_value() for secret in settings.secrets)
        self._http = http
        self._clock = clock

    async def deliver(self, request: Outbound) -> Receipt:
        """Post one event."""
        if request.operation != CALLBACK:
            raise CATALOGUE["UNKNOWN_OPERATION"].error(PermanentError)
        event = event_of(request)
        headers = {"Content-Type": CONTENT_TYPE, **self._signer.headers(event.id, event.body, self._clock())}
        answer = await self._http.send(Call(self._url, headers, event.body, write=True, deadline=request.deadline))
        return codes.judge(answer, may_repeat=request.may_repeat)

    async def probe(self) -> None:
        """Ask for the address's options: nothing that could be taken for an event, no signature, no body.

        Any answer at all says that somebody is there; many systems know no OPTIONS and answer 404 or 405.
        """
        await self._http.send(Call(self._url, {}, method="OPTIONS"))
