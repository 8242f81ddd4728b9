"""The payable look-up: a citizen types a dossier code on the portal, and the platform asks us what is due (§7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from adapters.contract import CallAnswer, CallRefused, Heard, Incoming, Outcome, PermanentError, Reply
from adapters.payment.asking import VIETNAM, credited
from adapters.payment.settings import PaymentSettings
from adapters.payment.strict import read_object

LOOK_UP = "dptracuuthanhtoanhs"

_DUE, _NOTHING_DUE, _UNKNOWN = 1, 0, -1
_LONGEST_CODE = 100


def read_lookup(call: Incoming) -> Heard:
    """Which dossier is asked about. Raises `CallRefused`."""
    tree = read_object(call.body)
    code = tree.get("MaHoSo") if tree else None
    subject = code.strip().upper() if isinstance(code, str) else ""
    if not subject or len(subject) > _LONGEST_CODE:
        raise CallRefused(
            "UNREADABLE",
            vi="Không đọc được câu hỏi hoặc thiếu MaHoSo",
            en="The question cannot be read or names no MaHoSo",
            answer=_nothing(_UNKNOWN),
        )
    reply = Reply("payment.payable_requested.v1", "payment/payment.payable_requested.v1", {"MaHoSo": subject})
    return Heard(kind="payable_asked", operation=call.operation, reply=reply, event_id=subject, subject=subject)


def answer_lookup(
    heard: Heard, outcome: Outcome, record: Mapping[str, Any] | None, at: datetime, settings: PaymentSettings
) -> CallAnswer:
    """1 and what is due, 0 and an empty list for nothing, -1 and an empty list for an unknown dossier or an error."""
    due = record.get("message") if record else None
    if outcome is Outcome.DUE and isinstance(due, Mapping):
        return _due(heard.subject, due, at.astimezone(VIETNAM), settings)
    return _nothing(_NOTHING_DUE if outcome is Outcome.NOTHING_DUE else _UNKNOWN)


def _due(subject: str, due: Mapping[str, Any], at: datetime, settings: PaymentSettings) -> CallAnswer:
    try:
        payable = credited(due, settings)
    except PermanentError:
        # No account to pay to: online payment is not configured for it, which the sheet answers with nothing due.
        return _nothing(_NOTHING_DUE)
    payable |= {"MaTraCuuTT": f"{subject}{at:%Y%m%d%H%M%S}", "NgayQD": f"{at:%Y%m%d}"}
    return CallAnswer(orjson.dumps({"error_code": _DUE, "message": payable}))


def _nothing(code: int) -> CallAnswer:
    return CallAnswer(orjson.dumps({"error_code": code, "message": []}))
