"""What the ledger promises about the register of services, and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry

Level = Literal["province", "district", "commune"]
LEVELS: tuple[Level, ...] = ("province", "district", "commune")
Grade = Literal["full", "partial", "information"]
GRADES: tuple[Grade, ...] = ("full", "partial", "information")
STEPS = ("approved_on", "set_up_on", "notified_on", "tried_on", "offered_on", "connected_on")
"""The steps of a service, in order."""


@dataclass(frozen=True, slots=True)
class Service:
    """A procedure at a level of government. Days are ISO texts, None where a step has not been taken."""

    procedure: str
    level: str
    name: str = ""
    agency: str = ""
    """Who is responsible for putting it online."""
    contact_email: str = ""
    contact_phone: str = ""
    scheme: str = ""
    """The law it is graded by."""
    grade: str = "information"
    eligible: bool = False
    fee_bearing: bool = False
    online_payment: bool = False
    forms: str = ""
    reusable: str = ""
    """Components that may be reused, each with the database it comes from."""
    cause: str = ""
    """Why it cannot be offered although a target asks for it."""
    approved_on: str | None = None
    set_up_on: str | None = None
    notified_on: str | None = None
    tried_on: str | None = None
    offered_on: str | None = None
    connected_on: str | None = None


class ServiceLedger(Protocol):
    """Part of `Ledger`."""

    async def services(self) -> list[Service]:
        """The whole register, by procedure and level."""

    async def put_services(self, rows: Sequence[Service], gone: Sequence[tuple[str, str]], entry: AuditEntry) -> None:
        """Write rows, new or in place of old ones, and take out those named, with the audit row: all or nothing."""
