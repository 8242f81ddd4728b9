"""The national portal's two write services, told as what happens to one document; its catalogues are read next door.

A dossier is created and, where it is already there, updated, so it may be sent twice safely; progress goes in numbered
parts whose answers are remembered one by one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson

from adapters.contract import (
    Adapter,
    Compared,
    DeliveryWarning,
    Outbound,
    PermanentError,
    Receipt,
    RefusedError,
    TransientError,
    Trials,
)
from adapters.contract import Reply as Message
from adapters.national_portal import catalogue_services, codes, comparing, looking, trying, wire
from adapters.national_portal.access import Access, Ask, open_access
from adapters.national_portal.catalogue import CATALOGUE
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.verdict import Subject, Verdict, judge
from adapters.national_portal.wire import Reply
from adapters.transport.http import Http

_FILED_ON_THE_PORTAL = "1"
"""`NoiNopHoSo` of what a citizen filed there: the portal has it by right (§6)."""
DOSSIER = "DongBoHoSoMC"
PROGRESS = "CapNhatTienDoHoSoMC"
STEPS_PER_CALL = 10
"""What the live client sends (§7). Not a setting: the parts of an interrupted delivery must keep their meaning."""

_MAY_REPEAT = DeliveryWarning(
    "MAY_REPEAT",
    "/data",
    "Lần gửi trước không có câu trả lời rõ ràng, nên phần đầu của lần này có thể đã được gửi một lần",
    "The attempt before ended without a clear answer, so the first part of this one may be a repeat",
)
_OVERWRITTEN = DeliveryWarning(
    "EXISTED_ELSEWHERE",
    "/data/code",
    "Cổng DVCQG đã có hồ sơ này từ hệ thống khác; bản cập nhật đã ghi đè lên nó",
    "The portal had this dossier from another system; the update has overwritten it",
)
ALARMS = frozenset({_OVERWRITTEN.code})
_ALREADY_THERE = DeliveryWarning(
    "ALREADY_THERE",
    "/data",
    "Cổng DVCQG báo các bước này đã có: lần gửi trước đã được nhận",
    "The portal says these steps are already there: the attempt before had been taken",
)


def repeatable(settings: PortalSettings) -> frozenset[str]:
    """Operations that may safely be sent twice; progress only by the assumption that settings may withdraw (§7)."""
    progress = {PROGRESS} if settings.repeat_unclear_progress == "true" else set()
    return frozenset({DOSSIER}) | progress | catalogue_services.OPERATIONS


@asynccontextmanager
async def open_portal(settings: PortalSettings) -> AsyncIterator[Adapter]:
    """Open the adapter; nothing is sent until it is used. On leaving, its connections and its login end."""
    async with Http(settings) as http:
        access = open_access(settings, http)
        try:
            yield Portal(settings, access)
        finally:
            await access.close()


class Portal:
    """The adapter. Any number of deliveries at once; their order is the caller's business."""

    def __init__(self, settings: PortalSettings, access: Access) -> None:
        self._settings = settings
        self._access = access

    async def deliver(self, request: Outbound) -> Receipt:
        """Hand over one dossier record, or the steps `{"data": [...]}` of one dossier; or ask for a catalogue."""
        if request.operation in catalogue_services.OPERATIONS:
            return await catalogue_services.refresh(request, self._access, self._settings)
        if request.operation == DOSSIER and isinstance(request.document, dict):
            return await self._synchronise(request)
        if request.operation == PROGRESS:
            return await self._progress(request, _steps(request.document))
        code = "DOCUMENT_SHAPE" if request.operation == DOSSIER else "UNKNOWN_OPERATION"
        raise CATALOGUE[code].error(PermanentError)

    async def probe(self) -> None:
        """Speak to the portal now: log in, or look up one procedure with the session at hand. Changes nothing there."""
        if self._settings.probe == "login" and self._settings.style != "gateway":
            await self._access.log_in_again()
            return
        reply = await self._access.ask(Ask("LayThuTuc", {"maTTHC": self._settings.probe_procedure}))
        if reply.code != 0:
            judge(reply, Subject.CREATE, self._settings)

    def trials(self) -> Trials:
        """The login, then each reading service. Changes nothing there."""
        return trying.trials(self._access, self._settings)

    async def look(self, subject: str, deadline: float) -> Message:
        """What the portal holds of one dossier, whoever brought it there. Changes nothing there."""
        return await looking.look(subject, deadline, self._access, self._settings)

    async def compare(self, request: Outbound) -> Compared:
        """The dossier's status there and here, for a shadow. Changes nothing there."""
        ours = comparing.status_of(request.document)
        if ours is None:
            return Compared("not_asked")
        return comparing.beside(ours, await self.look(request.subject, request.deadline))

    async def _synchronise(self, request: Outbound) -> Receipt:
        data = wire.encode_records([request.document], integers=self._settings.integers)
        reply = await self._write(request, data, {"isUpdating": "False"})
        if judge(reply, Subject.CREATE, self._settings) is Verdict.TAKEN:
            return _receipt(reply, {"mode": "create"})
        elsewhere = _from_elsewhere(request)
        if elsewhere and self._settings.on_existing == "ask":
            raise CATALOGUE["EXISTS_ELSEWHERE"].error(PermanentError, answer=reply.raw)
        reply = await self._write(request, data, {"isUpdating": "True"})
        if judge(reply, Subject.UPDATE, self._settings) is Verdict.TAKEN:
            return _receipt(reply, {"mode": "update"}, (_OVERWRITTEN,) if elsewhere else ())
        tries = self._settings.unnamed_tries
        raise CATALOGUE["EXISTS_ON_UPDATE"].error(TransientError, max_tries=tries, answer=reply.raw)

    async def _progress(self, request: Outbound, steps: Sequence[Mapping[str, Any]]) -> Receipt:
        reply = Reply(0, "", None, "", b"")
        warnings: list[DeliveryWarning] = []
        may_repeat = request.may_repeat
        for part, chunk in _parts(steps):
            if part in request.done:
                continue
            if may_repeat:
                warnings.append(_MAY_REPEAT)
            data = wire.encode_records(chunk, integers=self._settings.integers)
            reply = await self._write(request, data, {})
            if self._judge_part(reply, request) is Verdict.EXISTS:
                if not may_repeat:
                    raise CATALOGUE["STEPS_EXIST"].error(RefusedError, answer=reply.raw)
                warnings.append(_ALREADY_THERE)
            await request.checkpoint(part, reply.raw)
            may_repeat = False
        return _receipt(reply, {"mode": "progress", "steps": str(len(steps))}, tuple(warnings))

    def _judge_part(self, reply: Reply, request: Outbound) -> Verdict:
        # Parts answered earlier prove the same as the ledger's word: the portal knows this dossier.
        known = bool(request.context.get("known_taken")) or bool(request.done)
        return judge(reply, Subject.PROGRESS, self._settings, known_taken=known)

    async def _write(self, request: Outbound, data: orjson.Fragment, parameters: Mapping[str, str]) -> Reply:
        return await self._access.ask(Ask(request.operation, parameters, data, request.deadline))


def _from_elsewhere(request: Outbound) -> bool:
    """Whether what exists cannot be ours: no delivery of this dossier was ever taken, nor sent and left unclear."""
    by_right = request.document.get("NoiNopHoSo") == _FILED_ON_THE_PORTAL
    return bool(request.context.get("first_contact")) and not request.may_repeat and not by_right


def _steps(document: Any) -> Sequence[Mapping[str, Any]]:
    """The steps in time order; steps of the same second keep the order given."""
    steps = document.get("data") if isinstance(document, dict) else None
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
    return sorted(steps, key=lambda step: str(step.get("ThoiDiemXuLy", "")))


def _parts(steps: Sequence[Mapping[str, Any]]) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Parts "1", "2", … of at most ten steps: the same for the same document, in every attempt."""
    starts = range(0, len(steps), STEPS_PER_CALL)
    return [(str(n), steps[start : start + STEPS_PER_CALL]) for n, start in enumerate(starts, 1)]


def _receipt(reply: Reply, facts: Mapping[str, str], warnings: tuple[DeliveryWarning, ...] = ()) -> Receipt:
    return Receipt(str(reply.code), codes.words(reply), reply.raw, warnings, facts=facts)
