"""The portal's catalogue services (§5, §8): one question, all its rows, put where the mapping reads them.

Reads without effect, so each may be repeated. An unknown code has no rows. Rows that lack their own code are left out
and said, for one of them must not cost the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.contract import DeliveryWarning, Outbound, PermanentError, Receipt, TransientError, UncertainError
from adapters.contract import Reply as Message
from adapters.national_portal import codes
from adapters.national_portal.access import Access, Ask
from adapters.national_portal.catalogue import CATALOGUE
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.verdict import Subject, judge
from adapters.national_portal.wire import Reply

_REFRESHED = "catalogue.refreshed.v1"


@dataclass(frozen=True, slots=True)
class Service:
    """One catalogue service: where its rows go, their own code, and the parameter it cannot do without."""

    rows: str
    code: str
    parameter: str = ""


SERVICES: Mapping[str, Service] = {
    "LayDanhSachTTHC": Service("result", "MATTHC"),
    "LayDanhSachTTHCDonVi": Service("result", "MATTHC", parameter="maDonVi"),
    "LayThuTuc": Service("result", "MATTHC", parameter="maTTHC"),
    "LayDanhMucLinhVuc": Service("LinhVuc", "MALINHVUC"),
    "LayDanhMucCoQuan": Service("CoQuan", "MADONVI"),
    "LayDVC": Service("DVC", "MADVC"),
}
"""Those whose rows the sheet shows. `LayDVC` takes a filter that no source shows, so none is sent."""
OPERATIONS = frozenset(SERVICES)


async def refresh(request: Outbound, access: Access, settings: PortalSettings) -> Receipt:
    """Ask for one catalogue; the rows come back as `catalogue.refreshed.v1`. Raises `DeliveryError`."""
    service = SERVICES[request.operation]
    parameters = _parameters(request, service)
    reply = await access.ask(Ask(request.operation, parameters, deadline=request.deadline))
    rows = _rows(reply, request.operation, settings)
    told = [row for row in rows if row.get(service.code) not in (None, "")]
    warnings = (_without_code(service, len(rows) - len(told)),) if len(told) < len(rows) else ()
    if request.operation == "LayDanhMucLinhVuc" and settings.own_fields_only:
        told = [row for row in told if row.get("MANGANH") == settings.madonvi]
    record = {"service": request.operation, service.rows: told}
    message = Message(_REFRESHED, f"national_portal/{_REFRESHED}", record)
    facts = {"rows": str(len(told))}
    return Receipt(str(reply.code), codes.words(reply), reply.raw, warnings, reply=message, facts=facts)


def _parameters(request: Outbound, service: Service) -> dict[str, str]:
    """The question's parameters; the route is wrong where it leads to another service than the one asked for."""
    document = request.document if isinstance(request.document, dict) else {}
    if document.get("service") != request.operation or (service.parameter and not document.get(service.parameter)):
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
    return {service.parameter: str(document[service.parameter])} if service.parameter else {}


def _rows(reply: Reply, operation: str, settings: PortalSettings) -> list[dict[str, Any]]:
    """The rows of an answer; absent ones are none. Raises `DeliveryError` for a refusal and for what are no rows."""
    if reply.code != 0:
        return _refused(reply, operation, settings)
    found = reply.result.get("data") if operation == "LayDVC" and isinstance(reply.result, dict) else reply.result
    if found is None or found == "":
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise CATALOGUE["ROWS_SHAPE"].error(UncertainError, answer=reply.raw)
    return found


def _refused(reply: Reply, operation: str, settings: PortalSettings) -> list[dict[str, Any]]:
    """An unknown code is answered with no rows (assumed, §8); should the portal say it in words, it means the same."""
    finding = codes.find(reply)
    if operation == "LayThuTuc" and finding is not None and finding.code == "DOSSIER_UNKNOWN":
        return []
    judge(reply, Subject.CREATE, settings)
    # "đã tồn tại" is no answer to a question.
    entry, tries = CATALOGUE["unnamed"], settings.unnamed_tries
    raise entry.error(TransientError, fill={"portal_code": reply.code}, max_tries=tries, answer=reply.raw)


def _without_code(service: Service, count: int) -> DeliveryWarning:
    return DeliveryWarning(
        "ROWS_WITHOUT_CODE",
        "/data",
        f"{count} dòng của Cổng DVCQG không có {service.code} nên không được nhận",
        f"{count} rows of the portal have no {service.code} and were left out",
    )
