"""What the simulated one-stop system knows of events: which came before, and whether each dossier's came in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.simulation import log
from adapters.simulation.log import Effect, EffectLog, digest


class Events:
    """Events by `webhook-id`; everything it knows stands in the log, so a restart forgets nothing.

    Order is the order of `time` within a subject, looked at when an event comes for the first time.
    """

    def __init__(self, effects: EffectLog[Effect]) -> None:
        self._log = effects
        self.repeats = 0
        self.changed = 0
        """Repeats whose content was not that of the first."""
        self.out_of_order = 0
        self._first: dict[str, str] = {}
        self._latest: dict[str, str] = {}
        for effect in effects.effects:
            self._remember(effect)

    def take(self, call: int, event_id: str, event: Mapping[str, Any]) -> bool:
        """Record an event; whether it is new. Holds its codes and a digest, not its content."""
        content = digest(event)
        if event_id in self._first:
            self.repeats += 1
            self.changed += self._first[event_id] != content
            return False
        details = {"id": event_id, "type": str(event.get("type", "")), "time": str(event.get("time", ""))}

        def make(sequence: int) -> Effect:
            subject = str(event.get("subject", ""))
            return Effect(sequence, call, "event", subject, content, log.now(), details)

        self._remember(self._log.record(make))
        return True

    def clear(self) -> None:
        self.repeats = self.changed = self.out_of_order = 0
        self._first.clear()
        self._latest.clear()

    def __len__(self) -> int:
        return len(self._first)

    def _remember(self, effect: Effect) -> None:
        time = effect.details["time"]
        self._first[effect.details["id"]] = effect.digest
        self.out_of_order += time < self._latest.get(effect.key, "")
        self._latest[effect.key] = max(time, self._latest.get(effect.key, ""))
