"""The portal's catalogues, fetched once a day: asked for like anything else, so an outage only delays the answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time

import structlog

from gateway.acceptance.replies import Replies, Thread
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.settings import CatalogueSettings
from mappings.convert import VIETNAM

log = structlog.get_logger(__name__)

REQUEST = "catalogue.refresh_requested.v1"
_EVERY = 30.0


def subject_of(kind: str) -> str:
    """What the questions and answers of one catalogue are about."""
    return f"catalogue/{kind}"


class CatalogueClock:
    """Asks for each configured catalogue once a day, at its time or as soon after it as a gateway runs."""

    def __init__(self, ledger: Ledger, replies: Replies, settings: CatalogueSettings) -> None:
        self._ledger = ledger
        self._replies = replies
        self._settings = settings

    async def run(self) -> None:
        """Until cancelled; without a time of day nothing is ever asked by itself."""
        if not self._settings.refresh_at:
            return
        while True:
            try:
                await self.look(datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("catalogues.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("catalogues.failed")
            await asyncio.sleep(_EVERY)

    async def look(self, now: datetime) -> None:
        """Ask for what is due. The day stands in the question's id: however often, it is asked once a day."""
        here = now.astimezone(VIETNAM)
        if here.time() < time.fromisoformat(self._settings.refresh_at):
            return
        questions = [
            self._replies.request(
                Thread(""), now, REQUEST, subject_of(kind), f"catalogue/{kind}/{here.date()}", {"kind": kind}
            )
            for kind in self._settings.kinds
        ]
        if questions:
            await self._ledger.accept(questions)
