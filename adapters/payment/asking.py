"""Documents made ready to go: what the tables leave to the adapter is filled in, and signed (sheet §2, §3).

Pure: the moment and the random end of a reference are handed in, so what is committed before the first byte is exactly
what goes out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from adapters.contract import OpenPayment, PermanentError, RefusedError
from adapters.payment.catalogue import CATALOGUE
from adapters.payment.settings import Beneficiary, PaymentSettings
from adapters.payment.signing import ASKING_FIELDS, INIT_FIELDS, BarInField, check_value

VIETNAM = timezone(timedelta(hours=7), "+07")
TOKEN_LENGTH = 10
KEYS = ("MaThamChieu", "ThoiGianGD", "SoTien", "MaTienTe")
"""What is committed with an attempt: all that can be asked or compared afterwards."""

_DIGITS = re.compile(r"[0-9]{1,15}")
_PUNCTUATION = re.compile(r"[^0-9A-Za-z]")

Document = dict[str, Any]


def opening(document: Mapping[str, Any], subject: str, at: datetime, token: str, settings: PaymentSettings) -> Document:
    """`INIT`, ready to be sent. `token`: `TOKEN_LENGTH` random letters or digits.

    Raises `RefusedError` for nothing to pay, `PermanentError` where the account is missing or a field holds a bar.
    """
    ready = dict(document)
    if not _DIGITS.fullmatch(str(ready.get("SoTien", ""))) or not isinstance(ready.get("ThongTinBienLai"), dict):
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
    if int(ready["SoTien"]) == 0:
        raise CATALOGUE["AMOUNT_ZERO"].error(RefusedError, field="SoTien")
    ready["ThongTinBienLai"] = credited(ready["ThongTinBienLai"], settings)
    ready |= {
        "MaDoiTac": settings.partner,
        "PhienBan": settings.version,
        "Ip": settings.server_ip,
        "MaThamChieu": reference(subject or str(ready["ThongTinBienLai"].get("MaHoSo", "")), at, token, settings),
        "ThoiGianGD": transaction_time(at, settings),
    }
    return _signed(ready, INIT_FIELDS, settings)


def question(document: Mapping[str, Any], sent_at: str, settings: PaymentSettings) -> Document:
    """`QUERY` or `GET_BILL`, ready to be sent. `sent_at`: the literal time of the attempt's `INIT`."""
    known = {"MaDoiTac": settings.partner, "PhienBan": settings.version, "ThoiGianGD": sent_at}
    return _signed({**document, **known}, ASKING_FIELDS, settings)


def opened_payment(document: Mapping[str, Any]) -> OpenPayment:
    """What later calls about an `INIT` will be compared with."""
    return OpenPayment(
        document["MaThamChieu"], document["ThoiGianGD"], int(document["SoTien"]), str(document["MaTienTe"])
    )


def reference(subject: str, at: datetime, token: str, settings: PaymentSettings) -> str:
    """`MaThamChieu`: unique by its random end, readable by its beginning as far as the length allows.

    One client cuts its reference at the end and so may lose what made it unique (§3); here only the beginning gives.
    """
    code = _PUNCTUATION.sub("", subject)
    room = settings.reference_length - len(token) - 1
    known = settings.reference_prefix + code
    stems = (known + transaction_time(at, settings), known, code, code[-room:])
    return f"{next(stem for stem in stems if len(stem) <= room)}_{token}"


def transaction_time(at: datetime, settings: PaymentSettings) -> str:
    """`ThoiGianGD`: Vietnamese time, by a clock of 24 hours, or of 12 as one live client writes it (§3)."""
    hours = "%H" if settings.clock_hours == 24 else "%I"
    return at.astimezone(VIETNAM).strftime(f"%Y%m%d{hours}%M%S")


def credited(receipt: Mapping[str, Any], settings: PaymentSettings) -> Document:
    """`ThongTinBienLai` with the account that is paid to: the request's own, else the configured one.

    Raises `PermanentError` where there is neither.
    """
    if receipt.get("TKThuHuong"):
        return dict(receipt)
    found = beneficiary(str(receipt.get("MaTTHC", "")), str(receipt.get("MaDonVi", "")), settings.beneficiaries)
    if found is None:
        raise CATALOGUE["NO_BENEFICIARY"].error(PermanentError, field="TKThuHuong")
    return {
        **receipt, "TKThuHuong": found.account, "MaNHThuHuong": found.bank_code, "TenTKThuHuong": found.name,
    }  # fmt: skip


def beneficiary(procedure: str, agency: str, known: Sequence[Beneficiary]) -> Beneficiary | None:
    """The account that fits best: by procedure and agency, by procedure, by agency, for all; the first of equals."""
    for wanted in ((procedure, agency), (procedure, "*"), ("*", agency), ("*", "*")):
        for one in known:
            if (one.procedure, one.agency) == wanted:
                return one
    return None


def _signed(document: Document, fields: Sequence[str], settings: PaymentSettings) -> Document:
    try:
        check = check_value(fields, document, settings.secret.get_secret_value())
    except BarInField as exc:
        fill = {"field": exc.field}
        raise CATALOGUE["BAR_IN_FIELD"].error(PermanentError, fill=fill, field=exc.field) from exc
    return {**document, "MaXacThuc": check}
