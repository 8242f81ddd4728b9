"""A dossier's passport and a single message: what came, where it went, how each attempt ended, what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.console.deliveries import next_attempt
from gateway.console.markup import Html, Piece, between, html, tag
from gateway.console.moments import moment, took
from gateway.console.page import Page
from gateway.console.pieces import (
    address,
    chip,
    code,
    english,
    heading,
    link,
    operation,
    paragraph,
    state_chip,
    table,
    two,
)
from gateway.console.words import ATTEMPTS, FAULTS, OUTCOMES, TYPES, Words, destination_words
from gateway.message import TYPE_PREFIX, DeliveryState

_QUIET = (DeliveryState.DELIVERED, DeliveryState.SUPERSEDED, DeliveryState.CANCELLED)


def dossier_page(view: Mapping[str, Any], now: datetime) -> Page:
    """Everything about one dossier, in the order in which it was accepted."""
    subject, messages = view["code"], view["messages"]
    body = html(
        tag("div", tag("h1", two(Words("Hồ sơ", "dossier")), " ", code(subject)), _standing(messages), class_="title"),
        _confirmed(view["last_confirmed"], now),
        heading(2, Words("Theo thời gian", "in time order")),
        tag(
            "ol",
            [tag("li", _message(one, now), class_=OUTCOMES[one["outcome"]][1]) for one in messages],
            class_="timeline",
        ),
    )
    return Page(Words(f"Hồ sơ {subject}", f"Dossier {subject}"), body, sought=subject)


def message_page(view: Mapping[str, Any], now: datetime) -> Page:
    """One message, with the names by which other systems know it."""
    body = html(
        tag("div", heading(1, _type_words(view["type"])), chip(*OUTCOMES[view["outcome"]]), class_="title"),
        _names(view, now),
        tag("article", _content(view, now), id=view["id"]),
    )
    return Page(Words(f"Thông điệp {view['id']}", f"Message {view['id']}"), body, sought=view["id"])


def _standing(messages: Sequence[Mapping[str, Any]]) -> Html:
    """Where the dossier stands: what needs somebody, else what is on its way, else how the newest message ended."""
    outcomes = [one["outcome"] for one in messages]
    if not outcomes:
        return chip(Words("Chưa có thông điệp nào", "no message yet"), "quiet")
    worst = next((outcome for outcome in ("attention", "open") if outcome in outcomes), None)
    newest = next((one["outcome"] for one in reversed(messages) if not one["causation_id"]), outcomes[-1])
    return chip(*OUTCOMES[worst or newest])


def _confirmed(confirmed: Sequence[Mapping[str, Any]], now: datetime) -> Html:
    """What each destination took last."""
    title = heading(2, Words("Nơi nhận xác nhận gần nhất", "last confirmed"), id="confirmed")
    rows = [
        (destination_words(one["destination"]).vi, operation(one["operation"]), moment(one["at"], now))
        for one in confirmed
    ]
    heads = (Words("Nơi nhận", "destination"), Words("Thao tác", "operation"), Words("Lúc", "at"))
    nothing = paragraph(Words("Chưa nơi nào xác nhận.", "Nothing is confirmed yet."), class_="notice")
    return tag("section", title, table(heads, rows) if rows else nothing, aria_labelledby="confirmed")


def _names(view: Mapping[str, Any], now: datetime) -> Html:
    rows: list[tuple[Words, Piece]] = [
        (Words("Hồ sơ", "dossier"), link(view["subject"], address("dossiers", view["subject"]))),
        (Words("Mã thông điệp", "message id"), code(view["id"])),
        (Words("Mã của người gửi", "sender's id"), code(view["source_id"])),
        (Words("Nguồn", "source"), code(view["source"])),
        (Words("Loại", "type"), code(view["type"])),
        (Words("Giờ của người gửi", "sender's time"), moment(view["time"], now) if view["time"] else "–"),
        (Words("Mã liên kết", "correlation id"), code(view["correlation_id"])),
    ]
    return tag("dl", [tag("div", tag("dt", two(words)), tag("dd", value)) for words, value in rows], class_="names")


def _message(view: Mapping[str, Any], now: datetime) -> Html:
    """A message among others; an answer of the gateway takes less room than what was said to it."""
    name = link(two(_type_words(view["type"])), address("messages", view["id"]))
    return tag(
        "article",
        tag("div", tag("h3", name), chip(*OUTCOMES[view["outcome"]]), class_="title"),
        _content(view, now),
        id=view["id"],
        class_="answer" if view["causation_id"] else None,
    )


def _content(view: Mapping[str, Any], now: datetime) -> Html:
    nothing = paragraph(Words("Không có tuyến nào nhận thông điệp này.", "No route takes this message."))
    return html(
        tag("p", moment(view["accepted_at"], now), " · ", _from(view), class_="meta"),
        _warnings(view["warnings"]),
        [_delivery(one, now) for one in view["deliveries"]],
        None if view["deliveries"] else nothing,
        _replies(view["replies"]),
    )


def _from(view: Mapping[str, Any]) -> Piece:
    """Who said it: a sender, or the gateway in answer to one."""
    if view["causation_id"]:
        question = link(
            two(Words("về thông điệp này", "about this message")), address("messages", view["causation_id"])
        )
        return two(Words("trục trả lời", "the gateway answers")), " ", tag("strong", view["client"]), " · ", question
    return two(Words("từ", "from")), " ", tag("strong", view["client"]), " · ", code(view["source"])


def _delivery(one: Mapping[str, Any], now: datetime) -> Html:
    error, next_try = one["last_error"], next_attempt(one, now)
    where = tag("strong", "→ ", destination_words(one["destination"]).vi)
    line = (state_chip(one["state"]), where, operation(one["operation"]), _mapping(one["mapping"]))
    attempts = [_attempt(each, now, error) for each in one["attempt_log"]]
    return tag(
        "div",
        tag("p", between(" ", line), class_="line"),
        tag("p", next_try, class_="meta") if next_try else None,
        _relations(one),
        _error(error, past=one["state"] in _QUIET) if error else None,
        _ways_out(one),
        tag("ol", attempts, class_="attempts") if attempts else None,
        class_="delivery",
        id=one["id"],
    )


def _mapping(mapping: Mapping[str, Any] | None) -> Html | None:
    if mapping is None:
        return None
    version = f" bản {mapping['version']}" if mapping["version"] else ""
    return tag("span", f"bảng dịch {mapping['name']}{version} ", english("mapping"), class_="soft")


def _relations(one: Mapping[str, Any]) -> Html | None:
    """The delivery this one replays, or the one that replays it."""
    related = (
        (one["replay_of"], Words("gửi lại của một lượt trước", "replay of an earlier one")),
        (one["replaced_by"], Words("đã được gửi lại", "replayed since")),
    )
    told = between(" · ", [link(two(words), f"#{other}") for other, words in related if other])
    return tag("p", told, class_="meta") if told else None


def _ways_out(one: Mapping[str, Any]) -> Html | None:
    """What a person may do about a delivery that waits for one, ready to be copied."""
    if one["state"] != DeliveryState.DEAD or one["replaced_by"]:
        return None
    replay, discard = (code(f'./run {verb} {one["id"]} --reason "…"') for verb in ("replay", "discard"))
    mended, given_up = two(Words("Đã sửa", "mended")), two(Words("hoặc bỏ", "or give up"))
    return tag("p", mended, " ", replay, tag("br"), given_up, " ", discard, class_="meta")


def _error(error: Mapping[str, Any], *, past: bool) -> Html:
    kind = FAULTS.get(error["class"])
    field = error.get("field")
    return tag(
        "div",
        tag("p", code(error["code"]), " ", two(kind) if kind else None, (" · ", code(field)) if field else None),
        paragraph(Words(error["vi"] or "", error["en"] or "")),
        class_="error past" if past else "error",
    )


def _attempt(one: Mapping[str, Any], now: datetime, told: Mapping[str, Any] | None) -> Html:
    """One try in a line; its error in full only where the delivery has not just said the same."""
    if one["outcome"] is None:
        words, tone = Words("đang gửi", "under way"), "busy"
    else:
        words, tone = ATTEMPTS.get(one["outcome"], (Words(one["outcome"], one["outcome"]), "quiet"))
    error = one["error"]
    same = error is not None and told is not None and (error["code"], error["vi"]) == (told["code"], told["vi"])
    mode = one["facts"].get("mode")
    line = (
        tag("span", f"Lần {one['number']}", class_="count"),
        moment(one["started_at"], now),
        tag("span", took(one["started_at"], one["ended_at"]), class_="en") if one["ended_at"] else None,
        chip(words, tone),
        code(error["code"]) if error else None,
        code(mode) if mode else None,
        two(Words("có thể lặp phần đã gửi", "may repeat a part")) if one["may_repeat"] else None,
    )
    return tag(
        "li",
        between(" ", line),
        paragraph(Words(error["vi"] or "", error["en"] or "")) if error and not same else None,
        _cuts(one["warnings"]),
    )


def _cuts(warnings: Sequence[Mapping[str, Any]]) -> Html | None:
    """What an attempt changed or left out on the way, and says so."""
    if not warnings:
        return None
    told = [tag("li", code(one["code"]), " ", one["vi"], " ", english(one["en"])) for one in warnings]
    return tag("ul", told, class_="warnings")


def _warnings(warnings: Sequence[Mapping[str, Any]]) -> Html | None:
    """What intake noticed and took all the same."""
    if not warnings:
        return None
    told = []
    for one in warnings:
        vi, _, en = one["message"].partition(" / ")
        told.append(tag("li", code(one["code"]), " ", code(one["pointer"]), " ", vi, " ", english(en)))
    return tag("ul", told, class_="warnings")


def _replies(replies: Sequence[Mapping[str, Any]]) -> Html | None:
    if not replies:
        return None
    links = [link(two(_type_words(one["type"])), address("messages", one["id"])) for one in replies]
    return tag("p", "↩ ", between(" · ", links), class_="meta")


def _type_words(type_: str) -> Words:
    short = type_.removeprefix(TYPE_PREFIX)
    return TYPES.get(type_, Words(short, short))
