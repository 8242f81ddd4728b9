"""Bulk replays: plan first, then the very list that was seen, climbing step by step; pause, continue, cancel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import cast

from aiohttp import web

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import moment
from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.screens.lists import refuse_people
from gateway.ledger.replays.port import ITEM_STATES, Chosen
from gateway.operations.replays import Limits, PlanChangedError, Steer

_JOB = re.compile(r"[0-9a-f-]{1,64}")
_ASKED = tuple(one.name for one in fields(Chosen) if one.name != "ids")
_SHOWN = 100


def ways(parts: Parts) -> tuple[Way, ...]:
    """Jobs, a plan, a job, and steering it."""
    replays = _Replays(parts)
    return (
        Way("GET", "/replays", replays.listed),
        Way("GET", "/replays/plan", replays.plan, "operator"),
        Way("POST", "/replays", replays.create, "operator"),
        Way("GET", "/replays/{id}", replays.one),
        Way("POST", "/replays/{id}/steer", replays.steer, "operator"),
    )


class _Replays:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._replays = parts.replays

    async def listed(self, asked: Asked) -> Page:
        cursor = asked.query("cursor") or None
        if cursor is not None and not _JOB.fullmatch(cursor):
            return Page("problems/bad_filter.html", status=422)
        return Page("replays/list.html", {"page": await self._replays.page(cursor, 50), "first": cursor is None})

    async def plan(self, asked: Asked) -> Page:
        """What it would be; changes nothing."""
        chosen = _chosen(asked.request.query)
        return await self._planned(chosen, changed=False)

    async def create(self, asked: Asked) -> Answer:
        chosen = _chosen(asked.filled)
        as_then = asked.filled.get("mapping") == "then"
        try:
            job = await self._replays.create(
                chosen, asked.filled.get("digest", ""), asked.visitor.name, asked.reason(), as_then=as_then,
                limits=Limits(),
            )  # fmt: skip
        except PlanChangedError:
            return await self._planned(chosen, changed=True)
        return see(address("replays", job["id"], said="started"))

    async def one(self, asked: Asked) -> Page:
        state = asked.query("state") or None
        if state is not None and state not in ITEM_STATES:
            return Page("problems/bad_filter.html", status=422)
        job = await self._replays.show(asked.part("id"))
        items = await self._replays.items(job["id"], state, None, _SHOWN)
        return Page("replays/one.html", {"job": job, "items": items["items"], "more": items["next"], "state": state})

    async def steer(self, asked: Asked) -> web.Response:
        how = asked.filled.get("how", "")
        if how not in ("pause", "continue", "cancel"):
            raise Unfit("Hãy chọn một việc. / Choose what to do.")
        job = await self._replays.steer(asked.part("id"), cast("Steer", how), asked.visitor.name, asked.reason())
        return see(address("replays", job["id"], said="steered"))

    async def _planned(self, chosen: Chosen, *, changed: bool) -> Page:
        values = {
            "plan": await self._replays.plan(chosen),
            "asked": {name: getattr(chosen, name) for name in _ASKED},
            "destinations": self._parts.destinations(),
            "changed": changed,
        }
        return Page("replays/plan.html", values, 409 if changed else 200)


def _chosen(told: Mapping[str, str]) -> Chosen:
    """Raises `Unfit` for moments that are none, and for a person's number."""
    given = {name: told.get(name, "").strip()[:200] for name in _ASKED}
    for name in ("since", "until"):
        if given[name] and not moment.says_when_here(given[name]):
            raise Unfit("Hãy dùng ngày như 2025-03-10. / Use a day like 2025-03-10.")
    refuse_people(given)
    chosen = Chosen(**given)  # type: ignore[arg-type]  # all but the ids are texts
    return replace(chosen, subject=tidy_code(chosen.subject)) if chosen.subject else chosen
