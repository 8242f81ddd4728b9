"""Every system the gateway can speak to, by the name routes and settings use.

A new system is one line here; see `docs/adapters.md`.
"""

from __future__ import annotations

from adapters import citizen_db, national_portal, ndxp, onestop, payment
from adapters.contract import AdapterSpec

ADAPTERS: dict[str, AdapterSpec] = {
    spec.name: spec for spec in (national_portal.SPEC, citizen_db.SPEC, payment.SPEC, ndxp.SPEC, onestop.SPEC)
}
