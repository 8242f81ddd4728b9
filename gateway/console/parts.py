"""What the console is put together from: the ledger to read, and the operations that the API uses too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.ledger.port import Ledger
from gateway.operations.bodies import BodyOperations
from gateway.operations.clients import ClientOperations
from gateway.operations.code_lists import CodeListOperations
from gateway.operations.deliveries import DeliveryOperations
from gateway.operations.drift import ReconciliationOperations
from gateway.operations.judge import Judge
from gateway.operations.keys import KeyOperations
from gateway.operations.live import LiveCatalogue
from gateway.operations.mappings import MappingOperations
from gateway.operations.replays import ReplayOperations
from gateway.operations.searching import SearchOperations
from gateway.operations.steering import SteeringOperations
from gateway.operations.troubles import Troubles
from gateway.operations.users import UserOperations
from gateway.settings import Settings
from gateway.telemetry.streaming import Streams


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a screen may read from or act through."""

    ledger: Ledger
    settings: Settings
    steering: SteeringOperations
    deliveries: DeliveryOperations
    troubles: Troubles
    replays: ReplayOperations
    bodies: BodyOperations
    searching: SearchOperations
    reconciliations: ReconciliationOperations
    mappings: MappingOperations
    code_lists: CodeListOperations
    keys: KeyOperations
    clients: ClientOperations
    learn_clients: Callable[[], Awaitable[None]]
    """Take up at once what was changed of clients."""
    users: UserOperations
    catalogue: LiveCatalogue
    judge: Judge
    streams: Streams
    readiness: Callable[[], Awaitable[Mapping[str, str | None]]]
    clock: Callable[[], datetime] = _now

    def destinations(self) -> list[str]:
        """Names that a list can be narrowed to."""
        systems = [route.destination for route in self.settings.active_routes]
        return list(dict.fromkeys([*systems, *(f"onestop/{client.name}" for client in self.settings.clients)]))
