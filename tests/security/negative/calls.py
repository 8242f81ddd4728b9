"""Calls in the name of national systems: forged, replayed, from a wrong network, about what is not so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from adapters.national_portal.simulator.samples import dossier, promotion
from adapters.payment.signing import NOTICE_FIELDS, check_value
from tests.security.negative.case import JSON, Ask, Case, Trace, refused
from tests.security.negative.site import CALLBACK_KEY, CODE, Site

_PAYMENT = "/v1/callbacks/payment/"
_NOTIFY, _LOOK_UP = _PAYMENT + "dpnhankqthanhtoanhs", _PAYMENT + "dptracuuthanhtoanhs"
_PORTAL = "/v1/callbacks/national_portal/"
_FILE = _PORTAL + "NhanHoSo"
FORGED, UNREADABLE = "callback.forged", "callback.refused"


def notice(site: Site, reference: str, **changes: Any) -> dict[str, Any]:
    """A notification as the platform sends it, rightly signed."""
    record = {
        "LoaiBanTin": "CONFIRM", "MaLoi": "00", "MaDoiTac": site.known["partner"], "MaThamChieu": reference,
        "MaGiaoDich": "PPGL0001", "SoTien": 100_000, "MaTienTe": "VND", "ThoiGianGD": "20250612081530",
        "MaNganHang": "NHGIALAP", "ThongTinGiaoDich": "x", "MaHoSo": CODE,
    } | changes  # fmt: skip
    return record | {"MaXacThuc": check_value(NOTICE_FIELDS, record, site.known["payment_secret"])}


def _noticed(name: str, code: str, leaves: Trace, made: Callable[[Site], Any], **how: Any) -> Case:
    def ask(site: Site) -> Ask:
        record = made(site)
        return Ask("POST", _NOTIFY, body=record if isinstance(record, bytes) else orjson.dumps(record), content=JSON)

    return Case(name, Ask(), 200, code, leaves, made=ask)


def _forged(name: str, made: Callable[[Site], Any]) -> Case:
    return _noticed(name, "99", Trace(FORGED, "payment", "CHECK_VALUE"), made)


def _after_signing(**changes: Any) -> Callable[[Site], dict[str, Any]]:
    return lambda site: notice(site, site.known["unpaid"]) | changes


def _signed_with(secret: str) -> Callable[[Site], dict[str, Any]]:
    def made(site: Site) -> dict[str, Any]:
        record = notice(site, site.known["unpaid"])
        return record | {"MaXacThuc": check_value(NOTICE_FIELDS, record, secret)}

    return made


PAYMENTS = (
    _forged("a notification without a check value", _after_signing(MaXacThuc="")),
    _forged("a check value of zeros", _after_signing(MaXacThuc="0" * 64)),
    _forged("a check value of no secret", _signed_with("")),
    _forged("a check value of another secret", _signed_with("bi-mat-khac")),
    _forged("an amount that was changed on the way", _after_signing(SoTien=1)),
    _forged("an outcome that was changed on the way", _after_signing(MaLoi="99")),
    _forged(
        "a good check value under another payment",
        lambda site: notice(site, site.known["paid"]) | {"MaThamChieu": site.known["unpaid"]},
    ),
    _forged("a good check value under another kind of message", _after_signing(LoaiBanTin="QUERY")),
    _noticed(
        "a bar that moves a field into the next",
        "99",
        Trace(UNREADABLE, "payment", "BAR_IN_FIELD"),
        lambda site: notice(site, site.known["unpaid"]) | {"ThongTinGiaoDich": "a|b"},
    ),
    _noticed(
        "another partner's notification",
        "99",
        Trace(UNREADABLE, "payment", "PARTNER"),
        lambda site: notice(site, site.known["unpaid"], MaDoiTac="H47-KHAC"),
    ),
    _noticed(
        "a notification with one field twice",
        "99",
        Trace(UNREADABLE, "payment", "UNREADABLE"),
        lambda site: orjson.dumps(notice(site, site.known["unpaid"]))[:-1] + b',"MaLoi":"99"}',
    ),
    _noticed(
        "a payment nobody asked for",
        "99",
        Trace("payment.unknown", "payment", ""),
        lambda site: notice(site, "KHONG-CO-THAM-CHIEU", MaHoSo=""),
    ),
    _noticed(
        "less than was asked for",
        "99",
        Trace("payment.mismatch", "gateway", ""),
        lambda site: notice(site, site.known["unpaid"], SoTien=1000),
    ),
    _noticed(
        "another currency",
        "99",
        Trace("callback.answer_invalid", "payment", ""),
        lambda site: notice(site, site.known["unpaid"], MaTienTe="USD"),
    ),
    Case(
        "a notification of a payment that is settled, sent once more",
        Ask(),
        200,
        "00",
        "a repeat is what the platform's own second try is: acknowledged, and nothing changes",
        made=lambda site: Ask("POST", _NOTIFY, body=notice(site, site.known["paid"], MaGiaoDich=""), content=JSON),
    ),
    _noticed(
        "a failure told of what was paid",
        "00",
        Trace("payment.failed_after_paid", "gateway", "", ok=True),
        lambda site: notice(site, site.known["paid"], MaLoi="99"),
    ),
    Case(
        "a call from a network that is not the platform's",
        Ask(),
        403,
        "CALLBACK_NETWORK",
        refused("takeCallback"),
        made=lambda site: Ask(
            "POST", _NOTIFY, body=notice(site, site.known["unpaid"]), content=JSON, whence="127.200.1.1"
        ),
    ),
    Case(
        "a network that is only claimed in a header",
        Ask(),
        403,
        "CALLBACK_NETWORK",
        refused("takeCallback"),
        made=lambda site: Ask(
            "POST",
            _NOTIFY,
            body=notice(site, site.known["unpaid"]),
            content=JSON,
            whence="127.200.1.2",
            headers={"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"},
        ),
    ),
)


def _pushed(name: str, body: Any, code: str, *, operation: str = "NhanHoSo", action: str = UNREADABLE) -> Case:
    ask = Ask("POST", _PORTAL + operation, body=body, content=JSON)
    return Case(name, ask, 200, "-1", Trace(action, "national_portal", code), ("khoa-khac",))


_DOSSIER = dossier("000.00.16.H46-250610-0077")
_ENTITY = '<!DOCTYPE D [<!ENTITY e SYSTEM "file:///etc/passwd">]><DATA><BODY>&e;</BODY></DATA>'
PUSHES = (
    _pushed("a dossier of the portal without the agreed key", _DOSSIER.body(""), "SECURITY_KEY", action=FORGED),
    _pushed("a dossier of the portal with another key", _DOSSIER.body("khoa-khac"), "SECURITY_KEY", action=FORGED),
    _pushed(
        "a key that is no text", {**_DOSSIER.body(""), "SecurityKey": [CALLBACK_KEY]}, "SECURITY_KEY", action=FORGED
    ),
    _pushed(
        "a bare dossier with a wrong key",
        {**promotion().body(), "SecurityKey": "khoa-khac"},
        "SECURITY_KEY",
        action=FORGED,
    ),
    _pushed("a dossier that is no JSON", b"<HoSo/>", "UNREADABLE"),
    _pushed("a dossier nested four hundred deep", b'{"a":' * 400 + b"1" + b"}" * 400, "UNREADABLE"),
    Case(
        "an operation no system has",
        Ask("POST", _PORTAL + "XoaHoSo", body={}, content=JSON),
        404,
        "NOT_FOUND",
        refused("takeCallback"),
    ),
    Case(
        "an operation of another system",
        Ask("POST", _PORTAL + "dpnhankqthanhtoanhs", body={}, content=JSON),
        404,
        "NOT_FOUND",
        refused("takeCallback"),
    ),
    Case(
        "a system that calls nobody",
        Ask("POST", "/v1/callbacks/citizen_db/TraCuu", body={}, content=JSON),
        404,
        "NOT_FOUND",
        refused("takeCallback"),
    ),
    Case(
        "a call by the wrong method",
        Ask("GET", _FILE),
        405,
        "METHOD_NOT_ALLOWED",
        "the method is wrong, no route was reached; the log has a line",
    ),
)
CASES = (*PAYMENTS, *PUSHES)
