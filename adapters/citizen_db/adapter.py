"""The population database's three questions, told as what happens to one of them.

All are reads: asking twice changes nothing there, so what ends without a clear answer is simply asked again. Every
question is on record under its officer, its dossier and a request id that is committed before the first byte goes out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from adapters.citizen_db.ports import Port, open_way
from adapters.citizen_db.question import LOOKUP, OPERATIONS, VERIFY, Question, frame, officer_digest, spelled
from adapters.citizen_db.settings import CitizenDbSettings
from adapters.citizen_db.verdict import judge
from adapters.contract import Adapter, Outbound, Prepared, Receipt, Trials
from adapters.ndxp.road import open_road
from adapters.transport.http import Http


def repeatable(_: CitizenDbSettings) -> frozenset[str]:
    """All operations: a look-up has no effect."""
    return OPERATIONS


@asynccontextmanager
async def open_citizen_db(settings: CitizenDbSettings) -> AsyncIterator[Adapter]:
    """Open the adapter: the WSDL is read, nothing is sent until it is used. On leaving, its connections end."""
    async with Http(settings) as http, open_road(settings.road, http) as road:
        yield CitizenDb(settings, await open_way(settings, road))


class CitizenDb:
    """The adapter. Any number of questions at once."""

    def __init__(self, settings: CitizenDbSettings, port: Port) -> None:
        self._settings = settings
        self._port = port

    def prepare(self, request: Outbound) -> Prepared:
        """Fix the request id (`MaYeuCau`) under which the look-up goes on record. Raises what `frame` raises."""
        question = frame(request, self._settings)
        document = {**request.document, spelled("MaYeuCau", self._settings): question.request_id}
        return Prepared(self._record(question), request._replace(document=document))

    async def deliver(self, request: Outbound) -> Receipt:
        """Ask one question; the receipt carries the answer, nobody found being one."""
        question = frame(request, self._settings)
        said = await self._port.ask(question)
        verdict = judge(question, said)
        return Receipt(verdict.code, "", said.raw, reply=verdict.reply, facts=self._record(question))

    async def probe(self) -> None:
        """Look up somebody who cannot exist, in the name of the officer set for it; not found is health."""
        await self._try(LOOKUP)

    def trials(self) -> Trials:
        """The questions about one person, each about somebody who cannot exist; a household needs real members."""
        names = (LOOKUP, VERIFY) if self._settings.soap else (LOOKUP,)
        return Trials({name: partial(self._try, name) for name in names})

    async def _try(self, operation: str) -> None:
        question = frame(_nobody(operation, self._settings), self._settings)
        judge(question, await self._port.ask(question, write=False))

    def _record(self, question: Question) -> Mapping[str, str]:
        """Who asked, for whom, under which number: what an audit needs, and nobody's own number."""
        return {
            "request_id": question.request_id,
            "message_id": question.message_id,
            "officer": officer_digest(question.officer, self._settings),
            "dossier": question.dossier,
        }


_INTEGRATION = {LOOKUP: "037", VERIFY: "033"}
"""`MaTichHop` of a service (§2)."""


def _nobody(operation: str, settings: CitizenDbSettings) -> Outbound:
    fields: dict[str, object] = {
        "MaDVC": settings.probe_procedure,
        "MaTichHop": _INTEGRATION[operation],
        "MaCanBo": settings.probe_officer,
        "SoDinhDanh": settings.probe_number,
        "HoVaTen": settings.probe_name,
    }
    birth: dict[str, object] = {"NgayThangNamSinh": {"Nam": settings.probe_birth}}
    if settings.port == "lgsp":
        birth = {"SoCMND": "", "NgayThangNam": "", "Nam": settings.probe_birth}
    if settings.port == "lgsp_camel":
        fields.pop("MaTichHop")
        birth = {"SoCMND": "", "NgayThangNam": settings.probe_birth}
    document = {spelled(name, settings): value for name, value in (fields | birth).items()}
    return Outbound(operation, document, "", "", float("inf"))
