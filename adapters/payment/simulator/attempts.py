"""The simulated platform's memory: every attempt to pay, and how it stands (sheet §8).

Synchronous on purpose: between the first check and the last effect nothing else can happen, so an effect in the log was
committed whole whatever becomes of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.payment.asking import VIETNAM
from adapters.payment.simulator.settings import SimulatorSettings
from adapters.simulation.log import Effect, EffectLog, digest, now

CREATED, PAID, PENDING, FAILED = "created", "paid", "pending", "failed"
_STATES = {PAID: "1", PENDING: "3", FAILED: "4"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `time` is the literal `ThoiGianGD`; `code` is what a failure will be notified with."""

    reference: str
    time: str
    amount: int
    currency: str
    dossier: str
    description: str = ""
    state: str = CREATED
    transaction: str = ""
    day: str = ""
    code: str = "00"
    begun_here: bool = False
    """The payer came by the portal and gave the dossier code (§7)."""


class Attempts:
    """All attempts by reference. Everything done is in the log; nothing personal is."""

    def __init__(self, settings: SimulatorSettings, log: EffectLog[Effect], clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._log = log
        self._clock = clock
        self._known: dict[str, Attempt] = {}
        self._asked_for_receipt: dict[str, int] = {}
        for effect in log.effects:
            self._remember(effect)

    def clear(self) -> None:
        self._known.clear()
        self._asked_for_receipt.clear()

    def all(self) -> list[Attempt]:
        return list(self._known.values())

    def of(self, reference: str) -> Attempt:
        """The attempt of this reference. Raises `KeyError`."""
        return self._known[reference]

    def find(self, reference: object, time: object) -> Attempt | None:
        """The attempt a question is about: both keys must be those of its `INIT` (§3)."""
        found = self._known.get(str(reference))
        if found is None or (self._settings.literal_time and found.time != time):
            return None
        return found

    def add(self, call: int, attempt: Attempt, request: Mapping[str, Any]) -> None:
        """A new attempt: an effect of kind "init", or "begun" where the payer began on the portal."""
        self._known[attempt.reference] = attempt
        kind = "begun" if attempt.begun_here else "init"
        details = {
            "time": attempt.time,
            "amount": str(attempt.amount),
            "currency": attempt.currency,
            "dossier": attempt.dossier,
        }
        self.note(call, kind, attempt.reference, details, digest(request))

    def pay(self, reference: str) -> Attempt:
        """The payer pays. A final state stays what it is. Raises `KeyError`."""
        return self._end(reference, PAID, "00")

    def fail(self, reference: str, code: str = "24") -> Attempt:
        """The attempt fails; `code` is the `MaLoi` that says why. Raises `KeyError`."""
        return self._end(reference, FAILED, code)

    def pend(self, reference: str) -> Attempt:
        """The payer has paid or not; the platform does not know (state 3). Raises `KeyError`."""
        known = self._known[reference]
        if known.state == CREATED:
            known = self._known[reference] = replace(known, state=PENDING, transaction=self._number())
            self.note(0, PENDING, reference, {"transaction": known.transaction})
        return known

    def state_of(self, attempt: Attempt) -> str:
        """`TrangThaiGD`."""
        return _STATES.get(attempt.state, self._settings.created_state)

    def receipt_ready(self, attempt: Attempt) -> bool:
        """Whether a receipt exists; each ask counts (§6)."""
        if attempt.state != PAID:
            return False
        asks = self._asked_for_receipt[attempt.reference] = self._asked_for_receipt.get(attempt.reference, 0) + 1
        return asks > self._settings.receipt_not_ready

    def note(self, call: int, kind: str, key: str, details: Mapping[str, str], digest_: str = "") -> None:
        """One line in the log."""
        self._log.record(lambda sequence: Effect(sequence, call, kind, key, digest_, now(), details))

    def _end(self, reference: str, state: str, code: str) -> Attempt:
        known = self._known[reference]
        if known.state in (PAID, FAILED):
            return known
        day = self._clock().astimezone(VIETNAM).strftime("%Y%m%d")
        number = known.transaction or self._number()
        ended = self._known[reference] = replace(known, state=state, transaction=number, day=day, code=code)
        self.note(0, state, reference, {"transaction": number, "day": day, "code": code})
        return ended

    def _number(self) -> str:
        """A transaction number nobody has yet."""
        numbered = sum(1 for attempt in self._known.values() if attempt.transaction)
        return f"PPGL{self._clock().astimezone(VIETNAM):%y%m%d}{numbered + 1:07}"

    def _remember(self, effect: Effect) -> None:
        told = effect.details
        if effect.kind in ("init", "begun"):
            self._known[effect.key] = Attempt(
                effect.key,
                told["time"],
                int(told["amount"]),
                told["currency"],
                told["dossier"],
                begun_here=effect.kind == "begun",
            )
        elif effect.kind in (PAID, FAILED, PENDING):
            day, code = told.get("day", ""), told.get("code", "00")
            known = replace(self._known[effect.key], state=effect.kind, transaction=told["transaction"])
            self._known[effect.key] = replace(known, day=day, code=code)
