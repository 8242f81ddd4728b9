"""In which mode something goes out: by its destination, and by the agency that its dossier code names.

A unit's mode counts for the units below it, and the most specific one wins; what names no agency goes by the mode of
its destination. Old and new spellings of a code name the same unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.acceptance.codes import agency, dossier
from gateway.acceptance.codes.agency import Agency
from gateway.acceptance.routing import ONESTOP
from gateway.errors import ConfigurationError
from gateway.ledger.steering.port import Withholding
from gateway.settings import DestinationSettings, Mode, Settings

HELD_AS_A_WHOLE = "*"
"""What is held back because its destination's mode says so, and not its agency's."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """Modes of one destination; `units` from the deepest upwards."""

    mode: Mode
    units: tuple[tuple[Agency, str, Mode], ...]

    def find(self, subject: str) -> tuple[Mode, str]:
        """The mode, and the code of the unit that says so."""
        code = dossier.parse(subject) if self.units else None
        if code is not None:
            for unit, written, mode in self.units:
                if unit.covers(code.agency):
                    return mode, written
        return self.mode, HELD_AS_A_WHOLE


class Modes:
    """The modes of all destinations; frozen at start."""

    def __init__(self, destinations: Mapping[str, DestinationSettings]) -> None:
        """Raises `ConfigurationError` for what names no agency."""
        mistakes: list[str] = []
        self._rules = {name: _rule(name, one, mistakes) for name, one in destinations.items()}
        if mistakes:
            raise ConfigurationError(sorted(mistakes))

    def of(self, destination: str, subject: str) -> Mode:
        """The mode in which something about `subject` goes to a destination."""
        rule = self._rules.get(destination)
        return rule.find(subject)[0] if rule is not None else "live"

    def held_as_a_whole(self) -> frozenset[str]:
        """Destinations to which nothing at all goes."""
        return frozenset(
            name
            for name, rule in self._rules.items()
            if rule.mode == "hold" and all(mode == "hold" for *_, mode in rule.units)
        )

    def withholding(self) -> Withholding | None:
        """What is held back of destinations that take something; None where there is no such thing."""
        whole = self.held_as_a_whole()
        names = {
            name
            for name, rule in self._rules.items()
            if name not in whole and "hold" in (rule.mode, *(mode for *_, mode in rule.units))
        }
        return Withholding(frozenset(names), self._held_for) if names else None

    def _held_for(self, destination: str, subject: str) -> str | None:
        mode, unit = self._rules[destination].find(subject)
        return unit if mode == "hold" else None


def _rule(name: str, settings: DestinationSettings, mistakes: list[str]) -> _Rule:
    units = []
    for written, mode in settings.agencies.items():
        unit = agency.parse(written)
        if unit is None:
            mistakes.append(
                f"destinations.{name}.agencies: {written!r} không phải mã định danh cơ quan / is no agency code"
            )
        else:
            units.append((unit, written, mode))
    return _Rule(settings.mode, tuple(sorted(units, key=lambda one: len(one[0].path), reverse=True)))


def destinations_of(settings: Settings) -> dict[str, DestinationSettings]:
    """Everything that something may be owed to, by name."""
    names = dict.fromkeys(route.destination for route in settings.active_routes)
    names |= dict.fromkeys(f"{ONESTOP}/{one.name}" for one in settings.clients if one.reply_mode != "poll")
    return {name: settings.destination(name) for name in names}


def modes_of(settings: Settings) -> Modes:
    """In which mode what goes out. Raises `ConfigurationError`."""
    return Modes(destinations_of(settings))
