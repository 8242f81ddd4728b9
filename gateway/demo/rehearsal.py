"""The rehearsal itself: faults laid out for the simulators, the stories told, and one report of how all of it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, faults
from adapters.simulation.system import Simulation
from gateway.demo.samples import stories
from gateway.demo.sandbox import KINDS, ONESTOP, SENDER, Sandbox, log_of
from gateway.demo.scenes import SCENES, Stage, play
from gateway.demo.story import Teller, Told
from gateway.demo.verdict import Surprise, surprises_at_the_door, surprises_at_the_portal, surprises_in_the_books

COUNTS = ("accepted", "delivered", "refused", "dead", "superseded", "cancelled", "open", "balance")

_QUICK = {
    "unclear_gap": "500ms",
    "retry_schedule": ["200ms", "400ms", "1s", "2s", "5s", "10s"],
    "breaker_pause": "1s",
}
PACE: Mapping[str, Any] = {
    "ledger": {"sweep_every": "100ms"},
    "payments": {"watch_after": "300ms", "open_grace": "1s"},
    "destinations": dict.fromkeys((*KINDS, f"{ONESTOP}/{SENDER}"), _QUICK),
    "adapters": {"payment": {"query_pauses": ["200ms"], "receipt_pauses": ["200ms"]}},
}
"""Minutes and hours as fractions of a second, so that nobody waits for a retry."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Something that did not go through, with its reason in both languages."""

    subject: str
    state: str
    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Report:
    """How the rehearsal ended. `sheet` is the gateway's own balance sheet; `surprises` must be empty."""

    sheet: Mapping[str, Any]
    messages: int
    rejected: int
    duplicates: int
    effects: int
    explained: tuple[Explained, ...]
    surprises: tuple[Surprise, ...]
    first_dossier: str
    seconds: float
    ledger: str = "sqlite"
    broker: str = "in-process"

    @property
    def good(self) -> bool:
        """Every sample is where it must be, nothing is open, the books balance."""
        return not self.surprises and self.sheet["open"] == 0 and self.sheet["balance"] == 0

    def as_dict(self) -> dict[str, Any]:
        """The one JSON object of `lienthong demo --json`."""
        counts = {name: self.sheet[name] for name in COUNTS}
        return {
            **counts,
            "messages": self.messages,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "ledger": self.ledger,
            "broker": self.broker,
            "destinations": {line["destination"]: {name: line[name] for name in COUNTS} for line in self.sheet["by"]},
            "effects": self.effects,
            "scenes": [{"vi": one.vi, "en": one.en, "subject": one.subject} for one in SCENES],
            "explained": [asdict(one) for one in self.explained],
            "surprises": [asdict(one) for one in self.surprises],
            "seconds": round(self.seconds, 2),
        }


def simulated(data_dir: Path) -> dict[str, Simulation]:
    """The systems as the stories want them: the portal demands the procedure's name and enforces its limits."""
    settings = SimulatorSettings(also_required=("TenTTHC",), limits=True, log=log_of(data_dir, "national_portal"))
    return {"national_portal": SimulatedPortal(settings)}


def how_many() -> int:
    """Messages the stories hold, and scenes."""
    return sum(1 for story in stories() for _ in story.samples) + len(SCENES)


async def rehearse(sandbox: Sandbox, address: str, admin: str, step: Callable[[], None]) -> Report:
    """Tell every story to the gateway at `address` and report. Told a second time, everything is a repeat."""
    began = time.monotonic()
    if not sandbox.portal.effects:
        _lay_out_faults(sandbox.portal)
    told_stories = stories()
    async with aiohttp.ClientSession() as http:
        teller = Teller(http, address, sandbox.key, admin)
        told = await teller.tell(told_stories, step)
        unlike = await play(Stage(teller, sandbox), SCENES, step)
        await teller.rest()
        ends = {one.id: await teller.state(one.id) for one in told if one.id}
        sheet = await teller.ask("/v1/balance")
    states = {message_id: str(delivery["state"]) for message_id, delivery in ends.items()}
    samples = [sample for story in told_stories for sample in story.samples]
    return Report(
        sheet=sheet,
        messages=len(states),
        rejected=sum(one.status >= 400 for one in told),
        duplicates=sum(one.duplicate for one in told),
        effects=len(sandbox.portal.effects),
        explained=_explained(told, ends),
        surprises=(
            *surprises_at_the_door(told),
            *surprises_in_the_books(told, states),
            *surprises_at_the_portal(samples, sandbox.portal.effects),
            *unlike,
        ),
        first_dossier=samples[0].subject,
        seconds=time.monotonic() - began,
    )


def _lay_out_faults(portal: SimulatedPortal) -> None:
    """What goes wrong on every real line now and then; none of it may show in how things end."""
    portal.next(faults.cut_after_commit(), on="DongBoHoSoMC")
    portal.next(faults.http_status(503), times=2, on="DongBoHoSoMC")
    portal.next(faults.html(), on="CapNhatTienDoHoSoMC")
    portal.next(faults.session_lost(), on="CapNhatTienDoHoSoMC")
    portal.next(faults.cut_after_commit(), on="CapNhatTienDoHoSoMC")


def _explained(told: Sequence[Told], ends: Mapping[str, Mapping[str, Any]]) -> tuple[Explained, ...]:
    lines = []
    for one in told:
        if not one.id:
            lines += [
                Explained(one.sample.subject, f"HTTP {one.status}", error["code"], *_both(error["message"]))
                for error in one.errors[:1]
            ]
        elif (end := ends[one.id])["state"] in ("refused", "dead") and end["last_error"] and not one.duplicate:
            error = end["last_error"]
            lines.append(Explained(one.sample.subject, end["state"], error["code"], error["vi"], error["en"]))
    return tuple(lines)


def _both(message: str) -> tuple[str, str]:
    vi, _, en = message.partition(" / ")
    return vi, en
