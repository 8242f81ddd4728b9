"""What a client's answer to a callback means. Only the status counts; what stands in the body proves nothing."""

from __future__ import annotations

from adapters.contract import DeliveryWarning, PermanentError, Receipt
from adapters.onestop.catalogue import CATALOGUE
from adapters.transport.http import Answer

_OF_DESTINATION = frozenset({401, 403, 404, 405, 410})

_ALREADY_TAKEN = DeliveryWarning(
    "ALREADY_TAKEN",
    "",
    "Hệ thống một cửa báo đã có sự kiện này (HTTP 409) dù cổng mới gửi lần đầu; hãy hỏi đơn vị đó nếu thấy thiếu",
    "The one-stop system says it already has this event (HTTP 409), though it was sent for the first time; ask them if "
    "they miss it",
)


def judge(answer: Answer, *, may_repeat: bool) -> Receipt:
    """The receipt where the client has the event, now or from an earlier attempt; else raises the `DeliveryError`.

    `may_repeat`: an earlier attempt ended without a clear answer, so a 409 is what one expects.
    """
    if answer.status < 300:
        return Receipt(str(answer.status), "", answer.body)
    if answer.status == 409:
        return Receipt("409", "", answer.body, () if may_repeat else (_ALREADY_TAKEN,), facts={"mode": "repeat"})
    if answer.status in _OF_DESTINATION:
        own = CATALOGUE[f"HTTP_{answer.status}"]
        raise own.error(PermanentError, scope="destination", answer=answer.body)
    if answer.status in (400, 422):
        raise CATALOGUE[f"HTTP_{answer.status}"].error(PermanentError, answer=answer.body)
    # Every other status of 300 or more has its row in the transport's own table.
    complaint = answer.complaint(write=True)
    if complaint is None:
        raise AssertionError(answer.status)
    raise complaint
