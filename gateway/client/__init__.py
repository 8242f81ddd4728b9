"""A small client for sending systems: hands events over, repeats what got no certain answer, asks what became of them.

::

    async with GatewayClient("https://truc.example.invalid", "lt_…") as gateway:
        taken = await gateway.send(Event(source="urn:tinh:motcua", type="dossier.recorded.v1", subject=code, data=data))

An event keeps its id however often it is sent, so a repeat never becomes a second message. Needs aiohttp and orjson and
nothing else of the gateway. What goes wrong is one of::

    ClientError
    |-- NotTakenError        no certain answer in time; send the same event again later
    `-- RefusedError         the gateway understood and said no; `flaws` says what, where and what to do
        |-- UnreadableError      400, 408, 413, 415, 417
        |-- UnknownCallerError   401: the key or token is wrong
        |-- NotGrantedError      403: source, type or agency is not this client's
        |-- NotThereError        404
        |-- ConflictError        409: the same source and id came before with other content
        `-- InvalidError         422: read, but wrong
"""

from gateway.client.errors import (
    ClientError,
    ConflictError,
    InvalidError,
    NotGrantedError,
    NotTakenError,
    NotThereError,
    RefusedError,
    UnknownCallerError,
    UnreadableError,
)
from gateway.client.event import Event, Flaw, Taken
from gateway.client.gateway import GatewayClient

__all__ = [
    "ClientError",
    "ConflictError",
    "Event",
    "Flaw",
    "GatewayClient",
    "InvalidError",
    "NotGrantedError",
    "NotTakenError",
    "NotThereError",
    "RefusedError",
    "Taken",
    "UnknownCallerError",
    "UnreadableError",
]
