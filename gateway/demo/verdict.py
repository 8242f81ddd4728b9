"""Did everything end as it must? Compares the stories with the gateway's books and the simulated portal's own log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.national_portal.simulator import Effect
from gateway.demo.samples import Sample
from gateway.demo.story import Told
from mappings import Catalogue

Done = tuple[str, str]
"""(record | progress, the portal's status code)."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """Something that did not end as it must."""

    subject: str
    expected: str
    found: str


def surprises_at_the_door(told: Sequence[Told]) -> list[Surprise]:
    """Samples that were not answered as they must be."""
    right = {"rejected": (422,), "conflict": (409,), "duplicate": (202,)}
    return [
        Surprise(one.sample.subject, one.sample.expect, f"HTTP {one.status}")
        for one in told
        if one.status not in right.get(one.sample.expect, (202,))
        or (one.sample.expect == "duplicate" and not one.duplicate)
    ]


def surprises_in_the_books(told: Sequence[Told], states: Mapping[str, str]) -> list[Surprise]:
    """Accepted samples whose obligation did not end in the state it must; `states` by message id."""
    return [
        Surprise(one.sample.subject, one.sample.expect, states[one.id])
        for one in told
        if one.id and one.sample.expect != "duplicate" and states[one.id] != one.sample.expect
    ]


def surprises_at_the_portal(samples: Sequence[Sample], effects: Sequence[Effect]) -> list[Surprise]:
    """Dossiers with which the portal did anything but what must have been done, step by step, in order."""
    codes = _status_codes()
    wanted: dict[str, list[Done]] = defaultdict(list)
    for sample in samples:
        if sample.expect == "delivered":
            done, before = _done_by(sample, codes), wanted[sample.subject]
            wanted[sample.subject] = done + before if sample.heals else before + done
    found: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        found[effect.key].append(effect)
    about = {sample.subject for sample in samples}
    return [
        Surprise(subject, str(wanted[subject]), str(_really_done(found[subject])))
        for subject in sorted(about)
        if wanted[subject] != _really_done(found[subject])
    ]


def _done_by(sample: Sample, codes: Mapping[str, str]) -> list[Done]:
    data: dict[str, Any] = sample.event["data"]
    if "steps" not in data:
        return [("record", codes[data["status"]])]
    return [("progress", codes[step["status"]]) for step in sorted(data["steps"], key=lambda step: str(step["at"]))]


def _really_done(effects: Sequence[Effect]) -> list[Done]:
    """Effects of one dossier. A record sent again because its answer was lost is the same record: one effect."""
    done: list[Done] = []
    last = ""
    for place, effect in enumerate(effects):
        if effect.kind == "progress":
            done.append(("progress", effect.status))
            continue
        if effect.digest != last:
            done.append(("record", effect.status))
        last = effect.digest
        if (effect.kind == "create") != (place == 0):
            done.append((f"{effect.kind} as effect {place + 1}", effect.status))
    return done


def _status_codes() -> dict[str, str]:
    return {entry.canonical: entry.foreign for entry in Catalogue.load().lists["dossier_status"].entries}
