"""Where a ledger lies, as its storage is addressed. Apart, so that who only asks for it loads no database library."""

from __future__ import annotations

from pathlib import Path


def sqlite_url(path: Path) -> str:
    """The address of a SQLite ledger file."""
    return f"sqlite:///{path}"


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite ledger; None for a server, and for what is no file of its own (memory, a URI)."""
    scheme, _, rest = url.partition("://")
    name = rest.removeprefix("/").partition("?")[0]
    if scheme.partition("+")[0] != "sqlite" or name in ("", ":memory:") or name.startswith("file:"):
        return None
    return Path(name)
