"""What of the portal can be tried without an effect: the login, then the right to each reading service (§5)."""

from __future__ import annotations

from functools import partial

from adapters.contract import Trials
from adapters.national_portal import codes, looking
from adapters.national_portal.access import Access, Ask
from adapters.national_portal.catalogue_services import SERVICES
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.verdict import Subject, judge

_NO_DOSSIER = "000.00.00.H00-180101-0001"
"""A code that nobody gives."""


def trials(access: Access, settings: PortalSettings) -> Trials:
    """By service; a gateway's login is its road's, so there the services alone."""
    parameters = {
        "LayThuTuc": {"maTTHC": settings.probe_procedure},
        "LayDanhSachTTHCDonVi": {"maDonVi": settings.madonvi},
    }
    asks = {name: Ask(name, parameters.get(name, {})) for name in SERVICES}
    asks[looking.SERVICE] = Ask(looking.SERVICE, {"mahoso": _NO_DOSSIER})
    services = {name: partial(_answered, ask, access, settings) for name, ask in asks.items()}
    return Trials(services, None if settings.style == "gateway" else access.log_in_again)


async def _answered(ask: Ask, access: Access, settings: PortalSettings) -> None:
    """Return where the portal answers, if only that it knows no such thing. Raises `DeliveryError`."""
    reply = await access.ask(ask)
    finding = codes.find(reply)
    if reply.code != 0 and (finding is None or finding.code != "DOSSIER_UNKNOWN"):
        judge(reply, Subject.CREATE, settings)
