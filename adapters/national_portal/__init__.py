"""The National Public Service Portal (Cổng Dịch vụ công Quốc gia): dossiers, their progress, catalogues, and its calls.

`README.md` beside this file is its ledger of trust: what is done, what is assumed and where the switch is.
"""

from adapters.contract import AdapterSpec
from adapters.national_portal import catalogue_services
from adapters.national_portal.adapter import ALARMS, DOSSIER, PROGRESS, open_portal, repeatable
from adapters.national_portal.callbacks import CALLS, listen
from adapters.national_portal.catalogue import entry
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.stakes import STAKES

SPEC = AdapterSpec(
    name="national_portal",
    operations=frozenset({DOSSIER, PROGRESS}) | catalogue_services.OPERATIONS,
    repeatable=repeatable,
    settings=PortalSettings,
    open=open_portal,
    callbacks=CALLS,
    listen=listen,
    looks=True,
    explain=entry,
    stakes=STAKES,
    alarms=ALARMS,
)

__all__ = ["SPEC"]
