"""Document reuse through the exchange, told as what happens to one question (codes sheet §10).

Before an applicant is asked for a paper, look for a result already issued: search, choose by the rule, fetch what was
chosen, and hand on its metadata and where the file is. Everything here is a read and may be repeated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson

from adapters.contract import Adapter, Outbound, PermanentError, Receipt, Reply, TransientError, Trials, UncertainError
from adapters.ndxp import wire
from adapters.ndxp.catalogue import CATALOGUE
from adapters.ndxp.choose import Rule, choose
from adapters.ndxp.road import Ride, Road, open_road
from adapters.ndxp.settings import NdxpSettings
from adapters.ndxp.wire import Unreadable
from adapters.transport.http import Answer, Http

SEARCH = "TimGiayTo"

_HEADERS = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"}
_VIETNAM = timezone(timedelta(hours=7))
_MOST_FETCHED = 5
"""Documents looked at closely for one question, should the newest turn out not to be usable."""


def repeatable(_: NdxpSettings) -> frozenset[str]:
    """All operations: a search has no effect."""
    return frozenset({SEARCH})


@asynccontextmanager
async def open_ndxp(settings: NdxpSettings) -> AsyncIterator[Adapter]:
    """Open the adapter; nothing is sent until it is used. On leaving, its connections end."""
    async with Http(settings) as http, open_road(settings.road, http) as road:
        yield Ndxp(settings, road)


@dataclass(frozen=True, slots=True)
class _Question:
    """What of a mapped question steers the calls."""

    fields: Mapping[str, str]
    deadline: float
    write: bool = True
    """Whether a call that ends without a clear answer is uncertain; a probe's is merely to be tried again."""

    @property
    def result_code(self) -> str:
        return self.fields["MaGiayToKetQua"]

    @property
    def by_tax_code(self) -> bool:
        return not self.fields["SoDinhDanh"]

    def owns(self, record: Mapping[str, Any]) -> bool:
        """Whether a record names the owner who was asked for."""
        citizen, tax_code = wire.owner_of(record)
        asked_citizen, asked_tax_code = wire.owner_of(self.fields)
        return tax_code == asked_tax_code if self.by_tax_code else citizen == asked_citizen


class Ndxp:
    """The adapter. Any number of questions at once."""

    def __init__(self, settings: NdxpSettings, road: Road) -> None:
        self._settings = settings
        self._road = road

    async def deliver(self, request: Outbound) -> Receipt:
        """Look for one result; the receipt carries the document, or that there is none.

        A document that does not name the owner asked for is never handed on: `PermanentError`, its answer not kept.
        """
        if request.operation != SEARCH:
            raise CATALOGUE["UNKNOWN_OPERATION"].error(PermanentError)
        question = _question(request)
        answer, result = await self._ask(question, self._settings.search_path, question.fields)
        listed = wire.papers(result)
        if listed is None:
            raise CATALOGUE["GARBAGE_ANSWER"].error(UncertainError, answer=answer.body)
        rule = Rule(question.result_code, _today(), self._settings.accept_unstated)
        for paper in choose(listed, rule)[:_MOST_FETCHED]:
            answer, record = await self._fetch(question, paper.id)
            if rule.allows(wire.paper(record)) and record.get("DuongDanTepTinKetQua"):
                return _provided(question, answer, record)
        return _not_found(question, answer)

    async def probe(self) -> None:
        """Search for a result of somebody who cannot exist, in the name of the officer set for it."""
        settings = self._settings
        fields = {
            "MaHoSo": "", "SoDinhDanh": settings.probe_number, "MaSoThue": "",
            "MaGiayToKetQua": settings.probe_result_code, "MaThanhPhanHoSo": "", "MaCanBo": settings.probe_officer,
            "TaiKhoan": "", "MucDich": "Kiểm tra kết nối",
        }  # fmt: skip
        await self._ask(_Question(fields, float("inf"), write=False), settings.search_path, fields)

    def trials(self) -> Trials:
        """The search; what it finds is fetched by the same right."""
        return Trials({SEARCH: self.probe})

    async def _fetch(self, question: _Question, paper_id: str) -> tuple[Answer, Mapping[str, Any]]:
        """One document's record, proven to be the one asked for and its owner's."""
        fields = {name: question.fields[name] for name in ("MaHoSo", "MaCanBo", "TaiKhoan", "MucDich")}
        answer, record = await self._ask(question, self._settings.document_path, {"GiayToId": paper_id, **fields})
        if not isinstance(record, dict):
            raise CATALOGUE["GARBAGE_ANSWER"].error(UncertainError, answer=answer.body)
        if wire.paper(record).id != paper_id:
            raise CATALOGUE["OTHER_DOCUMENT"].error(UncertainError)
        if not question.owns(record):
            raise CATALOGUE["OTHER_OWNER"].error(PermanentError)
        return answer, record

    async def _ask(self, question: _Question, path: str, fields: Mapping[str, str]) -> tuple[Answer, Any]:
        """The answer to one call and the result in it; what is no success is raised."""
        officer = question.fields["MaCanBo"]
        ride = Ride(
            path,
            orjson.dumps(fields),
            _HEADERS,
            write=question.write,
            deadline=question.deadline,
            issue=question.fields["MaHoSo"],
            user=f"VN{officer}" if len(officer) == 12 and officer.isascii() and officer.isdigit() else "",
        )
        answer = await self._road.send(ride)
        if complaint := answer.complaint(write=question.write):
            raise complaint
        said = wire.read(answer.body, answer.content_type)
        if isinstance(said, Unreadable):
            kind = UncertainError if said is Unreadable.GARBAGE and question.write else TransientError
            raise CATALOGUE[said.value].error(kind, answer=answer.body)
        if said.code is None:
            raise CATALOGUE["NO_ERROR_CODE"].unclear(write=question.write, answer=answer.body)
        if said.code != 0:
            fill, tries = {"store_code": said.code}, self._settings.unnamed_tries
            raise CATALOGUE["unnamed"].error(TransientError, fill=fill, max_tries=tries, answer=answer.body)
        return answer, said.result


def _question(request: Outbound) -> _Question:
    """The question, where it names what is looked for and whose it is."""
    given = request.document
    names = ("MaHoSo", "SoDinhDanh", "MaSoThue", "MaGiayToKetQua", "MaThanhPhanHoSo", "MaCanBo", "TaiKhoan", "MucDich")
    fields = {name: str(given.get(name) or "") for name in names} if isinstance(given, Mapping) else {}
    if not fields or not fields["MaGiayToKetQua"] or bool(fields["SoDinhDanh"]) == bool(fields["MaSoThue"]):
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
    return _Question(fields, request.deadline)


def _provided(question: _Question, answer: Answer, record: Mapping[str, Any]) -> Receipt:
    document = wire.document(record, by_tax_code=question.by_tax_code)
    reply = Reply("document.provided.v1", "ndxp/document.provided.v1", document)
    return Receipt("0", "", answer.body, reply=reply, facts={"reuse": "provided"})


def _not_found(question: _Question, answer: Answer) -> Receipt:
    reply = Reply("document.not_found.v1", "", {"result_code": question.result_code})
    return Receipt("0", "", answer.body, reply=reply, facts={"reuse": "not_found"})


def _today() -> str:
    return datetime.now(_VIETNAM).strftime("%Y%m%d")
