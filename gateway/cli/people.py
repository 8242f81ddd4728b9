"""`lienthong find`, `messages body`, `audit who-saw`: what is about whom, and who looked.

A person's number is typed or piped in, never given as an argument: arguments stand in the list of processes and in the
shell's history, where everybody on the machine reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
import typer

from gateway.cli import context, reach
from gateway.cli.act import need_purpose
from gateway.cli.context import AsJson, Purpose
from gateway.cli.look import MESSAGES
from gateway.cli.persons import keep_off_command_line
from gateway.cli.prove import AUDIT
from gateway.cli.reach_people import PeopleReach, reach_people
from gateway.cli.words import fail, give, table
from gateway.operations.searching import is_personal

Cursor = Annotated[str, typer.Option("--cursor", help="Trang tiếp: giá trị next / the `next` of the page before")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200)]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("find")(find)
    MESSAGES.command("body")(body)
    AUDIT.command("who-saw")(who_saw)


def find(
    query: Annotated[
        str,
        typer.Argument(help="Mã hồ sơ, id, mã tham chiếu; `-`: gõ hoặc chuyển qua stdin / a code, or `-` for stdin"),
    ] = "-",
    purpose: Purpose = "",
    cursor: Cursor = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Tìm theo mã; theo số định danh, CMND, MST, điện thoại, thư điện tử: qua stdin, có mục đích / find anything."""
    if query != "-":
        keep_off_command_line(query)
    text = _typed() if query == "-" else query
    if is_personal(text):
        need_purpose(purpose)
    found = _ask(lambda gateway: gateway.find(text, purpose.strip(), cursor or None, limit))
    rows = ((one["id"], one["type"], one["subject"], one["accepted_at"], one["state"]) for one in found["items"])
    columns = ("thông điệp / message", "loại / type", "hồ sơ / dossier", "nhận lúc / accepted", "trạng thái / state")
    give(found, as_json=as_json, text=[table("", columns, rows), *_more(found)])


def body(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="Id thông điệp / message id")],
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """Nội dung: đã che; với --purpose thì mở, có ghi vết / masked; with --purpose the whole, which is audited."""
    told = purpose.strip()
    shown = _ask(lambda gateway: gateway.opened(message_id, told) if told else gateway.masked(message_id))
    if as_json:
        give(shown, as_json=True, text="")
    else:
        sys.stdout.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n")


def who_saw(purpose: Purpose = "", cursor: Cursor = "", limit: Limit = 50, as_json: AsJson = False) -> None:
    """Ai đã xem dữ liệu của một người, khi nào, để làm gì; số gõ vào hoặc qua stdin / who saw somebody, when, why."""
    need_purpose(purpose)
    number = _typed()
    found = _ask(lambda gateway: gateway.who_saw(number, purpose.strip(), cursor or None, limit))
    rows = ((one["at"], one["actor"], one["action"], one["target"], one["reason"]) for one in found["items"])
    columns = ("lúc / at", "ai / who", "việc / what", "đối tượng / about", "để làm gì / what for")
    give(found, as_json=as_json, text=[table("", columns, rows), *_more(found)])


def _typed() -> str:
    """What stands on stdin; at a terminal it is asked for and not shown."""
    if sys.stdin.isatty():
        return str(typer.prompt("Mã hoặc số / code or number", hide_input=True, err=True)).strip()
    text = sys.stdin.readline().strip()
    if not text:
        fail("Không có gì trên stdin. / Nothing came on stdin.", 2)
    return text


def _more(found: dict[str, Any]) -> list[str]:
    return [f"… --cursor {found['next']}"] if found["next"] else []


def _ask(question: Callable[[PeopleReach], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        async with reach_people(context.settings()) as gateway:
            return await question(gateway)

    found: dict[str, Any] = reach.run(work())
    return found
