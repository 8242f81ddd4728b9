"""The board: is everything going out, what waits for a person, do the books balance, and why did what fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.console.markup import Html, Piece, between, html, tag
from gateway.console.moments import moment, since
from gateway.console.page import REFRESH_SECONDS, Page
from gateway.console.pieces import (
    ROOT,
    address,
    chip,
    code,
    english,
    heading,
    link,
    operation,
    paragraph,
    table,
    two,
)
from gateway.console.words import MODES, OPEN_STATES, STATES, Words, destination_words, is_for_answers, number
from gateway.message import OPEN, DeliveryState

S = DeliveryState
_TILES = (OPEN_STATES, S.HELD, S.WAITING, S.UNCERTAIN, S.DEAD, S.REFUSED, S.DELIVERED)
_BOOKED = (S.DELIVERED, S.REFUSED, S.DEAD, S.SUPERSEDED, S.CANCELLED, OPEN_STATES)


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination as the board shows it."""

    name: str
    mode: str
    routed: bool
    closed_seconds: float
    """How long nothing is offered to it; 0 while it takes everything."""
    counts: Mapping[str, int]
    oldest_open_at: str | None
    last_success_at: str | None
    last_failure_at: str | None
    paused_by: str = ""
    """Who wants nothing to be sent; nobody: it is not paused."""
    maintenance_until: datetime | None = None
    """The end of announced maintenance that is under way."""

    def count(self, state: str) -> int:
        """Deliveries in a state, or in all open ones."""
        if state == OPEN_STATES:
            return sum(self.counts.get(one, 0) for one in OPEN)
        return self.counts.get(state, 0)


def board_page(
    destinations: Sequence[Destination],
    balance: Mapping[str, Any],
    groups: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    refresh: bool,
    find: bool,
) -> Page:
    """The board as a page; `refresh`: it renews itself, `find`: it opens with the cursor in the search box."""
    parked = sum(one.count(S.DEAD) + one.count(S.UNCERTAIN) for one in destinations)
    body = html(
        tag("div", _verdict(destinations, balance, parked), _renewal(refresh), class_="title"),
        [_system(one, now) for one in destinations if not is_for_answers(one.name)],
        _books(balance),
        _groups(groups, now),
        _answers([one for one in destinations if is_for_answers(one.name)], now),
    )
    title = Words(f"({number(parked)}) Bảng" if parked else "Bảng", "Board")
    return Page(title, body, here=ROOT, refresh=refresh, find=find)


def _verdict(destinations: Sequence[Destination], balance: Mapping[str, Any], parked: int) -> Html:
    """The one sentence that somebody walking past should be able to read."""
    stopped = [one for one in destinations if one.closed_seconds and one.mode != "hold"]
    on_the_way = sum(one.count(OPEN_STATES) for one in destinations)
    if balance["balance"]:
        tone, words = "bad", Words("Sổ không cân", "The books do not balance")
    elif parked:
        tone, words = "wait", Words(f"{number(parked)} lượt gửi chờ người xem", f"{number(parked)} wait for a person")
    elif stopped:
        tone, words = "wait", Words("Có nơi nhận đang ngừng", "A destination is stopped")
    elif on_the_way:
        tone, words = (
            "busy",
            Words(f"Đang chạy, {number(on_the_way)} lượt gửi chưa xong", f"Running, {number(on_the_way)} open"),
        )
    elif balance["accepted"]:
        tone, words = "good", Words("Mọi thứ đã xong, không có gì chờ bạn", "All settled, nothing waits for you")
    else:
        tone, words = "quiet", Words("Sẵn sàng, chưa nhận thông điệp nào", "Ready, nothing received yet")
    return tag("h1", two(words), class_=f"verdict {tone}")


def _renewal(refresh: bool) -> Html:
    """Whether the page renews itself, and the other choice."""
    if not refresh:
        return tag("p", link(two(Words("Tự làm mới", "refresh by itself")), ROOT))
    told = Words(f"Làm mới mỗi {REFRESH_SECONDS} giây", f"refreshes every {REFRESH_SECONDS} s")
    return tag("p", two(told), " · ", link(two(Words("dừng", "stop")), address(refresh="off")))


def _system(one: Destination, now: datetime) -> Html:
    """A national system: its banner, its counts, its clocks."""
    words, anchor = destination_words(one.name), f"to-{one.name}"
    name = (words.vi, " ", english(f"{words.en}, {one.name}")) if words.vi != one.name else one.name
    mode, meaning = MODES[one.mode]
    return tag(
        "section",
        tag(
            "p", tag("strong", mode.vi, " ", tag("span", mode.en, lang="en")), two(meaning), class_=f"banner {one.mode}"
        ),
        tag("div", tag("h2", name, id=anchor), _running(one, now), class_="title"),
        tag("ul", [_tile(one, state) for state in _TILES], class_="tiles"),
        tag(
            "dl",
            _clock(Words("Việc chờ lâu nhất", "oldest open"), one.oldest_open_at, now),
            _clock(Words("Thành công gần nhất", "last success"), one.last_success_at, now),
            _clock(Words("Không thành gần nhất", "last failure"), one.last_failure_at, now),
            class_="clocks",
        ),
        class_="system",
        aria_labelledby=anchor,
    )


def _running(one: Destination, now: datetime) -> Html:
    """Whether anything is offered to the destination now."""
    if not one.routed:
        return chip(Words("Không còn tuyến", "no route any more"), "quiet")
    if one.mode == "hold":
        return chip(Words("Đang giữ, không gửi", "holding, sends nothing"), "wait")
    if one.paused_by:
        return chip(Words(f"Tạm dừng bởi {one.paused_by}", f"paused by {one.paused_by}"), "wait")
    if one.maintenance_until is not None:
        rest = english("announced maintenance until then")
        at = moment(one.maintenance_until, now)
        return tag("span", "Bảo trì đã báo đến ", at, ", rồi tự gửi tiếp ", rest, class_="chip wait")
    if one.closed_seconds:
        at = moment(now + timedelta(seconds=one.closed_seconds), now)
        rest = english("breaker open until then, then it tries by itself")
        return tag("span", "Ngắt mạch mở đến ", at, ", rồi tự thử lại ", rest, class_="chip bad")
    return chip(Words("Đang chạy", "running"), "good")


def _tile(one: Destination, state: str) -> Html:
    count, known = one.count(state), STATES[state]
    return tag(
        "li",
        tag(
            "a",
            tag("strong", number(count)),
            " ",
            two(Words(known.vi, state)),
            href=address("deliveries", destination=one.name, state=state),
            class_=known.tone if count else "none",
        ),
    )


def _clock(words: Words, at: str | None, now: datetime) -> Html:
    told: Piece = "–"
    if at is not None:
        ago = since(at, now)
        told = (moment(at, now), f", {ago.vi} trước ", english(f"{ago.en} ago"))
    return tag("div", tag("dt", two(words)), tag("dd", told))


def _books(balance: Mapping[str, Any]) -> Html:
    """What was accepted and what became of it, term by term; a difference is red."""
    difference = balance["balance"]
    if difference:
        result = chip(
            Words(f"Lệch {number(difference)}, hãy báo người vận hành", "they differ, tell the operator"), "bad"
        )
    else:
        result = chip(Words("Cân, lệch 0", "balanced, difference 0"), "good")
    terms = [_term(STATES[state].vi, state, balance[state], address("deliveries", state=state)) for state in _BOOKED]
    accepted = _term("Đã ghi vào sổ", "accepted", balance["accepted"], address("deliveries"))
    signs = [tag("span", sign, class_="sign") for sign in ("=", "+")]
    return tag(
        "section",
        tag("div", heading(2, Words("Sổ", "books"), id="books"), result, class_="title"),
        tag("p", accepted, signs[0], between(signs[1], terms), class_="sum"),
        aria_labelledby="books",
    )


def _term(vi: str, en: str, count: int, where: str) -> Html:
    return link((tag("strong", number(count)), " ", two(Words(vi, en))), where)


def _groups(groups: Sequence[Mapping[str, Any]], now: datetime) -> Html:
    heads = (
        Words("Số lượt", "count"), Words("Nguyên nhân và cách sửa", "cause and what to do"),
        Words("Nơi nhận", "destination"), Words("Từ, đến", "first, last"),
    )  # fmt: skip
    rows = [
        (
            link(
                tag("strong", number(one["count"])),
                address("deliveries", destination=one["destination"], state=S.DEAD, code=one["code"]),
            ),
            (code(one["code"]), (" ", code(one["field"])) if one["field"] else None, _reason(one)),
            (one["destination"], tag("br"), operation(one["operation"])),
            (moment(one["first_seen_at"], now), tag("br"), moment(one["last_seen_at"], now)),
        )
        for one in groups
    ]
    nothing = paragraph(Words("Không có gì dừng hẳn.", "Nothing is dead."), class_="notice")
    return tag(
        "section",
        tag("div", heading(2, Words("Dừng hẳn, theo nguyên nhân", "dead, by cause"), id="causes"), class_="title"),
        table(heads, rows) if rows else nothing,
        aria_labelledby="causes",
    )


def _reason(group: Mapping[str, Any]) -> Html:
    return paragraph(Words(group["vi"] or "", group["en"] or ""))


def _answers(answers: Sequence[Destination], now: datetime) -> Piece:
    """Answers are kept in the ledger for the one who asks: one line a client."""
    if not answers:
        return None
    heads = (
        Words("Người gửi", "sender"), Words("Giữ sẵn", "kept ready"), Words("Đang mở", "open"),
        Words("Gần nhất", "latest"),
    )  # fmt: skip
    rows = [
        (
            one.name,
            link(number(one.count(S.DELIVERED)), address("deliveries", destination=one.name, state=S.DELIVERED)),
            link(number(one.count(OPEN_STATES)), address("deliveries", destination=one.name, state=OPEN_STATES)),
            moment(one.last_success_at, now) if one.last_success_at else "–",
        )
        for one in answers
    ]
    return tag(
        "section",
        tag("div", heading(2, Words("Trả lời cho người gửi", "answers to senders"), id="answers"), class_="title"),
        table(heads, rows),
        aria_labelledby="answers",
    )
