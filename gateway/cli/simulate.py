"""Commands of the sandbox: the five simulators alone, and ways to upset them or to act as the people behind them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson
import typer
import uvloop

from gateway.cli import context
from gateway.cli.context import AsJson
from gateway.cli.serve import stop_event
from gateway.cli.words import cell, fail, give, say, table
from gateway.demo.sandbox import ADDRESSES, KINDS, connect, log_of, running, sections

_sandbox = typer.Typer(
    help="Các hệ thống mô phỏng, kèm bảng gây lỗi / the simulated systems, with their fault panels",
    invoke_without_command=True,
)
System = Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_sandbox, name="sandbox")


@_sandbox.callback()
def sandbox(
    ctx: typer.Context,
    port: Annotated[
        int,
        typer.Option("--port", help="Cổng của hệ thống đầu tiên, các hệ thống sau nối tiếp; 0 = bất kỳ / first port"),
    ] = 9100,
    keep: Annotated[bool, typer.Option("--log", help="Ghi lại mọi việc đã làm / keep what they do on file")] = False,
    gateway: Annotated[
        str, typer.Option("--gateway", help="Địa chỉ trục mà chúng gọi về / the gateway they call")
    ] = "http://127.0.0.1:8080",
) -> None:
    """Không có lệnh con: chạy cả năm hệ thống mô phỏng / without a subcommand: run all five."""
    if ctx.invoked_subcommand is not None:
        return
    data_dir = context.settings().data_dir
    folder = data_dir / "sandbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def work() -> None:
        systems = {name: kind.build(log_of(data_dir, name) if keep else None) for name, kind in KINDS.items()}
        connect(systems, gateway)
        async with running(systems, port) as urls:
            (folder / ADDRESSES).write_bytes(orjson.dumps(urls))
            for name, url in urls.items():
                say(f"[bold]{name}[/] {url}")
                say(f"    bảng gây lỗi / fault panel: {url}/_panel/faults · {url}/_panel/effects")
            say(f"\nchúng gọi về / they call {gateway}\nlienthong.toml:\n\n{cell(_toml(sections(urls)))}")
            await stop_event().wait()

    uvloop.run(work())


@_sandbox.command("faults")
def faults(system: System, as_json: AsJson = False) -> None:
    """Các lỗi có thể gây, và lỗi đang chờ / the faults there are, and those that wait."""
    told = asyncio.run(_ask("GET", system, "faults"))
    rows = [(one["fault"], str(one["times"]), one["on"] or "*") for one in told["waiting"]]
    waiting = table("đang chờ / waiting", ("lỗi / fault", "số lần / times", "ở / on"), rows)
    give(told, as_json=as_json, text=[", ".join(told["known"]), *([waiting] if rows else [])])


@_sandbox.command("upset")
def upset(
    system: System,
    fault: Annotated[str, typer.Argument(help="Tên lỗi / name of the fault")],
    details: Annotated[list[str] | None, typer.Argument(help="status=503 seconds=2 …")] = None,
    times: Annotated[int, typer.Option("--times", min=1, help="Số lần / how often")] = 1,
    on: Annotated[str, typer.Option("--on", help="Chỉ ở thao tác này / only this operation")] = "",
) -> None:
    """Làm hỏng những lời gọi tới / let the next calls meet a fault."""
    wish: dict[str, Any] = {"fault": fault, "times": times} | ({"on": on} if on else {})
    for detail in details or []:
        name, equals, value = detail.partition("=")
        if not equals:
            fail(f"{detail}: viết là tên=giá trị / write name=value", 2)
        wish[name] = _value(value)
    told = asyncio.run(_ask("POST", system, "faults", wish))
    say(f"[bold]{system}[/]: {told['waiting']} lỗi đang chờ / faults waiting")


@_sandbox.command("effects")
def effects(system: System, as_json: AsJson = False) -> None:
    """Những gì hệ thống mô phỏng đã làm / what a simulated system really did."""
    told = asyncio.run(_ask("GET", system, "effects"))
    rows = [(str(one["sequence"]), one["kind"], one["key"], one["received_at"][:19]) for one in told["effects"][-50:]]
    give(told, as_json=as_json, text=table("", ("số", "việc / effect", "khoá / key", "lúc / at"), rows))


@_sandbox.command("act")
def act(
    system: System,
    action: Annotated[str, typer.Argument(help="pay, fail … (payment)")],
    details: Annotated[list[str] | None, typer.Argument(help="reference=… dossier=…")] = None,
) -> None:
    """Làm thay người dân: trả tiền, huỷ, … / act as the people behind a system: pay, fail and so on."""
    wish = {name: value for name, _, value in (detail.partition("=") for detail in details or [])}
    give(asyncio.run(_ask("POST", system, action, wish)), as_json=True, text="")


async def _ask(method: str, system: str, path: str, body: Any = None) -> Any:
    url = _url(system)
    try:
        async with aiohttp.ClientSession() as http, http.request(method, f"{url}/_panel/{path}", json=body) as response:
            told = orjson.loads(await response.read())
    except aiohttp.ClientConnectionError:
        fail(f"Không có ai ở {url}; hãy chạy ./run hoặc ./run sandbox. / Nobody is at {url}; start it first.")
    except ValueError:
        fail(f"{system}: không có việc này / there is no such action: {path}", 2)
    if response.status >= 400:
        fail(f"{told.get('error', response.status)}; có / there are: {', '.join(told.get('known', []))}", 2)
    return told


def _url(system: str) -> str:
    data_dir = context.settings().data_dir
    for folder in (data_dir, data_dir / "demo"):
        path: Path = folder / "sandbox" / ADDRESSES
        if path.exists():
            urls: dict[str, str] = orjson.loads(path.read_bytes())
            if system in urls:
                return urls[system]
    return fail(f"Không biết {system} ở đâu; có / nobody knows where it is; there are: {', '.join(KINDS)}", 2)


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def _toml(tree: dict[str, dict[str, Any]]) -> str:
    """The sections that lead a gateway to these simulators, as TOML."""
    lines: list[str] = []
    for name, section in tree.items():
        lines.append(f"[adapters.{name}]")
        lines += [f"{key} = {_inline(value)}" for key, value in section.items()]
        lines.append("")
    return "\n".join(lines)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return orjson.dumps(value).decode()
