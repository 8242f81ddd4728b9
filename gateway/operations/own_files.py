"""Changing a province's own files: whole or not at all, and never without the audit entry that says who and why."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from gateway.ledger.port import AuditEntry, Ledger


async def put_in_force(ledger: Ledger, path: Path, text: str, entry: AuditEntry) -> None:
    """Write a file in place of what may stand there. Killed at any moment, the old file or the new one is there whole.

    The audit entry is committed before the file takes its place: what is in force was always audited, and an entry
    whose file never came (a crash in between) is harmless, for the change is simply made again. Raises `OSError`.
    """
    staged = path.with_name(f".{path.name}.{uuid4().hex}")  # no pattern of the catalogue finds a hidden file
    try:
        await asyncio.to_thread(_stage, staged, text)
        await _move(ledger, staged, path, entry)
    finally:
        with suppress(FileNotFoundError):
            staged.unlink()


async def move(ledger: Ledger, path: Path, to: Path, entry: AuditEntry) -> None:
    """Move a file, with the same promises as `put_in_force`. Raises `OSError`."""
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    await _move(ledger, path, to, entry)


async def _move(ledger: Ledger, path: Path, to: Path, entry: AuditEntry) -> None:
    await ledger.record_audit(entry)
    try:
        await asyncio.to_thread(_replace, path, to)
    except OSError as exc:
        await ledger.record_audit(replace(entry, ok=False, details={"failed": type(exc).__name__}))
        raise


def _stage(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, to: Path) -> None:
    path.replace(to)
    for folder in {path.parent, to.parent}:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
