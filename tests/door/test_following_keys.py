"""Every process goes on looking at the ring's file, whatever it met there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.bootstrap import parts
from gateway.security.key_file import create_key_ring, rotate_key
from gateway.security.seal import KeyRing, load_key_ring


class Stumbling:
    """A ring whose first look ends in something nobody has thought of."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.looks = 0
        self.followed = asyncio.Event()

    def follow(self) -> None:
        self.looks += 1
        if self.looks == 1:
            raise RuntimeError("not thought of")
        self.ring.follow()
        self.followed.set()


async def test_a_rotation_is_heard_of_after_a_look_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "FOLLOW_EVERY", 0.001)
    path = tmp_path / "keys.json"
    create_key_ring(path)
    ring = Stumbling(load_key_ring(path))
    rotate_key(path)
    task = asyncio.create_task(parts.follow_keys(ring))  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        await ring.followed.wait()
    assert ring.ring.current == "k2" and not task.done()
    task.cancel()
    await asyncio.wait([task])
