"""Commands about keys: what the ring holds, rotating it, and the public key that receipts are checked with."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from gateway.bootstrap import signer
from gateway.cli import context, reach
from gateway.cli.act import need_reason
from gateway.cli.context import AsJson, Reason, Yes
from gateway.cli.words import fail, give, table

KeyId = Annotated[str, typer.Argument(help="Id khóa / key id (`lienthong keys list`)")]
_keys = typer.Typer(help="Khóa / keys", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_keys, name="keys")


@_keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Các khóa, khóa đang niêm phong trước / the keys, the one that seals first."""

    async def work() -> list[dict[str, Any]]:
        async with reach.reach(context.settings()) as gateway:
            return await gateway.keys()

    found = reach.run(work())
    rows = (
        (one["id"], _use(one), one["wrapped"], one["unopened"], one["ended_at"] or ("…" if one["seals"] else ""))
        for one in found
    )
    columns = ("khóa / key", "đang / now", "đã bọc lại / wrapped", "không mở được / do not open", "xong / done")
    give(found, as_json=as_json, text=table("", columns, rows))


@_keys.command("rotate")
def rotate(
    search: Annotated[bool, typer.Option("--search", help="Xoay khóa tìm theo số / the search key")] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Khóa mới niêm phong từ nay; việc nhận và gửi không dừng / a new key seals from now on; nothing stops for it."""
    _change("search/rotate" if search else "rotate", reason, as_json=as_json)


@_keys.command("add")
def add(reason: Reason = "", as_json: AsJson = False) -> None:
    """Thêm khóa, chưa dùng: chép keys.json sang máy khác rồi mới `keys use` / add one; copy the file, then use it."""
    _change("add", reason, as_json=as_json)


@_keys.command("use")
def use(key_id: KeyId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Dùng khóa này để niêm phong / let this key seal."""
    _change(f"{key_id}/use", reason, as_json=as_json)


@_keys.command("drop")
def drop(key_id: KeyId, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Bỏ hẳn một khóa không còn gì cần / forget a key that nothing needs, for ever."""
    if not yes:
        fail(f"Sẽ bỏ hẳn khóa {key_id}. Thêm --yes để làm. / {key_id} will be forgotten; add --yes to do it.", 2)
    _change(f"{key_id}/drop", reason, as_json=as_json)


@_keys.command("public")
def public() -> None:
    """Khóa công khai để kiểm biên nhận; hãy giữ một bản in ngoài máy / the key that receipts are checked with."""
    sys.stdout.write(f"{signer(context.settings()).public}\n")


def _change(what: str, reason: str, *, as_json: bool) -> None:
    need_reason(reason)

    async def work() -> dict[str, Any]:
        async with reach.reach(context.settings(), to_change=True) as gateway:
            return await gateway.change_keys(what, reason)

    done = reach.run(work())
    give(done, as_json=as_json, text=f"[green]✓[/] {done['id']} {_use(done)}")


def _use(key: dict[str, Any]) -> str:
    return "niêm phong / seals" if key["seals"] else "tìm / searches" if key["searches"] else ""
