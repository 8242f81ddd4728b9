"""`lienthong groups`, `uncertain`, `edit`, `supersede`, `skip`: what people do about failures."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.look import DEAD
from gateway.cli.reach import PAGE
from gateway.cli.reach_troubles import TroubleReach, reach_troubles
from gateway.cli.words import cell, fail, give, say, table
from gateway.intake.json_reader import read_json
from gateway.operations.doubts import Choice
from gateway.sections import parse_duration

Id = Annotated[str, typer.Argument(help="Id lượt gửi / delivery id")]
Fingerprint = Annotated[str, typer.Argument(help="Nhóm lỗi / failure group (`lienthong groups list`)")]


class State(StrEnum):
    """Which groups are listed."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    DEAD.command("groups")(dead_groups)
    app.add_typer(_groups, name="groups")
    app.add_typer(_uncertain, name="uncertain")
    app.command("edit")(edit)
    app.command("supersede")(supersede)
    app.command("skip")(skip)


_groups = typer.Typer(help="Nhóm lỗi theo nguyên nhân / failure groups by cause", no_args_is_help=True)
_uncertain = typer.Typer(help="Lượt có thể đã được nhận / what may have been taken", no_args_is_help=True)


# ---- groups ----------------------------------------------------------------------------------------------------------


def dead_groups(as_json: AsJson = False) -> None:
    """Các lượt đã dừng, gộp theo nguyên nhân / the dead, grouped by cause."""
    found = [one for one in _ask(lambda gateway: gateway.groups("open")) if one["count"]]
    text = _group_table(found) if found else "Không có lượt gửi nào dừng. / Nothing is dead."
    give(found, as_json=as_json, text=text)


@_groups.command("list")
def list_groups(
    state: Annotated[State, typer.Option("--state", help="open, closed, all")] = State.OPEN, as_json: AsJson = False
) -> None:
    """Các nhóm lỗi, đông nhất trước / failure groups, the fullest first."""
    found = _ask(lambda gateway: gateway.groups(state.value))
    give(found, as_json=as_json, text=_group_table(found) if found else "Không có nhóm lỗi nào. / No failure groups.")


@_groups.command("show")
def show_group(fingerprint: Fingerprint, as_json: AsJson = False) -> None:
    """Một nhóm: là gì, ai sửa được, bấm gì / one group: what it is, who can fix it, what to press."""
    found = _ask(lambda gateway: gateway.group(fingerprint))
    give(found, as_json=as_json, text=_group_lines(found))


@_groups.command("note")
def note_group(fingerprint: Fingerprint, note: str, reason: Reason = "", as_json: AsJson = False) -> None:
    """Ghi chú, còn lại khi lỗi tái diễn / a note, which stays when the failure comes back."""
    _change(fingerprint, "note", {"note": note}, reason, as_json=as_json)


@_groups.command("owner")
def own_group(fingerprint: Fingerprint, owner: str, reason: Reason = "", as_json: AsJson = False) -> None:
    """Ai lo nhóm này / who looks after it."""
    _change(fingerprint, "owner", {"owner": owner}, reason, as_json=as_json)


@_groups.command("name")
def name_group(
    fingerprint: Fingerprint,
    vi: Annotated[str, typer.Option("--vi", help="Tên tiếng Việt / in Vietnamese")],
    en: Annotated[str, typer.Option("--en", help="Tên tiếng Anh / in English")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Đặt tên cho mã lỗi chưa biết / name a failure that no catalogue knows."""
    _change(fingerprint, "name", {"vi": vi, "en": en}, reason, as_json=as_json)


@_groups.command("mute")
def mute_group(
    fingerprint: Fingerprint,
    for_: Annotated[str, typer.Option("--for", help="Trong bao lâu, ví dụ / how long, e.g. 8h, 3d")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Tạm ngưng cảnh báo, có lý do / no alerts for a while, with a reason."""
    need_reason(reason)
    try:
        until = datetime.now(UTC) + parse_duration(for_)
    except (ValueError, TypeError) as exc:
        fail(f"--for: {exc}", 2)
    _change(fingerprint, "mute", {"until": until.isoformat(timespec="seconds")}, reason, as_json=as_json)


@_groups.command("unmute")
def unmute_group(fingerprint: Fingerprint, reason: Reason = "", as_json: AsJson = False) -> None:
    """Cảnh báo trở lại / alerts again."""
    _change(fingerprint, "unmute", {}, reason, as_json=as_json)


def _change(fingerprint: str, what: str, told: Mapping[str, str], reason: str, *, as_json: bool) -> None:
    whole = {**told, "reason": reason} if reason.strip() else dict(told)
    changed = _ask(lambda gateway: gateway.change_group(fingerprint, what, whole))
    give(changed, as_json=as_json, text=_group_lines(changed))


def _group_table(groups: list[dict[str, Any]]) -> Table:
    rows = (
        (one["fingerprint"], sum(one["standing"].values()), one["destination"], one["code"], one["field"],
         one["title"]["vi"], one["fixer"]["vi"], one["owner"], (one["last_seen_at"] or "")[:19])
        for one in groups
    )  # fmt: skip
    columns = ("nhóm", "đang mắc", "nơi nhận", "mã lỗi", "trường", "nguyên nhân", "ai sửa", "người lo", "gần nhất")
    return table("", columns, rows)


def _group_lines(group: dict[str, Any]) -> list[str]:
    standing = ", ".join(f"{count} {state}" for state, count in sorted(group["standing"].items())) or "–"
    cause = " ".join(cell(group[name]) for name in ("destination", "operation", "class", "code", "field"))
    lines = [
        f"[bold]{cell(group['title']['vi'])}[/]",
        f"{cell(group['title']['en'])}",
        f"  {cell(group['fingerprint'])} ({group['state']}) {cause}",
        f"  đang mắc / standing: {cell(standing)}",
        f"  số lần / occurrences: {group['occurrences']}; mở / opened: {group['times_opened']}×",
        f"  đầu / first: {cell(group['first_seen_at'])}; cuối / last: {cell(group['last_seen_at'])}",
        f"  ai sửa được / who can fix it: {cell(group['fixer']['vi'])} / {cell(group['fixer']['en'])}",
        f"  → {cell(group['advice']['vi'])}",
        f"  → {cell(group['advice']['en'])}",
    ]
    lines += [f"  $ {escape(one['command'])}   {cell(one['vi'])} / {cell(one['en'])}" for one in group["press"]]
    lines += [f"  người lo / owner: {cell(group['owner'])}"] if group["owner"] else []
    lines += [f"  ghi chú / note: {cell(group['note'])}"] if group["note"] else []
    if group["muted"]:
        lines.append(f"  im tới / muted until: {cell(group['muted']['until'])} ({cell(group['muted']['reason'])})")
    return lines


# ---- uncertain -------------------------------------------------------------------------------------------------------


@_uncertain.command("list")
def list_uncertain(
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE, help="Số dòng / rows")] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang sau / next page")] = None,
    as_json: AsJson = False,
) -> None:
    """Các lượt có thể đã được nhận: trục đang hỏi, hay chờ người / being asked for, or waiting for a person."""

    async def ask() -> dict[str, Any]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.deliveries({"state": "uncertain"}, cursor, limit)

    page = reach.run(ask())
    rows = (
        (one["subject"], one["destination"], one["operation"], one["doubt"]["waits_for"], one["doubt"]["asked"],
         (one["doubt"]["next_at"] or "")[:19], one["id"])
        for one in page["items"]
    )  # fmt: skip
    made = table("", ("hồ sơ", "nơi nhận", "thao tác", "chờ / waits for", "đã hỏi", "hỏi lại lúc", "id"), rows)
    give(page, as_json=as_json, text=[made, f"--cursor {page['next']}"] if page["next"] else made)


@_uncertain.command("show")
def show_uncertain(delivery_id: Id, as_json: AsJson = False) -> None:
    """Một lượt, và hậu quả của từng lựa chọn / one delivery, and what each choice leads to."""
    found = _ask(lambda gateway: gateway.doubt(delivery_id))
    give(found, as_json=as_json, text=_doubt_lines(found))


@_uncertain.command("decide")
def decide(
    delivery_id: Id,
    choice: Annotated[Choice, typer.Option("--choice", help="taken, send_again, give_up")],
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Quyết định; hậu quả được nói trước, --yes mới làm / decide; the consequences are told first, --yes does it."""
    need_reason(reason)

    async def work() -> dict[str, Any]:
        async with reach_troubles(context.settings()) as gateway:
            found = await gateway.doubt(delivery_id)
            chosen = next(one for one in found["choices"] if one["choice"] == choice)
            for line in (*_doubt_head(found), *_choice_lines(chosen)):
                say(line)
            if not yes and not (sys.stdin.isatty() and typer.confirm("Làm? / Do it?", err=True)):
                fail("Chưa làm gì. Thêm --yes để làm. / Nothing done yet; add --yes to do it.", 2)
            return await gateway.decide(delivery_id, choice, reason, found["attempt"])

    done = reach.run(work())
    give(done, as_json=as_json, text=f"✓ {cell(done['id'])}: {cell(done['state'])}")


def _doubt_head(found: dict[str, Any]) -> list[str]:
    doubt = found["doubt"]
    keys = " ".join(f"{name}={value}" for name, value in found["keys"].items())
    return [
        f"[bold]{cell(found['subject'])}[/] → {cell(found['destination'])} {cell(found['operation'])}",
        f"  lần gửi / attempt: {found['attempt']}; chờ / waits for: {cell(doubt['waits_for'])}",
        f"  đã hỏi / asked: {doubt['asked']}; trả lời / answer: {cell(doubt['answer'])}",
        f"  hỏi lại / next: {cell(doubt['next_at'])}",
        f"  {cell(keys)}",
    ]


def _choice_lines(choice: dict[str, Any]) -> list[str]:
    return [
        f"  [bold]{cell(choice['choice'])}[/]: {cell(choice['vi'])} / {cell(choice['en'])}",
        f"    ⚠ {cell(choice['consequence']['vi'])}",
        f"    ⚠ {cell(choice['consequence']['en'])}",
    ]


def _doubt_lines(found: dict[str, Any]) -> list[str]:
    return [*_doubt_head(found), *(line for choice in found["choices"] for line in _choice_lines(choice))]


# ---- one delivery ----------------------------------------------------------------------------------------------------


def edit(
    delivery_id: Id,
    file: Annotated[
        Path | None, typer.Option("--file", help="Toàn bộ tài liệu đã sửa, JSON / the whole corrected document")
    ] = None,
    purpose: Annotated[
        str, typer.Option("--purpose", help="Không có --file: mở nội dung để làm gì / without a file: why it is opened")
    ] = "",
    unlock: Annotated[
        bool, typer.Option("--unlock", help="Cho sửa trường có giá trị pháp lý / let fields of legal weight change")
    ] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Sửa rồi gửi lại một lượt dead hoặc refused / correct a dead or refused delivery and send it again.

    Không có --file: in tài liệu và các trường bị khóa. / Without --file: prints the document and what is locked.
    """
    if file is None:
        if not purpose.strip():
            fail("Cần --purpose (mở nội dung để làm gì) hoặc --file. / --purpose or --file is needed.", 2)
        found = _ask(lambda gateway: gateway.editable(delivery_id, purpose))
        give(found, as_json=True, text="")
        return
    need_reason(reason)
    document = _document(file)
    done = _ask(lambda gateway: gateway.edit(delivery_id, document, reason, unlock=unlock))
    lines = [f"✓ {cell(done['id'])} → {cell(done['delivery'])}", *(f"  ~ {cell(one)}" for one in done["changed"])]
    lines += [f"  ⚠ {cell(w['code'])} {cell(w['pointer'])}: {cell(w['message'])}" for w in done["warnings"]]
    give(done, as_json=as_json, text=lines)


def supersede(
    delivery_id: Id,
    by: Annotated[str, typer.Option("--by", help="Lượt gửi khiến nó thừa / the delivery that makes it needless")] = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Cho là đã được bản mới thay thế / say that something newer made it needless."""
    need_reason(reason)
    done = _ask(lambda gateway: gateway.supersede(delivery_id, reason, by))
    give(done, as_json=as_json, text=f"✓ {cell(done['id'])}: {cell(done['state_before'])} → {cell(done['state'])}")


def skip(delivery_id: Id, reason: Reason = "", as_json: AsJson = False) -> None:
    """Bỏ qua lượt dead hoặc refused đang giữ làn; làn đi tiếp / let the lane go on without its held head."""
    need_reason(reason)
    done = _ask(lambda gateway: gateway.skip(delivery_id, reason))
    text = f"✓ {cell(done['id'])}: {cell(done['state'])}, không giữ làn nữa / holds its lane no more"
    give(done, as_json=as_json, text=text)


def _document(file: Path) -> dict[str, Any]:
    try:
        found = read_json(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as exc:
        fail(f"{file}: không đọc được / cannot be read: {exc.strerror}", 2)
    if not isinstance(found, dict):
        fail(f"{file}: phải là một đối tượng JSON / must be a JSON object", 2)
    # What `edit` printed may be handed back whole.
    document: dict[str, Any] = found["document"] if {"document", "locked"} <= set(found) else found
    return document


def _ask(work: Callable[[TroubleReach], Awaitable[Any]]) -> Any:
    async def asking() -> Any:
        async with reach_troubles(context.settings()) as gateway:
            return await work(gateway)

    return reach.run(asking())
