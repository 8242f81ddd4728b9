"""What lies in the data folder or is named by an address: keys, tokens, the ledger."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.acceptance.modes import modes_of
from gateway.errors import ConfigurationError
from gateway.ledger.address import sqlite_file, sqlite_url
from gateway.security.key_file import create_key_ring
from gateway.security.notes import Signer, open_signer
from gateway.security.seal import KeyRing, load_key_ring
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.ledger.ledger import SqlLedger

_ASYNCPG = re.compile(r"^postgres(ql)?://")
_KEYS = "keys.json"
_SSLMODE = re.compile(r"(?<=[?&])sslmode=")
"""How PostgreSQL's own tools write an address; the driver is ours to name, and calls one key otherwise."""


def database_url(settings: Settings) -> str:
    """The configured database, or the SQLite file in the data folder."""
    url = settings.database_url or sqlite_url(settings.data_dir / "ledger.db")
    return _SSLMODE.sub("ssl=", _ASYNCPG.sub("postgresql+asyncpg://", url))


def ledger_file(settings: Settings) -> Path | None:
    """The file of an embedded ledger; None for a server's, and for what is no file of its own."""
    return sqlite_file(database_url(settings))


def has_ledger(settings: Settings) -> bool:
    """Whether there is a ledger to look into yet; of a server, whether one is named."""
    file = ledger_file(settings)
    return file is None or file.exists()


def is_embedded(settings: Settings) -> bool:
    """Whether the ledger is a file of this machine, which one process owns."""
    return database_url(settings).startswith("sqlite")


def is_shared(settings: Settings) -> bool:
    """Whether several processes may serve this installation: ledger and broker are servers."""
    return not is_embedded(settings) and bool(settings.amqp_url)


def public_url(settings: Settings) -> str:
    """Where other systems reach this gateway."""
    return settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"


def prepare_data_dir(data_dir: Path) -> KeyRing:
    """Make the data folder and its key ring on first use; gives back the ring.

    Whoever opens a ledger goes by `open_ledger`, which makes none beside messages that another ring has sealed.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / _KEYS
    if not path.exists():
        with suppress(FileExistsError):
            create_key_ring(path)
    return load_key_ring(path)


def signer(settings: Settings) -> Signer:
    """Who signs the log's checkpoints; its key is made on first use, owner-readable only. Raises `NoteError`."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_signer(settings.data_dir / "signing.json")


def admin_token(settings: Settings) -> str:
    """The administrator's key: configured, else made once and kept in the data folder, owner-readable only."""
    if settings.admin_token is not None:
        return settings.admin_token.get_secret_value()
    path = settings.data_dir / "admin.token"
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text("lt_admin_" + secrets.token_urlsafe(24) + "\n")
        with suppress(FileExistsError):  # another process of this installation was quicker: its key counts
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()


@asynccontextmanager
async def open_ledger(
    settings: Settings, *, keeps_fresh: bool = True, wrap: Callable[[KeyRing], KeyRing] = lambda ring: ring
) -> AsyncIterator[tuple[SqlLedger, KeyRing]]:
    """The ledger alone, migrated; for commands that look or act without a gateway running.

    `keeps_fresh`: what is recorded is kept in memory for whoever delivers it; for nothing where that is another
    process. `wrap`: see `Wrap`. Raises `ConfigurationError` where messages are there and no key ring is.
    """
    # A second of loading, which commands that ask a running gateway need not wait for.
    from gateway.ledger.ledger import SqlLedger  # noqa: PLC0415
    from gateway.ledger.migrate import migrate  # noqa: PLC0415

    url = database_url(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (settings.data_dir / _KEYS).exists():
        await migrate(url)
        await refuse_lost_ring(settings)
    ring = wrap(prepare_data_dir(settings.data_dir))
    await migrate(url)
    withholding = modes_of(settings).withholding()
    ledger = SqlLedger(url, ring, settings.ledger, keeps_fresh=keeps_fresh, withholding=withholding)
    try:
        yield ledger, ring
    finally:
        await ledger.close()


@asynccontextmanager
async def ledger_as_it_is(settings: Settings) -> AsyncIterator[SqlLedger | None]:
    """The ledger for whoever looks alone: no key ring is made, no shape changed.

    None where ledger or ring are not there, or the ledger has another shape than this program's. Raises `SealError`,
    `LedgerUnavailable`.
    """
    from gateway.ledger.ledger import SqlLedger  # noqa: PLC0415
    from gateway.ledger.migrate import newest, revision  # noqa: PLC0415

    url, keys = database_url(settings), settings.data_dir / _KEYS
    if not keys.exists() or not has_ledger(settings) or await revision(url) != newest():
        yield None
        return
    ledger = SqlLedger(url, load_key_ring(keys), settings.ledger, keeps_fresh=False)
    try:
        yield ledger
    finally:
        await ledger.close()


async def refuse_lost_ring(settings: Settings) -> None:
    """Raises `ConfigurationError` where the ledger, in its newest shape, holds sealed messages and there is no ring.

    One that was made now would open nothing of it, and hide that the old one is missing.
    """
    from gateway.ledger.sealed import holds_sealed  # noqa: PLC0415

    path = settings.data_dir / _KEYS
    if (
        await holds_sealed(database_url(settings)) and not path.exists()
    ):  # another process of this installation may have been quicker
        raise ConfigurationError(
            [
                (
                    f"{path}: không có vòng khóa, mà sổ đang giữ thông điệp đã niêm phong; hãy chép keys.json từ bản "
                    "sao lưu hoặc từ máy kia của hệ thống này vào đó rồi khởi động lại / there is no key ring, while "
                    "the ledger holds sealed messages; copy keys.json there, from the backup or from the other machine "
                    "of this installation, and start again"
                )
            ]
        )
