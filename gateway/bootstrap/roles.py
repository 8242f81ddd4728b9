"""What a process of the gateway can be, and which split of roles an installation bears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast, get_args

from gateway.bootstrap.data import is_shared
from gateway.errors import ConfigurationError
from gateway.settings import Settings

Role = Literal["intake", "relay", "worker", "console", "scheduler"]
"""`intake` takes messages and callbacks, `relay` sweeps the outbox, `worker` delivers, `console` shows and steers,
`scheduler` does what falls due by the clock and settles what is unclear."""

EVERY_ROLE = frozenset(get_args(Role))


def read_roles(text: str) -> frozenset[Role]:
    """`intake,worker` -> roles; empty text is all of them. Raises `ConfigurationError`."""
    named = [word.strip() for word in text.split(",") if word.strip()]
    if unknown := sorted(set(named) - EVERY_ROLE):
        known = ", ".join(get_args(Role))
        raise ConfigurationError([f"--role: vai trò lạ / unknown role {', '.join(unknown)}; {known}"])
    return frozenset(cast("list[Role]", named)) or EVERY_ROLE


def check_roles(settings: Settings, roles: Iterable[Role]) -> None:
    """Raises `ConfigurationError` where this installation cannot be served by several processes."""
    if frozenset(roles) != EVERY_ROLE and not is_shared(settings):
        raise ConfigurationError(
            [
                (
                    "--role: chỉ chia vai trò được khi sổ là PostgreSQL (database_url) và có RabbitMQ (amqp_url); "
                    "trên SQLite một tiến trình giữ mọi vai trò, hãy bỏ --role. / roles can be split only with "
                    "PostgreSQL (database_url) and RabbitMQ (amqp_url); on SQLite one process has every role, leave "
                    "--role out."
                )
            ]
        )
