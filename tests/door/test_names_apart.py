"""A name is a person's or a sender's, also where the sender stands in the configuration alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.bootstrap import open_ledger
from gateway.cli.first_user import first_user
from gateway.errors import ConfigurationError
from gateway.operations.users import UserOperations
from gateway.settings import ClientSettings, Settings, load_settings
from tests.e2e.rig import running, settings_for


async def test_a_gateway_does_not_start_with_a_sender_that_is_called_like_a_user(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:9")
    [sender, *_] = settings.clients
    async with open_ledger(settings) as (ledger, _):
        await UserOperations(ledger).add(sender.name, "viewer", "admin", "thử")
    with pytest.raises(ConfigurationError, match=f"{sender.name} is the name of a user"):
        async with running(tmp_path):
            pass


async def test_the_first_user_does_not_take_the_name_of_a_sender(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, clients=(ClientSettings(name="admin"),))
    async with open_ledger(settings) as (ledger, _):
        gateway: Any = SimpleNamespace(ledger=ledger, settings=settings)
        await first_user(gateway)
        assert await ledger.users() == []


def test_no_sender_is_called_like_the_administrator_of_the_machine() -> None:
    with pytest.raises(ConfigurationError, match=r"clients.0.name: .*choose another name"):
        load_settings(environment={}, overrides={"clients": [{"name": "administrator"}]})
