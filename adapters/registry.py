"""Every system the gateway can speak to, by the name routes and settings use.

A new system is one line here; see `docs/adapters.md`.
"""

from __future__ import annotations

from adapters import national_portal, onestop
from adapters.contract import AdapterSpec

ADAPTERS: dict[str, AdapterSpec] = {spec.name: spec for spec in (national_portal.SPEC, onestop.SPEC)}
