"""The file behind `UrlBienLai`: its host is replaced where the province cannot reach it, and only a PDF is one (§6)."""

from __future__ import annotations

from yarl import URL

from adapters.contract import DeliveryError, Outbound, PermanentError
from adapters.payment.catalogue import CATALOGUE
from adapters.payment.settings import PaymentSettings
from adapters.payment.verdict import later
from adapters.payment.wire import is_receipt_file
from adapters.transport.http import Call, Http


def reachable(address: str, settings: PaymentSettings) -> str:
    """The address as the province can reach it; one that begins otherwise stays as it is.

    Raises `PermanentError` for what is no address, holds an account, or is of a host not in `receipt_hosts`.
    """
    if settings.receipt_prefix and address.startswith(settings.receipt_prefix):
        address = settings.receipt_base + address.removeprefix(settings.receipt_prefix)
    try:
        where = URL(address)
    except ValueError as exc:
        raise CATALOGUE["RECEIPT_ADDRESS"].error(PermanentError) from exc
    host = None if where.user or where.password else where.host
    if not host or (settings.receipt_hosts and host not in settings.receipt_hosts):
        raise CATALOGUE["RECEIPT_ADDRESS"].error(PermanentError)
    return address


async def fetch(http: Http, address: str, request: Outbound, settings: PaymentSettings) -> bytes:
    """The file. Whatever is wrong with its host says nothing of the platform, so it never binds the destination."""
    pauses = settings.receipt_pauses
    try:
        answer = await http.send(Call(URL(address), {}, method="GET", deadline=request.deadline))
    except DeliveryError as exc:
        raise later(CATALOGUE["RECEIPT_UNREACHABLE"], request, pauses, None, cause=exc.code) from exc
    if answer.status >= 300:
        cause = f"HTTP {answer.status}"
        raise later(CATALOGUE["RECEIPT_UNREACHABLE"], request, pauses, answer.body, cause=cause)
    if not is_receipt_file(answer.body, answer.content_type):
        raise later(CATALOGUE["RECEIPT_NOT_PDF"], request, pauses, answer.body)
    return answer.body
