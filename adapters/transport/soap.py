"""SOAP 1.1 over our own HTTP: zeep builds the envelopes of a packaged WSDL, whoever calls says how they travel.

The WSDL is read from disk once a process and never fetched. What comes back is the caller's own `Answer`, of any
status: `envelope.py` reads it, because live services answer more freely than their schemas say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.proxy import AsyncServiceProxy
from zeep.transports import Transport

from adapters.transport.http import Answer

Carry = Callable[[bytes, Mapping[str, str]], Awaitable[Answer]]
"""Takes an envelope and the headers SOAP wants (`Content-Type`, `SOAPAction`); raises `DeliveryError`s of its own."""

Arrange = Callable[[Element], None]
"""Last changes to the body's one element before it is written, in place."""


class NotInWsdl(ValueError):  # noqa: N818 - says what is wrong
    """A document does not fit the operation; nothing was sent. The text names no value."""


class SoapPort:
    """One port of a WSDL. Any number of calls at once; nothing is kept between them."""

    def __init__(self, client: Client, service: str, port: str) -> None:
        binding = client.wsdl.services[service].ports[port].binding
        self._proxy = AsyncServiceProxy(client, binding, address="")  # type: ignore[no-untyped-call]

    async def call(
        self,
        operation: str,
        fields: Mapping[str, Any],
        carry: Carry,
        *,
        headers: Mapping[str, Any] | None = None,
        arrange: Arrange | None = None,
    ) -> Answer:
        """Build the envelope of one operation and let `carry` take it there and back.

        `fields` and `headers` are nested by the names of the schema, whose order they get. Raises `NotInWsdl` before
        anything is sent, and what `carry` raises.
        """
        carriage = _Carriage(carry, arrange)
        token = _AT_HAND.set(carriage)
        try:
            answer: Answer = await self._proxy[operation](**fields, _soapheaders=dict(headers or {}))
        except (ZeepError, TypeError, ValueError, AttributeError) as exc:
            if carriage.begun:
                raise
            raise NotInWsdl(f"{type(exc).__name__} while building {operation}") from exc
        finally:
            _AT_HAND.reset(token)
        return answer


async def open_port(wsdl: Path, service: str, port: str) -> SoapPort:
    """A port of the WSDL at `wsdl`, read off the event loop. Raises `KeyError` for a port it does not name."""
    return SoapPort(await asyncio.to_thread(_client, wsdl), service, port)


class _Carriage:
    """How the call at hand travels."""

    def __init__(self, carry: Carry, arrange: Arrange | None) -> None:
        self._carry = carry
        self._arrange = arrange
        self.begun = False

    async def send(self, envelope: Element, headers: Mapping[str, str]) -> Answer:
        if self._arrange is not None:
            self._arrange(envelope[-1][0])
        body = etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
        self.begun = True
        return await self._carry(body, headers)


_AT_HAND: ContextVar[_Carriage] = ContextVar("soap_carriage")


class _PackagedOnly(Transport):
    """Loads files beside the WSDL and nothing else; sends by the carriage of the call at hand."""

    def __init__(self, folder: Path) -> None:
        # Not zeep's own constructor and end: they open and close a `requests` session that nothing here may use.
        self._folder = folder
        self.cache = None

    def __del__(self) -> None:
        """Nothing to close."""

    def load(self, url: str) -> bytes:
        path = Path(url).resolve()
        if path.parent != self._folder:
            raise ValueError("a WSDL names a file outside its own folder")
        return path.read_bytes()

    async def post_xml(self, _address: str, envelope: Element, headers: Mapping[str, str]) -> Answer:
        return await _AT_HAND.get().send(envelope, headers)


@cache
def _client(wsdl: Path) -> Client:
    settings = Settings(raw_response=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    carried = _PackagedOnly(wsdl.parent.resolve())
    return Client(str(wsdl), transport=carried, settings=settings)  # type: ignore[no-untyped-call]
