"""`lienthong send`: hands files over as any sender would, over HTTP, and prints the certain answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson
import typer

from gateway.cli import context, reach
from gateway.cli.context import AsJson
from gateway.cli.words import fail, give, progress, table

LINES_AT_ONCE = 500
STRUCTURED, BATCH, NDJSON = (
    "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson",
)  # fmt: skip

NOBODY_SERVES = (
    "Chưa có trục nào chạy với thư mục dữ liệu này; hãy chạy ./run serve, hoặc chỉ ra --url. / No gateway runs on this "
    "data folder; start ./run serve, or name one with --url."
)

Answer = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("send")(send)


def send(
    files: Annotated[list[str], typer.Argument(help="Tệp CloudEvents: JSON, mảng JSON, NDJSON; - = stdin")],
    url: Annotated[str, typer.Option("--url", help="Địa chỉ trục / address of the gateway")] = "",
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="Tệp chứa khoá của người gửi / file with the sender's API key")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Gửi thông điệp từ tệp; mỗi tệp một trả lời chắc chắn / send messages from files, each gets a certain answer."""
    parts = [(name, media_type, body) for name in files for media_type, body in _parts(name, _read(name))]
    settings = context.settings()
    key = key_file.read_text("utf-8").strip() if key_file else None

    async def work() -> list[Answer]:
        address = url.rstrip("/") or await reach.serving(settings)
        if address is None:
            fail(NOBODY_SERVES)
        answers: list[Answer] = []
        async with reach.session(settings, key) as http:
            with progress("gửi / sending", len(parts)) as step:
                for name, media_type, body in parts:
                    answers += [{"file": name, **one} for one in await _post(http, address, media_type, body)]
                    step()
        return answers

    answers = reach.run(work())
    rows = ((a["file"], a["status"], a.get("id"), _words(a)) for a in answers)
    give(answers, as_json=as_json, text=table("", ("tệp / file", "HTTP", "id", ""), rows))
    if any(answer["status"] != 202 for answer in answers):
        raise typer.Exit(1)


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as exc:
        fail(f"{name}: {exc.strerror}", 2)


def _parts(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """What to post: the file whole, or an NDJSON file in pieces that fit into one request."""
    text = content.lstrip()
    if text.startswith(b"<"):
        fail(f"{name}: XML chưa nhận được ở bước này, hãy gửi JSON. / XML is not taken yet, send JSON.", 2)
    if text.startswith(b"["):
        yield BATCH, content
    elif _is_lines(name, text):
        lines = text.splitlines()
        for start in range(0, len(lines), LINES_AT_ONCE):
            yield NDJSON, b"\n".join(lines[start : start + LINES_AT_ONCE])
    else:
        yield STRUCTURED, content


def _is_lines(name: str, text: bytes) -> bool:
    """By its name, or because the first line is a whole document and another follows."""
    if name.endswith((".ndjson", ".jsonl")):
        return True
    first, _, rest = text.partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(orjson.loads(first), dict)
    except ValueError:
        return False


async def _post(http: aiohttp.ClientSession, address: str, media_type: str, body: bytes) -> list[Answer]:
    headers = {"Content-Type": media_type}
    async with http.post(f"{address}/v1/messages", data=body, headers=headers) as response:
        told = await response.read()
        if media_type == NDJSON and response.status == 200:
            return [orjson.loads(line) for line in told.splitlines()]
        answer: Answer = orjson.loads(told)
        if response.status != 202:
            return [{"status": response.status, "problem": answer}]
        return [{"status": 202, **one} for one in answer.get("messages", [answer])]


def _words(answer: Answer) -> str:
    if "problem" in answer:
        errors = answer["problem"].get("errors", ())
        return "\n".join(f"{one['pointer']} {one['code']}: {one['message']}" for one in errors)
    told = ["đã có từ trước / was there before"] if answer.get("duplicate") else []
    return "\n".join(told + [f"⚠ {one['code']} {one['pointer']}" for one in answer.get("warnings", ())])
