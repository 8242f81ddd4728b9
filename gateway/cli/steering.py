"""Commands about destinations as a whole: how they stand, pause, resume, probe, and announced maintenance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.acceptance.codes import moment
from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason
from gateway.cli.reach_steering import SteeringReach, reach_steering
from gateway.cli.words import fail, give, table
from mappings.convert import VIETNAM

Destination = Annotated[str, typer.Argument(help="Nơi nhận / destination, e.g. national_portal")]

STANDINGS = {
    "running": "đang chạy / running",
    "paused": "tạm dừng / paused",
    "hold": "giữ lại theo cấu hình / held by configuration",
    "maintenance": "bảo trì đã báo / announced maintenance",
    "breaker_open": "ngắt mạch mở / breaker open",
    "told_to_wait": "nơi nhận bảo chờ / the target asked to wait",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("destinations")(destinations)
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.command("probe")(probe)
    app.add_typer(_maintenance, name="maintenance")


_maintenance = typer.Typer(help="Lịch bảo trì đã báo trước / announced maintenance", no_args_is_help=True)


def destinations(as_json: AsJson = False) -> None:
    """Các nơi nhận: trạng thái, chế độ, việc tồn / destinations: state, mode, backlog."""
    found = _ask(lambda gateway: gateway.destinations())
    rows = [
        (
            one["name"],
            STANDINGS[one["state"]],
            " ".join([one["mode"] or "–", *(f"{code}={mode}" for code, mode in one["agencies"].items())]),
            _why(one),
            one["backlog"]["open"],
            one["backlog"]["dead"],
            sum(one["held_for"].values()) or "",
            (one["oldest_open_at"] or "")[:19],
            (one["last_success_at"] or "")[:19],
        )
        for one in found
    ]
    heads = ("nơi nhận", "trạng thái", "chế độ", "vì sao", "đang mở", "dead", "giữ", "chờ lâu nhất", "thành công cuối")
    give({"items": found}, as_json=as_json, text=table("", heads, rows))


def pause(destination: Destination, reason: Reason = "", as_json: AsJson = False) -> None:
    """Tạm dừng gửi; vẫn nhận và ghi sổ / send nothing until resumed; everything is still taken."""
    need_reason(reason)
    _tell_standing(_ask(lambda gateway: gateway.pause(destination, reason)), as_json=as_json)


def resume(destination: Destination, reason: Reason = "", as_json: AsJson = False) -> None:
    """Gửi tiếp, theo thứ tự và tốc độ / let it go on, in order and within its rate."""
    need_reason(reason)
    _tell_standing(_ask(lambda gateway: gateway.resume(destination, reason)), as_json=as_json)


def probe(destination: Destination, reason: Reason = "", as_json: AsJson = False) -> None:
    """Thử nơi nhận ngay; được thì đóng ngắt mạch / try it now; success closes an open breaker."""
    done = _ask(lambda gateway: gateway.probe(destination, reason))
    words = f"✓ {destination}" if done["ok"] else f"✗ {destination}: {done['code']}  {done['vi']} / {done['en']}"
    give(done, as_json=as_json, text=words)
    if not done["ok"]:
        raise typer.Exit(1)


@_maintenance.command("add")
def add(
    destination: Destination,
    until: Annotated[str, typer.Option("--until", help="Kết thúc / end, 2025-03-10T22:00 (giờ Việt Nam)")],
    since: Annotated[str, typer.Option("--from", help="Bắt đầu; mặc định: bây giờ / begin; default: now")] = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Báo trước bảo trì: trong đợt đó không gửi gì, hết đợt tự gửi tiếp / nothing is sent while it lasts."""
    need_reason(reason)
    begins, ends = (_moment("--from", since) if since else None), _moment("--until", until)
    made = _ask(lambda gateway: gateway.add_maintenance(destination, begins, ends, reason))
    give(made, as_json=as_json, text=_windows([made]))


@_maintenance.command("list")
def list_windows(
    past: Annotated[bool, typer.Option("--past", help="Cả các đợt đã qua / past ones too")] = False,
    as_json: AsJson = False,
) -> None:
    """Các đợt bảo trì đang và sắp diễn ra / maintenance under way or to come."""
    found = _ask(lambda gateway: gateway.maintenance(past=past))
    give({"items": found}, as_json=as_json, text=_windows(found))


@_maintenance.command("cancel")
def cancel(
    window_id: Annotated[str, typer.Argument(help="Mã đợt / its id")], reason: Reason = "", as_json: AsJson = False
) -> None:
    """Huỷ một đợt bảo trì; đợt đang diễn ra kết thúc ngay / cancel; one under way ends now."""
    need_reason(reason)
    gone = _ask(lambda gateway: gateway.cancel_maintenance(window_id, reason))
    give(gone, as_json=as_json, text=_windows([gone]))


def _ask(work: Callable[[SteeringReach], Awaitable[Any]]) -> Any:
    async def ask() -> Any:
        async with reach_steering(context.settings()) as gateway:
            return await work(gateway)

    return reach.run(ask())


def _moment(option: str, text: str) -> datetime:
    """A moment with its offset, or without one in Vietnamese time; seconds may be left out."""
    padded = f"{text}:00" if len(text) == len("2025-03-10T22:00") else text
    found = moment.parse(padded) or moment.parse(f"{padded}+07:00")
    if found is None:
        fail(f"{option}: hãy viết như / write it like 2025-03-10T22:00, 2025-03-10T22:00:00+07:00", 2)
    return found.astimezone(VIETNAM)


def _tell_standing(one: dict[str, Any], *, as_json: bool) -> None:
    give(one, as_json=as_json, text=f"{one['name']}: {STANDINGS[one['state']]}  {_why(one)}")


def _why(one: dict[str, Any]) -> str:
    """What stands behind the state, with the moment at which it changes by itself, where there is one."""
    if one["pause"] and one["state"] == "paused":
        paused = one["pause"]
        return f"{paused['by']}: {paused['reason']} ({paused['since'][:19]})"
    if one["maintenance"] and one["state"] == "maintenance":
        return f"→ {one['maintenance']['ends_at'][:19]} {one['maintenance']['reason']}"
    closed = one["breaker"] or one["asked_to_wait"]
    if closed and one["state"] in ("breaker_open", "told_to_wait"):
        return f"{closed['code']} {closed['vi']} / {closed['en']} → {closed['until'][:19]}"
    return ""


def _windows(found: list[dict[str, Any]]) -> Any:
    rows = [
        (
            one["destination"],
            one["starts_at"][:16],
            one["ends_at"][:16],
            f"{one['who']}: {one['reason']}"
            + (f" · huỷ / cancelled: {one['cancelled_by']}" if one["cancelled_at"] else ""),
            one["id"],
        )
        for one in found
    ]
    return table(
        "", ("nơi nhận", "từ / from", "đến / until", "ai, vì sao / who, why", "huỷ / cancelled", "mã / id"), rows
    )
