"""A list as a file: exactly the rows that are shown, with the question they answer inside; audited."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from aiohttp import hdrs, web

from gateway.console.asking import Answer, Asked, Unfit, Way
from gateway.console.language import Language
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address, say
from gateway.console.screens.lists import Kind, Lists, Query, read_query
from gateway.console.words import STATES, Words, type_words
from gateway.ledger.port import AuditEntry
from gateway.reports.cells import plain

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADS: Mapping[Kind, Sequence[Words]] = {
    "messages": (
        Words("Mã thông điệp", "Message id"), Words("Loại", "Type"), Words("Hồ sơ", "Dossier"),
        Words("Người gửi", "Sender"), Words("Nguồn", "Source"), Words("Mã của người gửi", "Sender's id"),
        Words("Trạng thái", "State"), Words("Nhận lúc", "Accepted at"), Words("Đi tới", "Goes to"),
    ),
    "deliveries": (
        Words("Mã lượt gửi", "Delivery id"), Words("Trạng thái", "State"), Words("Hồ sơ", "Dossier"),
        Words("Nơi nhận", "Destination"), Words("Thao tác", "Operation"), Words("Lần gửi", "Attempts"),
        Words("Mã lỗi", "Error code"), Words("Lỗi", "Error"), Words("Nhận lúc", "Accepted at"),
        Words("Tới nơi lúc", "Delivered at"), Words("Mã thông điệp", "Message id"),
    ),
}  # fmt: skip

Table = Sequence[Sequence[object]]


def ways(parts: Parts) -> tuple[Way, ...]:
    """Both lists as files."""
    lists = Lists(parts)

    def exporting(kind: Kind) -> Callable[[Asked], Any]:
        async def export(asked: Asked) -> Answer:
            form = asked.filled.get("format", "")
            if form not in ("csv", "xlsx"):
                raise Unfit("Hãy chọn CSV hoặc XLSX. / Choose CSV or XLSX.")
            query, purpose = read_query(kind, asked.filled), asked.reason()
            if query is None:
                return Page("problems/bad_filter.html", status=422)
            page = await lists.read(query)
            details = {"filters": query.told, "rows": len(page["items"]), "format": form}
            entry = AuditEntry(asked.visitor.name, "list.exported", kind, purpose, details=details)
            await parts.ledger.record_audit(entry)
            table = _table(kind, page["items"], asked.language)
            asked_for = _question(query, asked)
            made = await asyncio.to_thread(_csv if form == "csv" else _xlsx, table, asked_for)
            name = f"lienthong-{kind}-{asked.now:%Y%m%d-%H%M%S}.{form}"
            headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
            kind_of = "text/csv; charset=utf-8" if form == "csv" else _XLSX
            return web.Response(body=made, headers=headers | {hdrs.CONTENT_TYPE: kind_of})

        return export

    return tuple(Way("POST", f"/{kind}/export", exporting(kind)) for kind in get_args(Kind))


def _question(query: Query, asked: Asked) -> Table:
    """What the rows answer, so that the file says it wherever it goes."""
    whole = replace(query, cursor=None)
    told = {**whole.filters, "rows": query.size} | ({"cursor": query.cursor} if query.cursor else {})
    return [
        ("lienthong", query.kind),
        ("at", asked.now.isoformat(timespec="seconds")),
        ("by", asked.visitor.name),
        ("address", address(query.kind, **query.parameters())),
        *((name, str(value)) for name, value in told.items()),
    ]


def _table(kind: Kind, items: Sequence[Mapping[str, Any]], language: Language) -> Table:
    row = _message if kind == "messages" else _delivery
    return [[say(head, language) for head in _HEADS[kind]], *(row(one, language) for one in items)]


def _message(one: Mapping[str, Any], language: Language) -> Sequence[object]:
    goes = "; ".join(
        f"{each['destination']} ({each['state']})" for each in one["deliveries"] if not each["replaced_by"]
    )
    return (one["id"], say(type_words(one["type"]), language), one["subject"], one["client"], one["source"],
            one["source_id"], one["state"], one["accepted_at"], goes)  # fmt: skip


def _delivery(one: Mapping[str, Any], language: Language) -> Sequence[object]:
    error = one["last_error"] or {}
    return (one["id"], say(STATES[one["state"]], language), one["subject"], one["destination"], one["operation"],
            one["attempts"], error.get("code", ""), say(error, language) if error else "", one["created_at"],
            one["delivered_at"] or "", one["message_id"])  # fmt: skip


def _csv(table: Table, asked_for: Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([plain(f"# {name}"), plain(value)] for name, value in asked_for)
    writer.writerows([plain(value) for value in row] for row in table)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _xlsx(table: Table, asked_for: Table) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - 20 MiB and a moment that only who wants a workbook pays for

    book = Workbook(write_only=True)
    for title, rows in (("Danh sách", table), ("Truy vấn", asked_for)):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([plain(value) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
