"""A secret that is configured is printed nowhere: not by `config show`, not by a start that fails, not in a traceback.

A canary goes into every setting of secret kind, found by walking the models: a new one is under test by being there.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel, SecretStr
from typer.testing import CliRunner

from adapters.registry import ADAPTERS
from gateway.bootstrap import open_ledger
from gateway.broker.rabbitmq import RabbitBroker
from gateway.cli.app import app
from gateway.delivery.open_routes import open_routes
from gateway.errors import ConfigurationError, GatewayError
from gateway.intake.callbacks import listeners
from gateway.settings import Settings, load_settings
from gateway.telemetry.logging import told
from tests.toml_text import toml_text

CANARY = "CANARY-bi-mat-0123456789-abcdefghijklmn"
URLS = {
    "database_url": f"postgresql://lt:{CANARY}@127.0.0.1:9/lt",
    "amqp_url": f"amqp://lt:{CANARY}@127.0.0.1:9/lt",
}


def secrets_of(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every secret setting of a model: where, and whether it is a list."""
    for name, field in model.model_fields.items():
        words = str(field.annotation)
        if "SecretStr" in words:
            yield (*path, name), "tuple[" in words
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                named = ("mot",) if inner is not field.annotation else ()
                yield from secrets_of(inner, (*path, name, *named))


def planted(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A tree with the value at the path, and beside it a key that does not exist: the section is wrong."""
    first, *rest = path
    return {first: planted(tuple(rest), value)} if rest else {first: value, "khong_co": 1}


IN_ADAPTERS = [
    pytest.param(name, path, many, id=".".join((name, *path)))
    for name, spec in ADAPTERS.items()
    for path, many in secrets_of(spec.settings)
]


def tree_with(name: str, path: tuple[str, ...], many: bool) -> dict[str, Any]:
    section = planted(path, [CANARY] if many else CANARY)
    if name != "onestop":
        return {"adapters": {name: section}}
    mode = {"broker_url": "amqp", "secrets": "callback"}[path[0]]
    return {"clients": [{"name": "mc", "key_sha256": "0" * 64, "replies": {"mode": mode, **section}}]}


class AnyMapping:
    """A catalogue in which every mapping is found: sections are judged here, not mappings."""

    def get(self, *_: object) -> None:
        return None


def said_by(error: BaseException) -> str:
    """Everything that could be printed of an error, with all that led to it."""
    return "".join(traceback.format_exception(error)) + repr(error) + told((type(error), error, None))


def shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LIENTHONG_CONFIG", str(file))
    outputs = [CliRunner().invoke(app, words) for words in (["config", "show"], ["config", "show", "--json"])]
    assert all(one.exit_code == 0 for one in outputs), outputs
    return "".join(one.output for one in outputs)


def test_the_walk_finds_the_secrets_that_are_known() -> None:
    """Else everything below would pass with nothing planted."""
    found = {".".join(one.values[1]) for one in IN_ADAPTERS if isinstance(one.values[1], tuple)}
    assert {"password", "secret", "road.consumer_secret", "secrets", "broker_url", "audit_key"} <= found
    assert {path[0] for path, _ in secrets_of(Settings)} >= {"admin_token", "alerts"}


@pytest.mark.parametrize(("name", "path", "many"), IN_ADAPTERS)
async def test_a_start_that_fails_on_a_systems_section_does_not_print_its_secrets(
    name: str, path: tuple[str, ...], many: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lienthong.toml").write_text(toml_text(tree_with(name, path, many)))
    settings = load_settings(tmp_path / "lienthong.toml", environment={})
    said = [repr(settings), str(settings), repr(settings.clients)]
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigurationError) as caught:
            await open_routes(settings, ADAPTERS, AnyMapping(), stack)
    said.append(said_by(caught.value))
    if settings.adapters and ADAPTERS[name].listen is not None:
        with pytest.raises(ConfigurationError) as refused:
            listeners(settings, ADAPTERS)
        said.append(said_by(refused.value))
    said.append(shown(tmp_path / "lienthong.toml", monkeypatch))
    assert "khong_co" in said[-2] and not any(CANARY in one for one in said)


@pytest.mark.parametrize(
    ("path", "many"), [pytest.param(path, many, id=".".join(path)) for path, many in secrets_of(Settings)]
)
def test_a_configuration_that_is_wrong_does_not_print_its_secrets(
    path: tuple[str, ...], many: bool, tmp_path: Path
) -> None:
    for value in ([CANARY] if many else CANARY, {"nested": CANARY}, [[CANARY]]):
        (tmp_path / "lienthong.toml").write_text(toml_text(planted(path, value)))
        with pytest.raises(ConfigurationError) as caught:
            load_settings(tmp_path / "lienthong.toml", environment={})
        assert CANARY not in said_by(caught.value)


@pytest.mark.parametrize("key", ["database_url", "amqp_url"])
@pytest.mark.parametrize("mark", ["/", "#", "?", "@x:y@[", ":"])
def test_an_address_that_cannot_be_read_is_not_quoted(key: str, mark: str, tmp_path: Path) -> None:
    """A password with marks of its own breaks an address apart: its pieces must not be called a port."""
    scheme = "postgresql" if key == "database_url" else "amqp"
    (tmp_path / "lienthong.toml").write_text(toml_text({key: f"{scheme}://lt:{CANARY}{mark}1@host.invalid/x"}))
    said = ""
    try:
        said = repr(load_settings(tmp_path / "lienthong.toml", environment={}))
    except ConfigurationError as exc:
        said = said_by(exc)
    assert said and CANARY not in said


async def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, **URLS})
    with pytest.raises(GatewayError) as caught:
        async with open_ledger(settings):
            pass
    assert CANARY not in said_by(caught.value) and CANARY not in repr(settings)


async def test_a_broker_that_is_away_is_named_without_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    broker = RabbitBroker(URLS["amqp_url"], {})
    await broker.open()
    told = await broker.ready()
    await broker.drop()
    assert told and CANARY not in told + "".join(capsys.readouterr())


def test_what_is_shown_of_a_whole_configuration_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree: Mapping[str, Any] = {
        **URLS,
        "admin_token": CANARY,
        "alerts": {
            "webhooks": {"a": {"url": "https://h.example.invalid/", "secrets": ["whsec_" + "QUJDREVGR0g" * 4]}},
            "mail": {
                "b": {"host": "m.invalid", "username": "u", "password": CANARY, "sender": "a@b.c", "to": ["a@b.c"]}
            },
        },
        "adapters": {"unknown_system": {"misspelt": CANARY, "list": [CANARY], "table": {"any": CANARY}}},
    }
    (tmp_path / "lienthong.toml").write_text(toml_text(tree))
    text = shown(tmp_path / "lienthong.toml", monkeypatch)
    assert "unknown_system" in text and CANARY not in text and "QUJDREVGR0g" not in text


def test_a_secret_is_never_given_on_the_command_line() -> None:
    """Everybody on the machine sees the arguments of a process: secrets come from files or the environment."""
    names = list(options_of(typer.main.get_command(app)))
    assert "--key-file" in names
    secret = re.compile(r"password|secret|token|passphrase|api-?key|private", re.IGNORECASE)
    assert [name for name in names if secret.search(name) and not name.endswith("-file")] == []


def options_of(command: Any) -> Iterator[str]:
    """The names of every option that takes a value, of a command and all below it."""
    valued = (one for one in command.params if one.param_type_name == "option" and not one.is_flag)
    yield from (name for one in valued for name in one.opts)
    for inner in getattr(command, "commands", {}).values():
        yield from options_of(inner)


def test_a_file_of_a_secret_that_cannot_be_read_is_named_and_its_text_is_text(tmp_path: Path) -> None:
    digits, broken = tmp_path / "digits", tmp_path / "broken"
    digits.write_text("000123456789012345678901\n")
    broken.write_bytes(b"\xff" + CANARY.encode())
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None, {"LIENTHONG_ADMIN_TOKEN_FILE": str(broken), "LIENTHONG_AMQP_URL_FILE": "/nowhere"})
    assert [mistake.partition(":")[0] for mistake in caught.value.mistakes] == [
        "LIENTHONG_ADMIN_TOKEN_FILE",
        "LIENTHONG_AMQP_URL_FILE",
    ]
    assert CANARY not in said_by(caught.value)
    read = load_settings(None, {"LIENTHONG_ADMIN_TOKEN_FILE": str(digits)}).admin_token
    assert read == SecretStr("000123456789012345678901")
