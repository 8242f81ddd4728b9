"""Commands about clients: who may send, their keys, and the section for what only the configuration holds."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.reach_clients import reach_clients
from gateway.cli.words import fail, give, say, table
from gateway.ledger.clients.port import NewClient
from gateway.sections import parse_duration
from gateway.security.api_key import make_key
from gateway.settings import ClientSettings

Name = Annotated[str, typer.Argument(help="Tên, chữ thường / lower case, e.g. motcua")]
_ONCE = "Khóa, chỉ hiện lần này / the key, shown this once"
_client = typer.Typer(help="Hệ thống được phép gửi / systems that may send", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_client, name="client")


@_client.command("add")
def add(
    name: Name,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="CloudEvents source; nhiều lần / repeatable")
    ] = None,
    agency: Annotated[list[str] | None, typer.Option("--agency", help="Mã cơ quan, gồm cấp dưới / agency code")] = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Loại thông điệp / message type")] = None,
    rate: Annotated[float, typer.Option("--rate", min=0, help="Thông điệp/giây; 0 = không giới hạn / a second")] = 0,
    burst: Annotated[int, typer.Option("--burst", min=0, help="Số gửi được một lúc / at once; 0 = 10 s")] = 0,
    amqp_user: Annotated[str, typer.Option("--amqp-user", help="Tài khoản RabbitMQ / RabbitMQ account")] = "",
    section: Annotated[
        bool,
        typer.Option("--section", help="In đoạn cấu hình cho lienthong.toml (khi cần gọi lại, AMQP) / print a section"),
    ] = False,
    reason: Reason = "client add",
    as_json: AsJson = False,
) -> None:
    """Thêm hệ thống gửi, dùng được ngay; khóa chỉ hiện một lần / add a sender; its key counts at once, shown once."""
    client = NewClient(name, tuple(source or ()), tuple(agency or ()), tuple(type_ or ()), rate, burst, amqp_user)
    if section:
        _give_section(client, as_json=as_json)
        return

    async def work() -> dict[str, Any]:
        async with reach_clients(context.settings()) as clients:
            return await clients.add(client, reason)

    _give_key(reach.run(work()), as_json=as_json)


@_client.command("list")
def list_clients(as_json: AsJson = False) -> None:
    """Các hệ thống được phép gửi và khóa của chúng / the systems that may send, and their keys."""

    async def work() -> list[dict[str, Any]]:
        async with reach_clients(context.settings()) as clients:
            return await clients.clients()

    found = reach.run(work())
    give(found, as_json=as_json, text=table("", _COLUMNS, (_row(one) for one in found)))


@_client.command("rotate")
def rotate(
    name: Name,
    keep: Annotated[str, typer.Option("--keep", help="Khóa cũ còn dùng bao lâu / how long old keys count")] = "7d",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Cấp khóa mới, chỉ hiện một lần; khóa cũ còn dùng thêm một thời gian / a new key; old ones count for a while."""
    need_reason(reason)
    try:
        parse_duration(keep or "7d")
    except (ValueError, OverflowError) as exc:
        fail(f"--keep: {exc}", 2)

    async def work() -> dict[str, Any]:
        async with reach_clients(context.settings()) as clients:
            return await clients.rotate(name, keep, reason)

    _give_key(reach.run(work()), as_json=as_json)


@_client.command("revoke")
def revoke(
    name: Name,
    key_id: Annotated[str, typer.Option("--key", help="Chỉ khóa này / this key alone (`client list`)")] = "",
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Thu hồi ngay một khóa, hoặc mọi khóa của hệ thống gửi / revoke one key, or all of a sender, at once."""
    need_reason(reason)
    if not yes:
        what = f"khóa / key {key_id}" if key_id else "mọi khóa / every key"
        fail(f"Sẽ thu hồi {what}: {name}. Thêm --yes để làm. / Add --yes to do it.", 2)

    async def work() -> dict[str, Any]:
        async with reach_clients(context.settings()) as clients:
            return await clients.revoke(name, key_id, reason)

    done = reach.run(work())
    give(done, as_json=as_json, text=f"[green]✓[/] {name}: {', '.join(done['revoked']) or '–'}")


_COLUMNS = ("tên / name", "từ / of", "sources", "agencies", "types", "msg/s", "trả lời / replies", "khóa / keys")


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    grants = (", ".join(one[part]) or "mọi / all" for part in ("sources", "agencies", "types"))
    origin = "lienthong.toml" if one["origin"] == "configuration" else "sổ / ledger"
    keys = "\n".join(_key(key) for key in one["keys"]) or ("đã thu hồi / revoked" if one["revoked_at"] else "–")
    return (one["name"], origin, *grants, one["rate"] or "–", one["reply_mode"], keys)


def _key(key: dict[str, Any]) -> str:
    told = str(key["id"])
    if not key["in_force"]:
        return f"{told} ✗"
    if key["ends_at"]:
        told += f" đến / until {key['ends_at'][:16]}"
    return told + (f", dùng / used {key['used_at'][:16]}" if key["used_at"] else "")


def _give_key(made: dict[str, Any], *, as_json: bool) -> None:
    give(made, as_json=as_json, text=made["key"])
    if not as_json:
        say(f"{_ONCE}: {made['name']} ({made['key_id']}…)")
    if made.get("old_keys"):
        old = ", ".join(made["old_keys"])
        say(f"Khóa cũ còn dùng đến / old keys count until {made['old_keys_end_at'][:16]}: {old}")


def _give_section(client: NewClient, *, as_json: bool) -> None:
    """For a client that is called back or has a queue: how answers reach it stands in the configuration alone."""
    made = make_key()
    wanted = {"name": client.name, "key_sha256": made.digest} | {
        word: value
        for word, value in client._asdict().items()
        if word != "name" and (value or word in ("sources", "agencies", "types"))
    }
    try:  # validated as the gateway will: what is wrong is said here, not at its next start
        ClientSettings.model_validate(wanted)
    except ValidationError as exc:
        fail("; ".join(f"{one['loc'][0]}: {one['msg']}" for one in exc.errors()), 2)
    section = "\n".join(
        ["[[clients]]", *(f"{word} = {orjson.dumps(value).decode()}" for word, value in wanted.items())]
    )
    say("Thêm vào lienthong.toml rồi khởi động lại trục / add to lienthong.toml, then restart the gateway:\n")
    told = {"name": client.name, "key": made.key, "section": section}
    give(told, as_json=as_json, text=section.replace("[[", "\\[["))
    say(f"\n{_ONCE}: [bold]{made.key}[/]")
