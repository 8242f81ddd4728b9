"""An imitation of the payment platform over real HTTP, for the sandbox, the tests and load runs.

`build` makes one, `platform.running()` serves it once, `platform.next(faults.html())` upsets it, `platform.pay(...)` is
the payer, and `platform.effects` is what it really did.
"""

from __future__ import annotations

from typing import Any

from adapters.payment.simulator import faults
from adapters.payment.simulator.app import SimulatedPayment
from adapters.payment.simulator.attempts import Attempt
from adapters.payment.simulator.settings import SimulatorSettings

__all__ = ["Attempt", "SimulatedPayment", "SimulatorSettings", "adapter_settings", "build", "faults"]


def build(settings: SimulatorSettings | None = None) -> SimulatedPayment:
    """A simulated platform, not yet serving; its aiohttp application is `.app`."""
    return SimulatedPayment(settings)


def adapter_settings(url: str, settings: SimulatorSettings | None = None) -> dict[str, Any]:
    """The section `[adapters.payment]` that fits a simulated platform at `url`."""
    known = settings or SimulatorSettings()
    return {
        "road": {"style": "direct", "address": url},
        "init_path": "/init",
        "query_path": "/query",
        "bill_path": "/bill",
        "bearer": known.bearer,
        "partner": known.partner,
        "secret": known.secret,
        "server_ip": "127.0.0.1",
        "receipt_prefix": known.receipt_base,
        "receipt_base": f"{url}/noi-bo/",
        "receipt_networks": "allow",
        "beneficiaries": [{"account": "0000111122223", "bank_code": known.bank, "name": "DON VI THU PHI GIA LAP"}],
    }
