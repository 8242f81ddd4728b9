"""The register of services: imported from a sheet after a look at the plan, like code lists."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from gateway.errors import StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.services.port import Service
from gateway.operations.service_rows import ServiceRow

_IN_AUDIT = 50
"""Changes written out in an audit entry; more are counted."""


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What an import would do: each row of the file that is new or changes something, and what would be taken out."""

    added: tuple[ServiceRow, ...]
    changed: tuple[tuple[ServiceRow, Service], ...]
    removed: tuple[Service, ...]
    unchanged: int
    fingerprint: str

    @property
    def size(self) -> int:
        """How many rows of the register change."""
        return len(self.added) + len(self.changed) + len(self.removed)

    def as_dict(self) -> dict[str, Any]:
        """For people and machines."""
        return {
            "fingerprint": self.fingerprint,
            "add": len(self.added),
            "change": len(self.changed),
            "remove": len(self.removed),
            "unchanged": self.unchanged,
            "steps": [*self._steps()],
        }

    def _steps(self) -> list[dict[str, Any]]:
        added = [_step("add", row.number, row.service) for row in self.added]
        changed = [
            _step("change", row.number, row.service) | {"fields": differing(was, row.service)}
            for row, was in self.changed
        ]
        return [*added, *changed, *(_step("remove", 0, one) for one in self.removed)]


class ServiceOperations:
    """Changes the register; one change at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._changing = asyncio.Lock()

    async def services(self) -> list[Service]:
        """The whole register."""
        return await self._ledger.services()

    async def plan(self, rows: Sequence[ServiceRow], *, whole: bool = False) -> dict[str, Any]:
        """What importing these rows would do; nothing is done."""
        return plan(await self._ledger.services(), rows, whole=whole).as_dict()

    async def apply(
        self, rows: Sequence[ServiceRow], fingerprint: str, actor: str, reason: str, *, whole: bool = False
    ) -> dict[str, Any]:
        """Do what `plan` told; `fingerprint` is the one it gave. Raises `StateError` if it would be another one now."""
        async with self._changing:
            made = plan(await self._ledger.services(), rows, whole=whole)
            if made.fingerprint != fingerprint:
                raise StateError(
                    "Sổ dịch vụ đã thay đổi từ lúc xem kế hoạch; hãy xem lại kế hoạch rồi xác nhận. / "
                    "The register has changed since the plan was made; look at the plan again, then confirm."
                )
            if made.size:
                put = [row.service for row in made.added] + [row.service for row, _ in made.changed]
                gone = [(one.procedure, one.level) for one in made.removed]
                entry = AuditEntry(actor, "services.import", "services", reason, details=_details(made))
                await self._ledger.put_services(put, gone, entry)
            return made.as_dict()


def plan(known: Sequence[Service], rows: Sequence[ServiceRow], *, whole: bool) -> ServicePlan:
    """What a row does not speak of stays as it is. `whole`: the file is the register, what it does not name goes."""
    there = {(one.procedure, one.level): one for one in known}
    added, changed = list[ServiceRow](), list[tuple[ServiceRow, Service]]()
    for row in rows:
        was = there.get((row.service.procedure, row.service.level))
        if was is None:
            added.append(row)
            continue
        merged = row.over(was)
        if merged.service != was:
            changed.append((merged, was))
    named = {(row.service.procedure, row.service.level) for row in rows}
    removed = tuple(one for key, one in there.items() if whole and key not in named)
    said = [asdict(one) for one in known], [asdict(row.service) for row in rows], whole
    fingerprint = hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]
    unchanged = len(rows) - len(added) - len(changed)
    return ServicePlan(tuple(added), tuple(changed), removed, unchanged, fingerprint)


def differing(one: Service, other: Service) -> list[str]:
    """Names of what differs."""
    before, after = asdict(one), asdict(other)
    return [name for name, value in after.items() if before[name] != value]


def _step(action: str, row: int, one: Service) -> dict[str, Any]:
    return {"action": action, "row": row, "procedure": one.procedure, "level": one.level, "name": one.name}


def _details(made: ServicePlan) -> Mapping[str, Any]:
    told = made.as_dict()
    steps = [f"{one['action']} {one['procedure']} {one['level']}" for one in told.pop("steps")[:_IN_AUDIT]]
    return {**told, "steps": steps}
