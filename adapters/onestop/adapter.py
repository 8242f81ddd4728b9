"""Opens the way to one client, as its section says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.contract import Adapter
from adapters.onestop.amqp import AMQP, Publication
from adapters.onestop.brief import BriefHttp
from adapters.onestop.callback import CALLBACK, Callback
from adapters.onestop.rabbit import Rabbit
from adapters.onestop.settings import ClientReplies


def repeatable(_: ClientReplies) -> frozenset[str]:
    """Both: a client knows a repeat by the event's id, over HTTP (`webhook-id`) as over AMQP (`message_id`)."""
    return frozenset({CALLBACK, AMQP})


@asynccontextmanager
async def open_replies(settings: ClientReplies) -> AsyncIterator[Adapter]:
    """Open the adapter; nothing is sent until it is used. On leaving, its connections end.

    Raises ValueError for a client that polls: what is stored for it is delivered, and nothing is ever sent.
    """
    if settings.mode == "callback":
        async with BriefHttp(settings) as http:
            yield Callback(settings, http)
    elif settings.mode == "amqp":
        rabbit = Rabbit(settings)
        try:
            yield Publication(settings.client, rabbit)
        finally:
            await rabbit.close()
    else:
        raise ValueError('a client with mode = "poll" has nothing to open')
