"""The board: is everything going out, what waits for a person, do the books balance, and why did what fail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.console import spark
from gateway.console.asking import Asked, Way
from gateway.console.parts import Parts
from gateway.console.remembering import Remembered
from gateway.console.rendering import Page
from gateway.console.words import OPEN_STATES, Words, is_for_answers, number
from gateway.message import DeliveryState

S = DeliveryState
TILES = (OPEN_STATES, S.HELD, S.WAITING, S.UNCERTAIN, S.DEAD, S.REFUSED, S.DELIVERED)
BOOKED = (S.DELIVERED, S.REFUSED, S.DEAD, S.SUPERSEDED, S.CANCELLED, OPEN_STATES)
_MOST_GROUPS = 8
_MOST_ALERTS = 10


def ways(parts: Parts) -> tuple[Way, ...]:
    """The board."""
    board = _Board(parts)
    return (Way("GET", "", board.show),)


class _Board:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._balance = Remembered(parts.ledger.balance)
        self._day = Remembered(self._samples)

    async def show(self, _: Asked) -> Page:
        ledger = self._parts.ledger
        destinations, rows, balance, groups, alerts, day = await asyncio.gather(
            self._parts.steering.destinations(),
            ledger.board(),
            self._balance.get(),
            self._parts.troubles.groups.listed(),
            ledger.alerts_page({"state": "open"}, None, _MOST_ALERTS),
            self._day.get(),
        )
        ended = {row["destination"]: row["states"] for row in rows}
        routed = {route.destination for route in self._parts.settings.active_routes}
        shown = [_row(one, ended.get(one["name"], {}), routed) for one in destinations]
        called = {f"onestop/{one.name}" for one in self._parts.settings.clients if one.reply_mode != "poll"}
        answers = [one for one in shown if is_for_answers(one["name"]) and (one["counts"] or one["name"] in called)]
        parked = sum(one["counts"].get(S.DEAD, 0) + one["counts"].get(S.UNCERTAIN, 0) for one in shown)
        values = {
            "systems": [one for one in shown if not is_for_answers(one["name"])],
            "answers": answers,
            "balance": balance,
            "groups": groups[:_MOST_GROUPS],
            "more_groups": max(0, len(groups) - _MOST_GROUPS),
            "alerts": alerts["items"],
            "verdict": _verdict(shown, balance, parked),
            "parked": parked,
            "tiles": TILES,
            "booked": BOOKED,
            "day": day,
        }
        return Page("board.html", values)

    async def _samples(self) -> Mapping[str, spark.Series]:
        now: datetime = self._parts.clock()
        return spark.series(await self._parts.ledger.backlog_samples(now - spark.DAY), now)


def _row(one: dict[str, Any], states: Mapping[str, int], routed: set[str]) -> dict[str, Any]:
    """A destination with its counts: what is open and dead, and what ended since ever."""
    backlog = one["backlog"]
    counts = {**states, **{name: count for name, count in backlog.items() if count}}
    known = one["mode"] is not None and (one["name"] in routed or is_for_answers(one["name"]))
    return one | {"counts": counts, "routed": known, "anchor": "to-" + one["name"].replace("/", "-")}


def _verdict(destinations: Sequence[Mapping[str, Any]], balance: Mapping[str, Any], parked: int) -> tuple[Words, str]:
    """The one sentence that somebody walking past should be able to read, and its tone."""
    stopped = [one for one in destinations if one["state"] not in ("running", "hold")]
    on_the_way = sum(one["backlog"]["open"] for one in destinations)
    if balance["balance"]:
        return Words("Sổ không cân", "The books do not balance"), "bad"
    if parked:
        waits = number(parked)
        return Words(f"{waits} lượt gửi chờ người xem", f"{waits} deliveries wait for a person"), "wait"
    if stopped:
        return Words("Có nơi nhận đang ngừng", "A destination is stopped"), "wait"
    if on_the_way:
        count = number(on_the_way)
        return Words(f"Đang chạy, {count} lượt gửi chưa xong", f"Running, {count} deliveries open"), "busy"
    if balance["accepted"]:
        return Words("Mọi thứ đã xong, không có gì chờ bạn", "All settled, nothing waits for you"), "good"
    return Words("Sẵn sàng, chưa nhận thông điệp nào", "Ready, nothing received yet"), "quiet"
