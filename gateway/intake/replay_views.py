"""Replay jobs over HTTP: plan, start, look, pause, continue, cancel; viewers look, operators steer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import orjson
from aiohttp import hdrs, web

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import moment
from gateway.errors import StateError
from gateway.intake import problem
from gateway.intake.commands import read_command, reason_required
from gateway.intake.surface.replays import MOST_BYTES
from gateway.intake.views import DEFAULT_LIMIT, MOST_ITEMS, bad_query, json_response, known_query
from gateway.ledger.replays.port import ITEM_STATES, Chosen, OverlapError
from gateway.operations.replays import DEFAULT_FAILURE_RATE, DEFAULT_SECONDS, Limits, PlanChangedError, ReplayOperations
from gateway.operations.searching import names_a_person

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
_JOB = re.compile(r"[0-9a-f-]{1,64}")
_PLACE = re.compile(r"[0-9]{1,9}")
_LIMIT = re.compile(r"[0-9]{1,9}")


class ReplayViews:
    """Answers every route under `/v1/replays`."""

    def __init__(self, operations: ReplayOperations) -> None:
        self._operations = operations

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "createReplay": self._create,
            "listReplays": self._list,
            "getReplay": self._one,
            "pauseReplay": partial(self._steer, "pause"),
            "continueReplay": partial(self._steer, "continue"),
            "cancelReplay": partial(self._steer, "cancel"),
        }

    async def _create(self, request: web.Request) -> web.Response:
        """Without a digest only the plan; with it and a reason, the job."""
        client, command = await read_command(request, "createReplay", MOST_BYTES)
        chosen = _chosen(command["filter"])
        if command.get("dry_run") or "digest" not in command:
            return json_response(await self._operations.plan(chosen))
        if "reason" not in command:
            raise reason_required()
        limits = Limits(
            command.get("max_failure_rate", DEFAULT_FAILURE_RATE), command.get("max_seconds", DEFAULT_SECONDS)
        )
        as_then = command.get("mapping") == "then"
        try:
            job = await self._operations.create(
                chosen, command["digest"], client.name, command["reason"], as_then=as_then, limits=limits
            )
        except PlanChangedError as exc:
            return _conflict(exc, "LIST_CHANGED", {"plan": exc.plan})
        except OverlapError as exc:
            return _conflict(exc, "OVERLAP", {"replay": f"/v1/replays/{exc.job_id}"})
        answer = json_response(job, 201)
        answer.headers[hdrs.LOCATION] = f"/v1/replays/{job['id']}"
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        filters = known_query(request, ("cursor", "limit"))
        return json_response(await self._operations.page(*_page(filters, _JOB)))

    async def _one(self, request: web.Request) -> web.Response:
        """The job, and a page of its list."""
        filters = known_query(request, ("state", "cursor", "limit"))
        state = filters.pop("state", None)
        if state is not None and state not in ITEM_STATES:
            known = ", ".join(ITEM_STATES)
            raise bad_query("state", f"một trong: {known}", f"one of: {known}")
        page = _page(filters, _PLACE)
        job = await self._operations.show(request.match_info["id"])
        return json_response(job | await self._operations.items(job["id"], state, *page))

    async def _steer(self, how: Any, request: web.Request) -> web.Response:
        client, command = await read_command(request, f"{how}Replay")
        return json_response(
            await self._operations.steer(request.match_info["id"], how, client.name, command["reason"])
        )


def _chosen(given: Mapping[str, Any]) -> Chosen:
    """Raises `IntakeError` 422 for a moment that is none, and for a person's number."""
    for name in ("since", "until"):
        if name in given and not moment.says_when(given[name]):
            raise problem.refusal(
                422,
                "MOMENT_FORMAT",
                "Hãy dùng thời điểm như 2025-03-10T00:00:00+07:00 hoặc ngày như 2025-03-10.",
                "Use a moment like 2025-03-10T00:00:00+07:00, or a day like 2025-03-10.",
                f"/filter/{name}",
            )
    if names_a_person(given.get("subject", "")):
        raise problem.refusal(
            422,
            "FILTER_PERSON",
            "subject là mã hồ sơ, không phải số của người dân: đợt gửi lại và vết kiểm toán giữ nó.",
            "subject is a dossier code, no person's number: the replay and the audit keep it.",
            "/filter/subject",
        )
    values = dict(given) | {"ids": tuple(given.get("ids", ()))}
    if "subject" in values:
        values["subject"] = tidy_code(values["subject"])
    return Chosen(**values)


def _page(filters: Mapping[str, str], cursor_form: re.Pattern[str]) -> tuple[str | None, int]:
    cursor, limit = filters.get("cursor"), filters.get("limit", str(DEFAULT_LIMIT))
    if cursor is not None and not cursor_form.fullmatch(cursor):
        raise bad_query("cursor", "giá trị next của trang trước", "the `next` of the page before")
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= MOST_ITEMS:
        raise bad_query("limit", f"số từ 1 đến {MOST_ITEMS}", f"a number from 1 to {MOST_ITEMS}")
    return cursor, int(limit)


def _conflict(exc: StateError, code: str, more: Mapping[str, Any]) -> web.Response:
    """409 with what the caller needs to go on."""
    vi, _, en = str(exc).partition(" / ")
    document = problem.document(problem.refusal(409, code, vi, en)) | dict(more)
    headers = {"Content-Type": problem.CONTENT_TYPE, "Cache-Control": "no-store"}
    return web.Response(status=409, body=orjson.dumps(document), headers=headers)
