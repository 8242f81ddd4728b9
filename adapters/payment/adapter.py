"""The payment platform's three messages, told as what happens to one document.

`INIT` opens a payment and is never sent twice: its reference is committed before the first byte, and without a clear
answer it is asked about by `QUERY`. `QUERY` and `GET_BILL` change nothing there.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson

from adapters.contract import (
    DeliveryError,
    Outbound,
    PermanentError,
    Prepared,
    Receipt,
    Reply,
    Taken,
    Trials,
    Unknown,
)
from adapters.ndxp.road import Ride, Road, open_road
from adapters.payment import receipts
from adapters.payment.asking import KEYS, TOKEN_LENGTH, opened_payment, opening, question, transaction_time
from adapters.payment.catalogue import CATALOGUE
from adapters.payment.codes import OK
from adapters.payment.settings import PaymentSettings
from adapters.payment.verdict import knows, later, opened, queried, read, receipt_address
from adapters.payment.wire import is_receipt_file, says_file
from adapters.transport.http import Answer, Http

INIT, QUERY, GET_BILL = "INIT", "QUERY", "GET_BILL"
OPERATIONS = frozenset({INIT, QUERY, GET_BILL})

Clock = Callable[[], datetime]
_ALPHABET = string.digits + string.ascii_uppercase
_ISSUED = "payment.receipt_issued.v1"


def repeatable(_: PaymentSettings) -> frozenset[str]:
    """What changes nothing: an `INIT` sent twice is two payments."""
    return frozenset({QUERY, GET_BILL})


def _now() -> datetime:
    return datetime.now(UTC)


def _token() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))


@asynccontextmanager
async def open_payment(
    settings: PaymentSettings, clock: Clock = _now, token: Callable[[], str] = _token
) -> AsyncIterator[PaymentPlatform]:
    """Open the adapter; nothing is sent until it is used. On leaving, its connections end.

    `clock` and `token` decide what goes into references; `token` gives `TOKEN_LENGTH` random letters or digits.
    """
    async with (
        Http(settings) as http,
        open_road(settings.road, http) as road,
        Http(settings, settings.receipts) as files,
    ):
        yield PaymentPlatform(settings, road, files, clock, token)


class PaymentPlatform:
    """The adapter. Any number of deliveries at once."""

    def __init__(
        self, settings: PaymentSettings, road: Road, files: Http, clock: Clock, token: Callable[[], str]
    ) -> None:
        self._settings = settings
        self._road = road
        self._files = files
        self._clock = clock
        self._token = token
        self._paths = {INIT: settings.init_path, QUERY: settings.query_path, GET_BILL: settings.bill_path}

    def prepare(self, request: Outbound) -> Prepared:
        """Fill in and sign the document. Each `INIT` gets a reference of its own, committed before it is sent.

        Raises `RefusedError` or `PermanentError` for what must not be sent.
        """
        document, settings = request.document, self._settings
        if not isinstance(document, Mapping):
            raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
        match request.operation:
            case "INIT":
                ready = opening(document, request.subject, self._clock(), self._token(), settings)
                keys = {name: str(ready[name]) for name in KEYS}
                return Prepared(keys, request._replace(document=ready), opened_payment(ready))
            case "QUERY":
                ready = question(document, str(document.get("ThoiGianGD", "")), settings)
            case "GET_BILL":
                known = str(request.context.get("transaction_time") or "")
                if not known:
                    raise CATALOGUE["REFERENCE_UNKNOWN"].error(PermanentError, field="MaThamChieu")
                ready = question(document, known, settings)
            case _:
                raise CATALOGUE["UNKNOWN_OPERATION"].error(PermanentError)
        return Prepared({}, request._replace(document=ready))

    async def deliver(self, request: Outbound) -> Receipt:
        """Send one prepared document, exactly as it was committed."""
        document = request.document
        if request.operation not in OPERATIONS:
            raise CATALOGUE["UNKNOWN_OPERATION"].error(PermanentError)
        if not isinstance(document, Mapping) or not document.get("MaXacThuc"):
            raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
        answer = await self._send(request.operation, document, request.deadline, request.subject)
        match request.operation:
            case "INIT":
                return opened(read(answer, repeatable=False), document)
            case "QUERY":
                return queried(read(answer, repeatable=True), request, self._settings)
            case _:
                return await self._receipt(answer, request)

    async def query(self, keys: Mapping[str, str], deadline: float) -> Taken | Unknown:
        """Ask whether an `INIT` arrived. The platform can prove that it did, never that it did not (§8)."""
        asked = {"LoaiBanTin": QUERY, "MaThamChieu": keys["MaThamChieu"]}
        try:
            document = question(asked, keys["ThoiGianGD"], self._settings)
            said = read(await self._send(QUERY, document, deadline), repeatable=True)
        except DeliveryError as exc:
            return Unknown(exc.code)
        return Taken(OK, "", said.raw) if knows(said, document) else Unknown("QUERY_REFUSED")

    async def probe(self) -> None:
        """Ask about a reference that nobody uses: whatever the platform makes of it, it is there."""
        asked = {"LoaiBanTin": QUERY, "MaThamChieu": self._settings.probe_reference}
        document = question(asked, transaction_time(self._clock(), self._settings), self._settings)
        read(await self._send(QUERY, document, write=False), repeatable=True)

    def trials(self) -> Trials:
        """The one question without an effect."""
        return Trials({QUERY: self.probe})

    async def _send(
        self,
        operation: str,
        document: Mapping[str, Any],
        deadline: float = float("inf"),
        subject: str = "",
        *,
        write: bool = True,
    ) -> Answer:
        """`write` is set for questions too: without an answer, that is what the operator should read of them."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token := self._settings.bearer.get_secret_value():
            headers["Authorization"] = f"Bearer {token}"
        body = orjson.dumps(document)
        path = self._paths[operation]
        return await self._road.send(Ride(path, body, headers, write=write, deadline=deadline, issue=subject))

    async def _receipt(self, answer: Answer, request: Outbound) -> Receipt:
        """A receipt comes as a file, or as the address of one (§6)."""
        if answer.status < 300 and is_receipt_file(answer.body, answer.content_type):
            return Receipt(OK, "", answer.body, reply=Reply(_ISSUED, "", {"url": ""}), facts={"form": "file"})
        if answer.status < 300 and says_file(answer.content_type):
            entry = CATALOGUE["RECEIPT_NOT_PDF"]
            raise later(entry, request, self._settings.receipt_pauses, answer.body)
        said = read(answer, repeatable=True)
        address = receipts.reachable(receipt_address(said, request, self._settings), self._settings)
        reply = Reply(_ISSUED, f"payment/{_ISSUED}", {"MaLoi": OK, "UrlBienLai": address})
        raw = said.raw
        if self._settings.download_receipts:
            raw = await receipts.fetch(self._files, address, request, self._settings)
        return Receipt(OK, "", raw, reply=reply, facts={"form": "address"})
