"""A name is a person's or a sender's, never both: what the ledger sees to for those it holds, for configured ones."""

from __future__ import annotations

from gateway.errors import ConfigurationError
from gateway.ledger.port import Ledger
from gateway.settings import Settings


async def refuse_shared_names(settings: Settings, ledger: Ledger) -> None:
    """Raises `ConfigurationError` for each of `[[clients]]` that has the name of somebody who may sign in."""
    people = {one.name for one in await ledger.users()} if settings.clients else set()
    if shared := [one.name for one in settings.clients if one.name in people]:
        raise ConfigurationError(
            [
                (
                    f"clients: {name} cũng là tên của một người dùng, nhật ký kiểm toán không phân biệt được; hãy đổi "
                    f"tên trong [[clients]] / {name} is the name of a user too, and the audit could not tell them "
                    "apart; change the name in [[clients]]"
                )
                for name in shared
            ]
        )
