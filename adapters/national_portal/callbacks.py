"""The calls the portal makes to the province: a dossier filed there, a land tax voucher, a land tax notice (§5).

A call is a bare dossier or an envelope {`service`, `isUpdating`, `data`, `isSync`?, `SecurityKey`?}; what it is follows
from its content, whichever address it came to. One call tells of one dossier. The answer is always HTTP 200 with
{`error_code`, `message`}: 0 done, 1 this dossier is here already, -1 anything else, and the portal calls again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from adapters.contract import AnswersCallbacks, CallAnswer, CallRefused, Heard, Incoming, Outcome, Reply
from adapters.national_portal.filed_fields import ALSO, FILED, as_text, further, says
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.tax_notice import rows_of

PROMOTION = "addtthcKhuyenMai"
"""The address under which the portal hands over bare dossiers of sales promotions, as attested on the exchange."""
ENVELOPE = "NhanHoSo"
"""A name of ours for the address of enveloped calls, for no source shows one that all services share."""
TAX_VOUCHER, TAX_NOTICE = "NhanChungTuThueDat", "NhanThongBaoThueDat"
CALLS = frozenset({PROMOTION, ENVELOPE, TAX_VOUCHER, TAX_NOTICE})

_FILED = "dossier.filed_nationally.v1"
_CODE = re.compile(r"[0-9A-Z][0-9A-Z._/-]{0,59}")
_SERVICE = re.compile(r"[0-9A-Za-z_.-]{1,100}")
_ENVELOPE = ("service", "isUpdating", "data", "SecurityKey")
_UPDATING = {"": "", "true": "True", "false": "False"}
"""Text in any letter case, or a boolean; absent is no update."""
_NEEDED = {TAX_VOUCHER: "ThongTinThanhToan", TAX_NOTICE: "FileThongBaoThue"}

DONE, DUPLICATE, FAILED = 0, 1, -1
"""`error_code` of our answers; numbers, as the attested clients give them."""
_ANSWERS = {
    Outcome.RECORDED: (DONE, "Thành công"),
    Outcome.DUPLICATE: (DUPLICATE, "Mã hồ sơ đã tồn tại"),
}
_NOT_RECORDED = "Chưa ghi nhận được, xin gửi lại"

REFUSALS = {
    "UNREADABLE": ("Không đọc được nội dung gửi đến", "The call is no JSON object"),
    "SECURITY_KEY": ("SecurityKey không đúng", "The SecurityKey is missing or wrong"),
    "FIELD_MISSING": ("Thiếu trường {field}", "The field {field} is missing"),
    "FIELD_WRONG": ("Trường {field} không đúng dạng", "The field {field} is not well formed"),
    "SEVERAL_DOSSIERS": (
        "Mỗi lần gửi chỉ nhận một hồ sơ; xin gửi từng hồ sơ",
        "One call may tell of one dossier only; they must come one by one",
    ),
}
"""Why a call is not heard, by code, in both languages; the Vietnamese words go back to the portal."""


def listen(settings: PortalSettings) -> AnswersCallbacks:
    """What understands the portal's calls."""
    return PortalCalls(settings)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A call without its envelope. `service` is "" for a bare dossier; `beside` is what else the envelope carries."""

    service: str
    updating: str
    data: Mapping[str, Any]
    beside: Mapping[str, Any]


class PortalCalls:
    """Reads and answers. Pure."""

    def __init__(self, settings: PortalSettings) -> None:
        self._key = settings.callback_key.get_secret_value()

    def read(self, call: Incoming) -> Heard:
        """Verify and read one call. Raises `CallRefused`."""
        tree = _object(call.body)
        self._verify(tree)
        opened = _open(tree)
        rows = _rows(opened.data.get("FileThongBaoThue"))
        code = _code(opened.data, rows)
        return Heard(
            kind="dossier_filed",
            operation=call.operation,
            reply=Reply(_FILED, f"national_portal/{_FILED}", _record(opened, code, rows)),
            event_id=_event_id(opened, code, call.operation),
            subject=code,
        )

    def answer(self, heard: Heard, outcome: Outcome, record: Mapping[str, Any] | None = None) -> CallAnswer:  # noqa: ARG002 - nothing is ever due here
        """The acknowledgement: 0 only for what is stored."""
        return _answer(*_ANSWERS.get(outcome, (FAILED, _NOT_RECORDED)))

    def _verify(self, tree: Mapping[str, Any]) -> None:
        """An envelope must carry the agreed key; a bare dossier need not, for in no source does one carry any."""
        if not self._key or not (_is_envelope(tree) or "SecurityKey" in tree):
            return
        given = tree.get("SecurityKey")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), self._key.encode()):
            raise _refused("SECURITY_KEY", forged=True)


def _object(body: bytes) -> dict[str, Any]:
    try:
        tree = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
        orjson.dumps(tree)  # refuses what is nested without end
    except (ValueError, TypeError):
        raise _refused("UNREADABLE") from None
    if not isinstance(tree, dict):
        raise _refused("UNREADABLE")
    return tree


def _is_envelope(tree: Mapping[str, Any]) -> bool:
    return "data" in tree or "service" in tree


def _open(tree: Mapping[str, Any]) -> _Opened:
    if not _is_envelope(tree):
        if any(says(tree.get(name)) for name in _NEEDED.values()):  # else a tax call could go around the key
            raise _missing("service")
        return _Opened("", "", _telling(tree, without=("SecurityKey",)), {})
    service = tree.get("service")
    if not says(service):
        raise _missing("service")
    if not isinstance(service, str) or not _SERVICE.fullmatch(service):
        raise _wrong("service")
    updating = _UPDATING.get(str(tree.get("isUpdating") or "").strip().lower())
    if updating is None:
        raise _wrong("isUpdating")
    data = _one(tree.get("data"))
    if (needed := _NEEDED.get(service)) and needed not in data:
        raise _missing(needed)
    return _Opened(service, updating, data, _telling(tree, without=_ENVELOPE))


def _telling(node: Mapping[str, Any], without: Collection[str] = ()) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in node.items() if name not in without and says(value)}


def _one(data: Any) -> Mapping[str, Any]:
    """`data` is an object or an array of one; of an array of several, the part that fails could not be named (§5)."""
    if isinstance(data, list) and len(data) > 1:
        raise _refused("SEVERAL_DOSSIERS")
    row = data[0] if isinstance(data, list) and data else data
    if not says(row):
        raise _missing("data")
    if not isinstance(row, dict):
        raise _wrong("data")
    return _telling(row)


def _rows(file: Any) -> list[dict[str, Any]]:
    """The rows of a tax notice; none where there is no notice."""
    if file is None:
        return []
    rows = rows_of(file) if isinstance(file, str) else None
    if rows is None:
        raise _wrong("FileThongBaoThue")
    return rows


def _code(data: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """The one dossier that the call and every row of its notice name."""
    name = next((one for one in ("MaHoSo", "MaHoSoQG") if one in data), None)
    named = [] if name is None else [_tidy(data[name], name)]
    codes = {*named, *(_tidy(row["MA_HSO"], "MA_HSO") for row in rows if "MA_HSO" in row)}
    if not codes:
        raise _missing("MA_HSO" if "FileThongBaoThue" in data else "MaHoSo")
    if len(codes) > 1:
        raise _refused("SEVERAL_DOSSIERS")
    return codes.pop()


def _tidy(code: Any, field: str) -> str:
    text = code.strip().upper() if isinstance(code, str) else ""
    if not _CODE.fullmatch(text):
        raise _wrong(field)
    return text


def _record(opened: _Opened, code: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The call as its mapping reads it: what has a place of its own, and behind it all else by name and value."""
    known = {name: value for name, value in opened.data.items() if name in FILED or name in ALSO}
    known.pop("MaHoSoQG", None)
    if isinstance(payment := known.get("ThongTinThanhToan"), dict):
        known["ThongTinThanhToan"] = {name: _whole(value) for name, value in payment.items()}
    known["MaHoSo"] = code
    if rows:
        known["ROW_LIST"] = rows
    record: dict[str, Any] = {"service": opened.service, "isUpdating": opened.updating, "data": known}
    if beside := [*opened.beside.items(), *further(opened.data)]:
        record["TruongKhac"] = [{"Ten": name, "GiaTri": as_text(value)} for name, value in beside]
    return record


def _whole(value: Any) -> Any:
    """Live clients take amounts for floating-point numbers: 1250000.0 is 1250000."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _event_id(opened: _Opened, code: str, operation: str) -> str:
    """A dossier is one event however often it is handed over; its updates, vouchers and notices are one each.

    What tells those apart is their content: the same again is the same event.
    """
    name = f"{opened.service or operation}/{code}"
    if opened.updating != "True" and opened.service not in _NEEDED:
        return name
    content = orjson.dumps(opened.data, option=orjson.OPT_SORT_KEYS)
    return f"{name}/{hashlib.sha256(content).hexdigest()[:32]}"


def _missing(field: str) -> CallRefused:
    return _refused("FIELD_MISSING", field)


def _wrong(field: str) -> CallRefused:
    return _refused("FIELD_WRONG", field)


def _refused(code: str, field: str = "", *, forged: bool = False) -> CallRefused:
    vi, en = (text.format(field=field) for text in REFUSALS[code])
    return CallRefused(code, vi=vi, en=en, answer=_answer(FAILED, vi), forged=forged)


def _answer(code: int, message: str) -> CallAnswer:
    return CallAnswer(orjson.dumps({"error_code": code, "message": message}))
