"""Commands for setting up: migrations, the configuration in force, the OpenAPI document."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from pydantic import BaseModel, SecretStr, ValidationError

from adapters.registry import ADAPTERS
from gateway.acceptance.routing import ONESTOP
from gateway.bootstrap import database_url, has_ledger
from gateway.cli import context
from gateway.cli.context import AsJson
from gateway.cli.words import give, say, table
from gateway.intake import asyncapi, openapi
from gateway.ledger.migrate import migrate as run_migrations
from gateway.ledger.migrate import newest, revision
from gateway.settings import ClientSettings, Settings

MASK = "**********"
_SECRET_NAME = re.compile(r"password|token|secret|private_key|api_?key|access_?key", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^@/]*@")

_config = typer.Typer(help="Cấu hình / configuration", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("migrate")(migrate)
    app.command("openapi")(print_openapi)
    app.command("asyncapi")(print_asyncapi)
    app.add_typer(_config, name="config")


def migrate(
    only_check: Annotated[bool, typer.Option("--check", help="Chỉ xem, không đổi / look only, change nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Đưa sổ về phiên bản mới nhất / bring the ledger to the newest shape."""
    settings = context.settings()
    url = database_url(settings)

    async def work() -> tuple[str | None, str]:
        if only_check:
            return (await revision(url) if has_ledger(settings) else None), newest()
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return await run_migrations(url)

    before, target = asyncio.run(work())
    done = before == target or not only_check
    words = f"{before or 'trống / empty'} → {target}"
    give(
        {"from": before, "to": target, "up_to_date": done},
        as_json=as_json,
        text=("[green]✓[/] " if done else "[red]✗[/] ") + words,
    )
    if not done:
        raise typer.Exit(1)


@_config.command("show")
def show_config(as_json: AsJson = False) -> None:
    """Cấu hình đang có hiệu lực, bí mật được che / what is in force, secrets masked."""
    settings = context.settings()
    if context.is_sandbox(settings):
        say("[cyan]SANDBOX[/]: chưa có lienthong.toml; đang dùng hồ sơ thử nghiệm / the sandbox profile applies")
    shown = masked(settings)
    rows = ((key, value) for key, value in _flat(shown))
    give(shown, as_json=as_json, text=table("", ("khoá / key", "giá trị / value"), rows))


def print_openapi() -> None:
    """Tài liệu OpenAPI 3.1 / the OpenAPI 3.1 document."""
    give(openapi.document(), as_json=True, text="")


def print_asyncapi() -> None:
    """Tài liệu AsyncAPI 3.0 của phần RabbitMQ / the AsyncAPI 3.0 document of what is on RabbitMQ."""
    give(asyncapi.document(), as_json=True, text="")


def masked(settings: Settings) -> dict[str, Any]:
    """The settings as JSON-able values, with every secret masked, those of adapters included."""
    shown: dict[str, Any] = settings.model_dump(mode="json", exclude={"adapters"})
    shown["database_url"] = _URL_PASSWORD.sub(rf"\1:{MASK}@", database_url(settings))
    shown["amqp_url"] = _URL_PASSWORD.sub(rf"\1:{MASK}@", settings.amqp_url)
    shown["adapters"] = {name: _masked_section(name, dict(section)) for name, section in settings.adapters.items()}
    for shown_client, client in zip(shown["clients"], settings.clients, strict=True):
        shown_client["replies"] = masked_replies(client)
    return shown


def masked_replies(client: ClientSettings) -> dict[str, Any]:
    """How answers reach a client, secrets masked."""
    return _masked_section(ONESTOP, dict(client.replies)) if client.replies else {}


def _masked_section(name: str, section: dict[str, Any]) -> dict[str, Any]:
    """An adapter's section with its defaults where it is valid, else as written."""
    model: type[BaseModel] | None = ADAPTERS[name].settings if name in ADAPTERS else None
    try:
        tree = model.model_validate(section).model_dump(mode="json") if model else _known(section, None)
    except ValidationError:
        tree = _known(section, model)
    return {key: _masked_value(key, value) for key, value in tree.items()}


def _known(section: Mapping[str, Any], model: type[BaseModel] | None) -> dict[str, Any]:
    """Of a section that is not valid, what the model says is no secret; a misspelt key may hold one."""
    fields = model.model_fields if model else {}
    shown: dict[str, Any] = {}
    for key, value in section.items():
        annotation: Any = fields[key].annotation if key in fields else SecretStr
        if isinstance(value, Mapping):
            shown[key] = _known(value, annotation if hasattr(annotation, "model_fields") else None)
        else:
            shown[key] = MASK if value and "SecretStr" in str(annotation) else value
    return shown


def _masked_value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked_value(name, inner) for name, inner in value.items()}
    if value and _SECRET_NAME.search(key):
        return MASK
    return _URL_PASSWORD.sub(rf"\1:{MASK}@", value) if isinstance(value, str) else value


def _flat(tree: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{path}{key}.")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value):
                rows += _flat(one, f"{path}{key}[{number}].")
        else:
            rows.append((path + key, value))
    return rows
