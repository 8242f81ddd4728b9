"""Commands that change something: replay and discard, reason required, several only after the plan was seen."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from gateway.cli import context, reach, replays
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.persons import keep_off_command_line
from gateway.cli.words import fail, give, progress, say, table
from gateway.errors import GatewayError
from gateway.ledger.replays.port import Chosen
from gateway.operations.replays import DEFAULT_FAILURE_RATE, DEFAULT_SECONDS, Limits
from gateway.sections import parse_duration

Ids = Annotated[list[str] | None, typer.Argument(help="Id lượt gửi / delivery ids (`lienthong dead list`)")]


class Version(StrEnum):
    """Which version of the mapping a replay goes through."""

    NOW = "now"
    THEN = "then"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("replay")(replay)
    app.command("discard")(discard)


def replay(
    ids: Ids = None,
    destination: Annotated[
        str, typer.Option("--destination", help="Mọi lượt đã dừng của nơi nhận này / all its dead")
    ] = "",
    group: Annotated[str, typer.Option("--group", help="Nhóm lỗi / failure group (`lienthong dead groups`)")] = "",
    code: Annotated[str, typer.Option("--code", help="Chỉ mã lỗi này / only this error code")] = "",
    operation: Annotated[str, typer.Option("--operation", help="Chỉ dịch vụ này / only this operation")] = "",
    type_: Annotated[str, typer.Option("--type", help="Chỉ loại thông điệp này / only this message type")] = "",
    subject: Annotated[str, typer.Option("--subject", help="Chỉ hồ sơ này / only this dossier")] = "",
    since: Annotated[str, typer.Option("--since", help="Chỉ từ chừng ấy trước, ví dụ / not older than, e.g. 2h")] = "",
    failed_of: Annotated[
        str, typer.Option("--failed-of", help="Phần lại hỏng của một đợt / what failed again in a replay job")
    ] = "",
    mapping: Annotated[
        Version, typer.Option("--mapping", help="Bảng dịch hiện hành, hay của lúc đó / as now, or as then")
    ] = Version.NOW,
    max_failures: Annotated[
        float, typer.Option("--max-failures", min=0, max=1, help="Tự dừng khi quá tỷ lệ hỏng này / stops above this")
    ] = DEFAULT_FAILURE_RATE,
    max_seconds: Annotated[
        float, typer.Option("--max-seconds", min=0, help="Tự dừng khi trung bình chậm hơn; 0 = không / stops if slower")
    ] = DEFAULT_SECONDS,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Không chờ xong / do not stay until it is done")] = False,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Gửi lại lượt đã dừng, đúng chỗ cũ trong làn; nhiều lượt thành một đợt / replay the dead; many become a job."""
    need_reason(reason)
    keep_off_command_line(subject)
    as_then = mapping is Version.THEN
    several = tuple(ids or ())
    wanted = Chosen(
        destination=destination, operation=operation, code=code, type=type_, subject=subject, since=_moment(since),
        group=group, failed_of=failed_of, ids=several,
    )  # fmt: skip
    if len(several) == 1 and wanted == Chosen(ids=several):
        _replay_one(several[0], reason, as_then=as_then, as_json=as_json)
        return
    if wanted == Chosen(since=wanted.since):
        fail("Hãy cho id, --destination, --group, … / Give ids, --destination, --group, …", 2)
    limits = Limits(max_failures, max_seconds)
    replays.start(wanted, reason, as_then=as_then, limits=limits, yes=yes, wait=not no_wait, as_json=as_json)


def _replay_one(delivery_id: str, reason: str, *, as_then: bool, as_json: bool) -> None:
    async def work() -> list[dict[str, Any]]:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            again = partial(gateway.replay, reason=reason, as_then=as_then)
            return await _each([delivery_id], again, "gửi lại / replaying")

    _tell(reach.run(work()), as_json=as_json)


def discard(
    ids: Annotated[list[str], typer.Argument(help="Id lượt gửi / delivery ids")],
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Huỷ lượt gửi, có lý do; lượt kế tiếp của làn đi tiếp / discard deliveries; the next of the lane goes on."""
    need_reason(reason)
    if len(ids) > 1:
        _plan("huỷ / discard", len(ids), yes=yes)

    async def work() -> list[dict[str, Any]]:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            return await _each(ids, lambda one: gateway.discard(one, reason), "huỷ / discarding")

    _tell(reach.run(work()), as_json=as_json)


def need_reason(reason: str) -> None:
    """End with exit 2 where something is about to change without a reason."""
    if not reason.strip():
        fail('Cần lý do / a reason is needed: --reason "…"', 2)


def need_purpose(purpose: str) -> None:
    """End with exit 2 where something is to be looked at or taken away and nobody says what for."""
    if not purpose.strip():
        fail('Cần mục đích / a purpose is needed: --purpose "…"', 2)


def _moment(since: str) -> str:
    if not since:
        return ""
    try:
        back = parse_duration(since)
    except ValueError as exc:
        fail(f"--since: {exc}", 2)
    return str((datetime.now(UTC) - back).isoformat())


def _plan(what: str, count: int, *, yes: bool) -> None:
    say(f"Kế hoạch / plan: {what} {count} lượt gửi / deliveries")
    if count and not yes:
        fail("Chưa làm gì. Thêm --yes để làm. / Nothing done yet; add --yes to do it.", 2)


async def _each(ids: list[str], work: Any, title: str) -> list[dict[str, Any]]:
    done = []
    with progress(title, len(ids)) as step:
        for one in ids:
            try:
                done.append({"delivery": one, "ok": True, **await work(one)})
            except GatewayError as exc:
                done.append({"delivery": one, "ok": False, "error": str(exc)})
            step()
    return done


def _tell(done: list[dict[str, Any]], *, as_json: bool) -> None:
    rows = ((one["delivery"], "✓" if one["ok"] else "✗", one.get("error") or one["id"]) for one in done)
    give(done, as_json=as_json, text=table("", ("lượt gửi", "", "kết quả / result"), rows))
    if not all(one["ok"] for one in done):
        raise typer.Exit(1)
