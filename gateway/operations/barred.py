"""What the audit says of a call that was not made because of where its address led (CWE-918, SSRF)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.contract import DeliveryError
from gateway.ledger.port import AuditEntry

CODE = "PRIVATE_NETWORK"
"""What every client of ours calls it; see `adapters.transport.networks`."""
ACTION = "address.refused"
_WHY = (
    "Địa chỉ trỏ tới mạng riêng hoặc mạng bị cấm; chưa gửi gì. / "
    "The address leads into a private or barred network; nothing was sent."
)


def barred(code: str | None, actor: str, target: str, details: Mapping[str, Any]) -> AuditEntry | None:
    """The entry, for this one reason alone. Not the address: what a system named may say things."""
    if code != CODE:
        return None
    return AuditEntry(actor, ACTION, target, _WHY, ok=False, details=details)


def met(exc: BaseException) -> str | None:
    """The code of what a call met, also where an adapter put words of its own around it (`raise ... from`)."""
    while isinstance(exc.__cause__, DeliveryError):
        exc = exc.__cause__
    return getattr(exc, "code", None)
