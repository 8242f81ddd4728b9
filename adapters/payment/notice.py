"""The result notification (IPN): believed only with the right check value, answered as both live clients do (§4).

The check comes first, since it is all that a notification proves itself by; then whether it is meant for us. Reference,
amount and repeats are the ledger's to compare.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from adapters.contract import CallAnswer, CallRefused, Heard, Incoming, Outcome, Reply
from adapters.payment.codes import OK, OTHER_ERROR
from adapters.payment.settings import PaymentSettings
from adapters.payment.signing import NOTICE_FIELDS, BarInField, check_value, is_check_value
from adapters.payment.strict import read_object

NOTIFY = "dpnhankqthanhtoanhs"

_AMOUNT = re.compile(r"[0-9]{1,15}")
_ECHOED = ("MaDoiTac", "MaThamChieu", "ThoiGianGD", "MaXacThuc")
# Card data (§4: Token, SoThe, …) may come along; nothing but these is read or kept.
_KEPT = (*NOTICE_FIELDS, "MaHoSo", "UrlBienLai", "URLBienLai", "MaXacThuc")
_NEEDED = ("MaLoi", "MaThamChieu", "SoTien", "MaTienTe")

_ANSWERS = {
    Outcome.UNKNOWN: "Không tìm thấy giao dịch",
    Outcome.MISMATCH: "Số tiền hoặc loại tiền không khớp",
    Outcome.FAILED: "Chưa ghi nhận được, xin gửi lại",
}
"""`MoTaLoi` beside 99, by what the gateway made of it."""


def read_notice(call: Incoming, settings: PaymentSettings) -> Heard:
    """A notification that is from the platform and for us. Raises `CallRefused`."""
    tree = read_object(call.body)
    if tree is None:
        raise _refused("UNREADABLE", "Không đọc được bản tin", "The notification is no proper JSON object", {})
    record = _texts(tree)
    _verify(record, settings)
    if record.get("MaDoiTac") != settings.partner:
        raise _refused("PARTNER", "Không phải đối tác này", "The notification is for another partner", record)
    missing = [name for name in _NEEDED if not record.get(name)]
    if missing or not _AMOUNT.fullmatch(record["SoTien"]):
        raise _refused("CONTENT", "Bản tin thiếu trường hoặc sai SoTien", "A field is missing or SoTien is bad", record)
    return _heard(call.operation, record)


def answer_notice(heard: Heard, outcome: Outcome, settings: PaymentSettings) -> CallAnswer:
    """The acknowledgement: 00 only for what is stored; the received `MaXacThuc` goes back as it came (§4)."""
    if outcome not in (Outcome.RECORDED, Outcome.DUPLICATE):
        return _answer(OTHER_ERROR, _ANSWERS.get(outcome, _ANSWERS[Outcome.FAILED]), heard.echo)
    if heard.paid:
        return _answer(OK, "Thành công", heard.echo)
    return _answer(settings.ack_failed, "Đã ghi nhận", heard.echo)


def _texts(tree: Mapping[str, Any]) -> dict[str, str]:
    """The fields we know, as text; absent and null alike are absent."""
    record: dict[str, str] = {}
    for name in _KEPT:
        value = tree.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise _refused("CONTENT", f"Sai kiểu trường {name}", f"The field {name} has a wrong type", record)
        record[name] = value
    return record


def _verify(record: Mapping[str, str], settings: PaymentSettings) -> None:
    try:
        made = check_value(NOTICE_FIELDS, record, settings.secret.get_secret_value())
    except BarInField as exc:
        raise _refused(
            "BAR_IN_FIELD", f"Trường {exc.field} chứa dấu |", f"The field {exc.field} holds a |", record
        ) from exc
    if not is_check_value(record.get("MaXacThuc", ""), made):
        raise _refused("CHECK_VALUE", "Sai mã xác thực", "The check value is wrong", record, forged=True)


def _heard(operation: str, record: Mapping[str, str]) -> Heard:
    reference, paid = record["MaThamChieu"], record["MaLoi"] == OK
    amount = int(record["SoTien"])
    told = {name: value for name, value in record.items() if value}
    return Heard(
        kind="payment_settled",
        operation=operation,
        reply=Reply("payment.settled.v1", "payment/payment.settled.v1", {**told, "SoTien": amount}),
        event_id=f"{reference}/{'paid' if paid else 'failed'}",
        subject=record.get("MaHoSo", "").strip().upper(),
        reference=reference,
        amount=amount,
        currency=record["MaTienTe"],
        transaction=record.get("MaGiaoDich", ""),
        paid=paid,
        echo={name: record.get(name, "") for name in _ECHOED},
    )


def _refused(code: str, vi: str, en: str, record: Mapping[str, str], *, forged: bool = False) -> CallRefused:
    return CallRefused(code, vi=vi, en=en, answer=_answer(OTHER_ERROR, vi, record), forged=forged)


def _answer(code: str, text: str, record: Mapping[str, Any]) -> CallAnswer:
    echo = {name: record.get(name, "") for name in _ECHOED}
    return CallAnswer(orjson.dumps({"MaLoi": code, "MoTaLoi": text, **echo}))
