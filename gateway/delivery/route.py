"""A route with everything it needs at hand, and the mapping a delivery goes through on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from adapters.contract import Adapter
from gateway.delivery.breaker import Breaker, Gate
from gateway.message import Work
from gateway.settings import DestinationSettings, RouteSettings
from mappings import Mapped, Mapping, MappingError, UnknownMapping
from mappings.convert import VIETNAM


@dataclass(frozen=True, slots=True)
class OpenRoute:
    """A route with everything it needs at hand."""

    settings: RouteSettings
    destination: DestinationSettings
    mapping: Callable[[date | None, str | None], Mapping | AsItIs]
    """The mapping in force on a day (None: now), or a version by its label; asked for every delivery anew."""
    adapter: Adapter
    repeatable: bool
    breaker: Breaker
    gates: tuple[Gate, ...]
    """One per partition."""
    pays: bool = False
    """What it delivers opens, watches or documents payments."""
    alarms: frozenset[str] = frozenset()
    """Codes of its warnings that people are alarmed of."""
    to_client: bool = False
    """It leads to one of the province's own systems: the whole event goes there, and nobody is answered."""


class AsItIs:
    """The mapping of what goes out in canonical form."""

    version = None

    def forward(self, document: dict[str, Any]) -> Mapped:
        """The document itself."""
        return Mapped(document)


def mapping_for(work: Work, route: OpenRoute) -> Mapping | AsItIs:
    """The version in force, or, for a replay "as then", that version with the codes of the day of acceptance.

    Raises `MappingError` where there is none.
    """
    version = work.delivery.pinned_version
    try:
        if version is None:
            return route.mapping(None, None)
        return route.mapping(work.accepted_at.astimezone(VIETNAM).date(), version)
    except UnknownMapping as exc:
        raise MappingError(
            "VERSION_GONE",
            "",
            route.settings.mapping,
            vi="Phiên bản bảng dịch cần dùng không còn trong danh mục hoặc chưa có hiệu lực; hãy khôi phục tệp của nó, "
            "hoặc gửi lại theo bản hiện hành.",
            en="The mapping version is not in the catalogue any more, or none is in force; restore its file, or replay "
            "as now.",
        ) from exc
