"""Judges what reached the portal by what the sender knows: nothing lost, swapped or doubled (P1, P3, P4).

Pure. Only the sender's log and the portal's effect log go in, so neither the gateway nor its ledger can talk the judge
round. Three things are allowed, each only as far as it must be:

- a full snapshot may be missing when the next newer one that was applied has its status, or a progress step tells it;
- that newer one may then stand ahead of progress, in the place it took over, but never ahead of an older snapshot;
- the call in flight at a kill, or while something was disturbed, may be repeated, once for each kill (as often as it
  likes while disturbed), with nothing else of its dossier in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise
from typing import Literal

from adapters.national_portal.simulator import Effect


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as its sender knows it.

    `parts` holds the digests of the records it must become at the portal, call by call; `status` is a snapshot's own
    and None for progress; `step_statuses` are those its progress steps tell of.
    """

    key: str
    subject: str
    status: str | None
    parts: tuple[tuple[str, ...], ...]
    step_statuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sent:
    """The sender began to send a message; logged again for each repeat."""

    message: Posted


@dataclass(frozen=True, slots=True)
class Answered:
    """The sender holds the 202 for the message with this key."""

    key: str


@dataclass(frozen=True, slots=True)
class Killed:
    """The gateway was found dead when the portal had done this many effects."""

    effects: int


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Something on the way was broken from when the portal had done `first` effects to when it had done `last`."""

    first: int
    last: int


SenderLog = Sequence[Sent | Answered | Killed | Disturbed]


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise broken, for one dossier."""

    kind: Literal["lost", "order", "doubled", "unknown"]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Effects of one part of one message, with nothing of the same dossier in between."""

    message: Posted
    part: int
    effects: tuple[Effect, ...]

    @property
    def places(self) -> list[int]:
        return [self.message.parts[self.part].index(effect.digest) for effect in self.effects]

    @property
    def name(self) -> str:
        return f"{self.message.key} part {self.part + 1}"


def examine(log: SenderLog, effects: Sequence[Effect]) -> list[Finding]:
    """Everything that is wrong with a history; nothing for a good one."""
    told = _Told(log)
    unknown = [e for e in effects if e.digest not in told.origin]
    findings = [Finding("unknown", e.key, f"effect {e.sequence}: nobody sent this") for e in unknown]
    done: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.digest in told.origin:
            done[effect.key].append(effect)
    for subject, messages in told.dossiers.items():
        findings += _Dossier(told, messages, done[subject]).findings(subject)
    return findings


class _Told:
    """The sender's log, indexed."""

    def __init__(self, log: SenderLog) -> None:
        self.dossiers: dict[str, list[Posted]] = defaultdict(list)
        self.sent: dict[str, int] = {}
        self.answered: dict[str, int] = {}
        self.origin: dict[str, tuple[Posted, int]] = {}
        self._kills = [entry.effects for entry in log if isinstance(entry, Killed)]
        self._disturbed = [entry for entry in log if isinstance(entry, Disturbed)]
        for moment, entry in enumerate(log):
            match entry:
                case Sent(message) if message.key not in self.sent:
                    self.sent[message.key] = moment
                    self.dossiers[message.subject].append(message)
                    self._note_origin(message)
                case Answered(key):
                    self.answered.setdefault(key, moment)

    def _note_origin(self, message: Posted) -> None:
        for number, part in enumerate(message.parts):
            for digest in part:
                if digest in self.origin:
                    twin = self.origin[digest][0].key
                    raise ValueError(f"{message.key} says the same as {twin}: not to be told apart")
                self.origin[digest] = (message, number)

    def precedes(self, one: Posted, other: Posted) -> bool:
        """Whether `one` was answered before `other` was sent: only then their order is promised."""
        return one.key in self.answered and self.answered[one.key] < self.sent[other.key]

    def cut_off_between(self, one: Effect, other: Effect) -> bool:
        """Whether the call that did `one` may have been cut off, so that its outcome was unknown before `other`."""
        return any(one.sequence <= kill < other.sequence for kill in self._kills) or any(
            one.sequence <= window.last and window.first < other.sequence for window in self._disturbed
        )


class _Dossier:
    """One dossier: what was told of it, and what was done to it, in order."""

    def __init__(self, told: _Told, messages: Sequence[Posted], effects: Sequence[Effect]) -> None:
        self._told = told
        self._messages = messages
        self._snapshots = [m for m in messages if m.status is not None]
        self._told_by_steps = frozenset().union(*(m.step_statuses for m in messages))
        self._effects = effects
        grouped = groupby(effects, key=lambda effect: told.origin[effect.digest])
        self._runs = [_Run(message, part, tuple(found)) for (message, part), found in grouped]
        self._applied = {run.message.key for run in self._runs}

    def findings(self, subject: str) -> Iterator[Finding]:
        yield from (Finding("lost", subject, text) for text in self._lost())
        yield from (Finding("doubled", subject, text) for text in self._doubled())
        yield from (Finding("order", subject, text) for text in self._out_of_order())

    def _lost(self) -> Iterator[str]:
        seen = {effect.digest for effect in self._effects}
        for message in self._messages:
            missing = sum(digest not in seen for part in message.parts for digest in part)
            if missing and message.key in self._told.answered and not self._superseded(message):
                yield f"{message.key}: answered, but {missing} of its records never reached the portal"

    def _superseded(self, message: Posted) -> bool:
        """Whether the next newer snapshot that was applied, or a progress step, says what this one said."""
        if message.status is None:
            return False
        newer = self._snapshots[self._snapshots.index(message) + 1 :]
        following = next((m for m in newer if m.key in self._applied), None)
        return following is not None and message.status in {following.status, *self._told_by_steps}

    def _doubled(self) -> Iterator[str]:
        for effect in self._effects[1:]:
            if effect.kind == "create":
                yield f"effect {effect.sequence}: created although it was there"
        for run in self._runs:
            for one, other in self._repeats(run):
                if not self._told.cut_off_between(one, other):
                    yield f"{run.name}: effect {other.sequence} repeats effect {one.sequence}, and nothing was cut off"
        for before, after in combinations(self._runs, 2):
            if {e.digest for e in before.effects} & {e.digest for e in after.effects}:
                yield f"{after.name}: done again at effect {after.effects[0].sequence}, with other work in between"

    @staticmethod
    def _repeats(run: _Run) -> Iterator[tuple[Effect, Effect]]:
        latest: dict[str, Effect] = {}
        for effect in run.effects:
            if effect.digest in latest:
                yield latest[effect.digest], effect
            latest[effect.digest] = effect

    def _out_of_order(self) -> Iterator[str]:
        for run in self._runs:
            for (place, effect), (next_place, next_effect) in pairwise(zip(run.places, run.effects, strict=True)):
                if next_place < place and not self._told.cut_off_between(effect, next_effect):
                    yield f"{run.name}: effect {next_effect.sequence} belongs before effect {effect.sequence}"
        for number, one in enumerate(self._runs):
            late = [other for other in self._runs[number + 1 :] if self._belongs_before(other, one)]
            if wrong := [other.name for other in late if not self._took_place_before(number, other)]:
                yield f"{one.name} was done before {', '.join(wrong)}: answered before it was sent"

    def _belongs_before(self, one: _Run, other: _Run) -> bool:
        if one.message is other.message:
            return one.part < other.part
        return self._told.precedes(one.message, other.message)

    def _took_place_before(self, number: int, passed: _Run) -> bool:
        """Whether run `number` is a snapshot that took over a place ahead of the progress it `passed`."""
        if self._runs[number].message.status is None or passed.message.status is not None:
            return False
        return self._told.precedes(self._place(number), passed.message)

    def _place(self, number: int) -> Posted:
        """Whose place the snapshot of run `number` stands in: its own, or the oldest that older ones left to it."""
        place = self._runs[number].message
        for older in reversed(self._snapshots[: self._snapshots.index(place)]):
            if older.key in self._applied:
                return self._place(number - 1) if self._was_cut_off(older, number) else place
            place = older
        return place

    def _was_cut_off(self, older: Posted, number: int) -> bool:
        """Whether a kill or disturbance came between `older` and run `number`, and nothing else did."""
        if number == 0:
            return False
        last, following = self._runs[number - 1], self._runs[number]
        return last.message is older and self._told.cut_off_between(last.effects[-1], following.effects[0])
