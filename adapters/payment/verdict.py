"""From an answer to what follows: a receipt, or the right `DeliveryError`. Pure: the same answer, the same verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from adapters.contract import (
    DeliveryError,
    Outbound,
    PermanentError,
    Receipt,
    RefusedError,
    Reply,
    TransientError,
    UncertainError,
)
from adapters.payment import codes
from adapters.payment.catalogue import CATALOGUE
from adapters.payment.codes import OK
from adapters.payment.settings import PaymentSettings
from adapters.payment.wire import Said, Unreadable, as_text, read_answer
from adapters.transport.entries import ErrorEntry
from adapters.transport.http import Answer

PAID, PENDING, FAILED = "1", "3", "4"
"""Attested values of `TrangThaiGD` (§5)."""
UNFINISHED = ("0", "2")
"""Assumed: created, and the payer has not finished (§5)."""

_OUTCOMES = {PAID: "paid", FAILED: "failed"}
_ADDRESS = re.compile(r"https?://\S{1,1990}")
_UNREADABLE = {
    Unreadable.EMPTY: "EMPTY_ANSWER", Unreadable.HTML: "HTML_ANSWER", Unreadable.GARBAGE: "GARBAGE_ANSWER",
}  # fmt: skip
AS_SCHEDULED = 1000
"""More tries than any schedule has. An error that names a bound says "it did answer", and no breaker counts it."""


def read(answer: Answer, *, repeatable: bool) -> Said:
    """What was said. Raises by the HTTP status, and for what cannot be read.

    A page or nothing is taken for "not now" only where asking again is safe. A `MaLoi` that says no wins over a status
    that only says the request was bad.
    """
    said = read_answer(answer.body, answer.content_type)
    complaint = answer.complaint(write=True)
    if complaint is not None and not (_rejects(complaint) and isinstance(said, Said) and said.code not in (None, OK)):
        raise complaint
    if not isinstance(said, Unreadable):
        return said
    entry = CATALOGUE[_UNREADABLE[said]]
    if repeatable and said is not Unreadable.GARBAGE:
        raise entry.error(TransientError, answer=answer.body)
    raise entry.error(UncertainError, answer=answer.body)


def _rejects(complaint: DeliveryError) -> bool:
    return isinstance(complaint, PermanentError) and complaint.scope == "message"


def opened(said: Said, sent: Mapping[str, Any]) -> Receipt:
    """The outcome of `INIT`: only 00 with an address is success (§3)."""
    _same(said, sent)
    if said.gateway_code is not None:
        fill = {"gateway_code": codes.shown(said.gateway_code)}
        raise CATALOGUE["GATEWAY_{gateway_code}"].error(RefusedError, fill=fill, answer=said.raw)
    if said.code is None:
        raise CATALOGUE["NO_CODE"].error(UncertainError, answer=said.raw)
    if said.code != OK:
        raise codes.refusal(said.code, said.raw)
    page = as_text(said.record.get("UrlThanhToan")).strip()
    if not _ADDRESS.fullmatch(page):
        raise CATALOGUE["PAGE_ADDRESS_LOST"].error(UncertainError, answer=said.raw)
    # The reference is ours to know, even where the echo is missing.
    record = {**said.record, "MaThamChieu": sent["MaThamChieu"], "UrlThanhToan": page}
    reply = Reply("payment.opened.v1", "payment/payment.opened.v1", record)
    return Receipt(OK, "", said.raw, reply=reply, facts={"reference": str(sent["MaThamChieu"])})


def queried(said: Said, request: Outbound, settings: PaymentSettings) -> Receipt:
    """The outcome of `QUERY`: final, not yet, or, at the end of the schedule, given up (§5)."""
    _same(said, request.document)
    if said.gateway_code is not None or said.code != OK:
        raise _later("QUERY_REFUSED", said, request, settings.query_pauses, platform_code=_code(said))
    state = as_text(said.record.get("TrangThaiGD")).strip()
    if state in _OUTCOMES:
        return _settled(said, request.document, state)
    if state not in (PENDING, *UNFINISHED):
        raise _later("STATE_UNNAMED", said, request, settings.query_pauses, state=codes.shown(state))
    if not request.context.get("last_try"):
        raise _later("PAYMENT_PENDING", said, request, settings.query_pauses, state=state)
    if state == PENDING:
        raise CATALOGUE["PAYMENT_STILL_PENDING"].error(PermanentError, answer=said.raw)
    return Receipt(OK, "", said.raw, facts={"outcome": "expired", "state": state})


def _settled(said: Said, sent: Mapping[str, Any], state: str) -> Receipt:
    told = {name: value for name, value in said.record.items() if value is not None}
    record = {**told, "MaThamChieu": sent["MaThamChieu"], "TrangThaiGD": state}
    reply = Reply("payment.settled.v1", "payment/payment.settled.v1.query", record)
    return Receipt(OK, "", said.raw, reply=reply, facts={"outcome": _OUTCOMES[state], "state": state})


def knows(said: Said, sent: Mapping[str, Any]) -> bool:
    """Whether a `QUERY` proves that the platform has the attempt. Nothing it says proves that it has not (§8)."""
    return said.code == OK and _is_same(said, sent)


def receipt_address(said: Said, request: Outbound, settings: PaymentSettings) -> str:
    """Where the platform says the receipt is, in either spelling; raises while there is none (§6)."""
    _same(said, request.document)
    # The code is assumed: one client reads an answer that is nothing but an address.
    address = next((text for name in ("UrlBienLai", "URLBienLai") if (text := _text(said, name))), "")
    if said.gateway_code is not None or said.code not in (None, OK) or not address:
        raise _later("RECEIPT_NOT_READY", said, request, settings.receipt_pauses, platform_code=_code(said))
    if not _ADDRESS.fullmatch(address):
        raise CATALOGUE["RECEIPT_ADDRESS"].error(PermanentError, answer=said.raw)
    return address


def later(
    entry: ErrorEntry, request: Outbound, pauses: Sequence[timedelta], answer: bytes | None, **fill: str
) -> DeliveryError:
    """Not now: again after a pause that grows with the asks; at the end of the schedule, a person's."""
    if request.context.get("last_try"):
        return entry.error(PermanentError, fill=fill, answer=answer)
    pause = pauses[min(request.attempt, len(pauses)) - 1]
    return entry.error(TransientError, fill=fill, retry_after=pause, max_tries=AS_SCHEDULED, answer=answer)


def _later(code: str, said: Said, request: Outbound, pauses: Sequence[timedelta], **fill: str) -> DeliveryError:
    return later(CATALOGUE[code], request, pauses, said.raw, **fill)


def _same(said: Said, sent: Mapping[str, Any]) -> None:
    if not _is_same(said, sent):
        raise CATALOGUE["OTHER_ANSWER"].error(UncertainError, answer=said.raw)


def _is_same(said: Said, sent: Mapping[str, Any]) -> bool:
    """Whether an answer repeats what was asked; what it does not repeat is not held against it."""
    return all(_text(said, name) in ("", sent[name]) for name in ("MaThamChieu", "ThoiGianGD"))


def _text(said: Said, name: str) -> str:
    return as_text(said.record.get(name)).strip()


def _code(said: Said) -> str:
    return codes.shown(said.gateway_code or said.code or "")
