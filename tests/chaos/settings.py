"""The configuration of a gateway under chaos: hours are seconds, everything else is as a province runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.national_portal import simulator as portal
from adapters.payment import simulator as payment
from tests.e2e.rig import ADMIN, KEY
from tests.toml_text import toml_text

CLIENT = "mot-cua"
LEASE_MARGIN = 4.0
TIMEOUT = 3.0
UNCLEAR_GAP = 6.0
"""Longer than the line to a system ever holds bytes back: what arrives late lands before the next call."""
LEASE = 2 * TIMEOUT + LEASE_MARGIN

_DESTINATION: Mapping[str, Any] = {
    "concurrency": 16,
    "timeout": f"{TIMEOUT}s",
    "unclear_gap": f"{UNCLEAR_GAP}s",
    "retry_schedule": ["500ms"] * 300,
    "breaker_failures": 5,
    "breaker_pause": "1s",
}


def write_configuration(folder: Path, portal_url: str, payment_url: str, **more: Any) -> Path:
    """The file `lienthong.toml` of an installation whose data lies in `folder`."""
    call = {"timeout": f"{TIMEOUT}s", "connect_timeout": "1s"}
    tree = {
        "data_dir": str(folder / "data"),
        "admin_token": ADMIN,
        "log": {"format": "json", "level": "info"},
        "ledger": {"sweep_every": "500ms", "claim_timeout": "5s"},
        "payments": {"watch_after": "2s", "open_grace": "5s", "receipts": False},
        "clients": [{"name": CLIENT, "key_sha256": hashlib.sha256(KEY.encode()).hexdigest()}],
        "destinations": {"national_portal": dict(_DESTINATION), "payment": dict(_DESTINATION)},
        "adapters": {
            "national_portal": portal.adapter_settings(portal_url) | call,
            "payment": payment.adapter_settings(payment_url) | call | {"query_pauses": ["1s"]},
        },
        "routes": [
            _route("dossier.recorded", "national_portal", "DongBoHoSoMC", lane=True, supersedes=True,
                   after_dead="until_accepted", after_refused="until_accepted"),
            _route("dossier.progressed", "national_portal", "CapNhatTienDoHoSoMC", lane=True, after_dead="continue"),
            _route("payment.requested", "payment", "INIT", lane=False),
            _route("payment.watch_requested", "payment", "QUERY", lane=False, retry_schedule=["1s"] * 600),
        ],
        **more,
    }  # fmt: skip
    file = folder / "lienthong.toml"
    file.write_text(toml_text(tree))
    return file


def _route(kind: str, destination: str, operation: str, **more: Any) -> dict[str, Any]:
    mapping = f"{destination}/{kind}.v1"
    return {"type": f"vn.lienthong.{kind}.v1", "destination": destination, "operation": operation} | {
        "mapping": mapping, **more
    }  # fmt: skip
