"""What every command needs first: the settings, and whether this is the sandbox profile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.settings import Settings, load_settings

AsJson = Annotated[bool, typer.Option("--json", help="In JSON / print JSON")]
Reason = Annotated[str, typer.Option("--reason", help="Lý do, ghi vào vết kiểm tra / reason, goes into the audit")]
Purpose = Annotated[str, typer.Option("--purpose", help="Để làm gì, ghi vào kiểm toán / what for, goes into the audit")]
Yes = Annotated[bool, typer.Option("--yes", help="Không hỏi lại / do what the plan says")]

_DEFAULT_FILE = Path("lienthong.toml")


def config_file() -> Path | None:
    """The province's own configuration: named in LIENTHONG_CONFIG, else `lienthong.toml` in this folder, else none."""
    if named := os.environ.get("LIENTHONG_CONFIG"):
        return Path(named)
    return _DEFAULT_FILE if _DEFAULT_FILE.exists() else None


def settings() -> Settings:
    """What is in force. Raises `ConfigurationError` with every mistake at once."""
    return load_settings(config_file())


def is_sandbox(in_force: Settings) -> bool:
    """Without a file and without an address of a national system, the sandbox profile applies."""
    return config_file() is None and not any(section.get("adapter_url") for section in in_force.adapters.values())
