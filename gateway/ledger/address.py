"""Where a ledger lies, as its storage is addressed. Apart, so that who only asks for it loads no database library."""

from __future__ import annotations

from pathlib import Path


def sqlite_url(path: Path) -> str:
    """The address of a SQLite ledger file."""
    return f"sqlite:///{path}"
