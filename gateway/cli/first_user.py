"""The first start: somebody must be able to sign in, with a password nobody else knows and no log holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway.errors import StateError
from gateway.operations.users import FIRST, UserOperations
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.bootstrap.gateway import Gateway

log = structlog.get_logger(__name__)


async def first_user(gateway: Gateway) -> None:
    """Make `admin` where there is no user yet; the password goes into a file that only its owner reads."""
    try:
        taken = frozenset(one.name for one in gateway.settings.clients)
        password = await UserOperations(gateway.ledger, taken).add_first()
    except StateError:
        log.warning("users.no_first", user=FIRST, next="a sender has this name: `user add NAME --role administrator`")
        return
    if password is None:
        return
    path = _file(gateway.settings)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    log.warning(
        "users.first",
        user=FIRST,
        password_file=str(path),
        next="sign in at /console, then change it and delete the file",
    )


def first_password(settings: Settings) -> str:
    """What the first start made up; "…" where somebody has deleted it since."""
    path = _file(settings)
    return path.read_text("utf-8").strip() if path.exists() else "…"


def _file(settings: Settings) -> Path:
    return settings.data_dir / "admin.password"
