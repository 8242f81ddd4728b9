"""Lists of deliveries, newest first, by destination, state and error code; paged by key, so page 900 costs no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from gateway.console.markup import Html, Piece, html, tag
from gateway.console.moments import moment, until
from gateway.console.page import Page
from gateway.console.pieces import address, code, english, heading, link, operation, paragraph, state_chip, table, two
from gateway.console.words import OPEN_STATES, STATES, Words, destination_words
from gateway.message import OPEN, DeliveryState

PAGE_SIZE = 50
FILTERS = ("destination", "state", "code")


class ReadsDeliveries(Protocol):
    """What a list needs of the ledger."""

    async def deliveries_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: newest first, keyset paged."""


async def read_page(ledger: ReadsDeliveries, filters: Mapping[str, str], cursor: str | None) -> dict[str, Any]:
    """One page of a list; the open states together are merged from one page of each, which keeps the order."""
    if filters.get("state") != OPEN_STATES:
        return await ledger.deliveries_page(filters, cursor, PAGE_SIZE)
    pages = [await ledger.deliveries_page({**filters, "state": state}, cursor, PAGE_SIZE) for state in OPEN]
    items = sorted((one for page in pages for one in page["items"]), key=lambda one: str(one["id"]), reverse=True)
    more = len(items) > PAGE_SIZE or any(page["next"] for page in pages)
    return {"items": items[:PAGE_SIZE], "next": items[PAGE_SIZE - 1]["id"] if more else None}


def deliveries_page(
    page: Mapping[str, Any],
    filters: Mapping[str, str],
    destinations: Sequence[str],
    now: datetime,
    *,
    first: bool,
) -> Page:
    """A list as a page; `destinations` are offered as choices, `first` says that nothing newer was left out."""
    state = filters.get("state")
    heads = (
        Words("Trạng thái", "state"), Words("Hồ sơ", "dossier"), Words("Nơi nhận", "destination"),
        Words("Lần gửi", "attempts"), Words("Lỗi gần nhất", "last error"), Words("Giờ", "times"),
    )  # fmt: skip
    rows = [_row(one, now) for one in page["items"]]
    nothing = paragraph(Words("Không có lượt gửi nào như vậy.", "There is no such delivery."), class_="notice")
    body = html(
        heading(1, Words("Lượt gửi", "deliveries")),
        paragraph(STATES[state].meaning, class_="lead") if state else None,
        _choices(filters, destinations),
        tag("section", table(heads, rows) if rows else nothing, aria_label="Danh sách"),
        _turn(page["next"], filters, first=first),
    )
    return Page(Words("Lượt gửi", "Deliveries"), body, here=address("deliveries"))


def _row(one: Mapping[str, Any], now: datetime) -> Sequence[Piece]:
    error = one["last_error"]
    about = link(one["subject"], address("dossiers", one["subject"]))
    message = link(two(Words("thông điệp", "message")), address("messages", one["message_id"]) + f"#{one['id']}")
    return (
        (state_chip(one["state"]), _replaced(one)),
        (about, tag("br"), message),
        (one["destination"], tag("br"), operation(one["operation"])),
        one["attempts"],
        (code(error["code"]), paragraph(Words(error["vi"] or "", error["en"] or ""))) if error else "–",
        _times(one, now),
    )


def _replaced(one: Mapping[str, Any]) -> Piece:
    return (tag("br"), two(Words("đã được gửi lại", "replayed since"))) if one["replaced_by"] else None


def _times(one: Mapping[str, Any], now: datetime) -> Piece:
    lines: list[Piece] = [(two(Words("nhận", "accepted")), " ", moment(one["created_at"], now))]
    if one["delivered_at"]:
        lines.append((tag("br"), two(Words("tới nơi", "delivered")), " ", moment(one["delivered_at"], now)))
    elif next_try := next_attempt(one, now):
        lines.append((tag("br"), next_try))
    return lines


def next_attempt(one: Mapping[str, Any], now: datetime) -> Html | None:
    """When the next try is due; None where none is planned."""
    at = one["next_attempt_at"]
    if at is None or one["state"] not in (DeliveryState.WAITING, DeliveryState.PENDING):
        return None
    left = until(at, now)
    if left is None:
        return two(Words("đã đến hạn gửi lại", "due to be tried again"))
    return html("gửi lại lúc ", moment(at, now), f", còn {left.vi} ", english(f"tries again in {left.en}"))


def _choices(filters: Mapping[str, str], destinations: Sequence[str]) -> Html:
    where = dict.fromkeys((*destinations, *filter(None, [filters.get("destination")])))
    named = {name: destination_words(name).vi for name in where}
    return tag(
        "form",
        _choice("destination", Words("Nơi nhận", "destination"), named, filters),
        _choice(
            "state", Words("Trạng thái", "state"), {name: f"{one.vi} ({name})" for name, one in STATES.items()}, filters
        ),
        tag("label", tag("span", two(Words("Mã lỗi", "error code"))), _code_box(filters)),
        tag("button", two(Words("Lọc", "filter")), type="submit"),
        link(two(Words("Bỏ lọc", "clear")), address("deliveries")) if filters else None,
        action=address("deliveries"),
        method="get",
        class_="choices",
        aria_label="Lọc danh sách",
    )


def _code_box(filters: Mapping[str, str]) -> Html:
    return tag(
        "input", name="code", value=filters.get("code"), maxlength=100, autocomplete="off", spellcheck="false", size=16
    )


def _choice(name: str, words: Words, options: Mapping[str, str], filters: Mapping[str, str]) -> Html:
    chosen = filters.get(name, "")
    made = [
        tag("option", text, value=value, selected=value == chosen)
        for value, text in {"": "Tất cả (all)", **options}.items()
    ]
    return tag("label", tag("span", two(words)), tag("select", made, name=name))


def _turn(cursor: str | None, filters: Mapping[str, str], *, first: bool) -> Html | None:
    if first and cursor is None:
        return None
    newest = link(two(Words("Về mới nhất", "newest")), address("deliveries", **filters))
    older = link(two(Words("Cũ hơn", "older")), address("deliveries", **filters, cursor=cursor))
    return tag("nav", None if first else newest, older if cursor else None, class_="turn", aria_label="Trang danh sách")
