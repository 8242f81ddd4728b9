"""Blocks of code in the guides, by the comment above them, and how they are run as a reader would run them.

`<!-- file: NAME -->` is a file of the reader's; `<!-- run: NAME | PATTERN -->` is run and must print the pattern,
`until:` is run again until it does, `serve:` is left running from the start and must have printed it in the end.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import ROOT

GUIDE = ROOT / "docs" / "guide"
_BLOCK = re.compile(r"^<!-- (\w+)(?:: ([^ |>]+))?(?: \| (.+?))? -->\n```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```(\w+)\n.*?^```$", re.DOTALL | re.MULTILINE)
_SECONDS = 60


@dataclass(frozen=True)
class Block:
    """One block and what is to be done with it."""

    verb: str
    name: str
    pattern: str
    language: str
    text: str


def guide(name: str, language: str) -> str:
    return (GUIDE / f"{name}.{language}.md").read_text("utf-8")


def blocks(text: str) -> list[Block]:
    """In the order of the text."""
    return [Block(*found) for found in _BLOCK.findall(text)]


def unnamed(text: str) -> list[str]:
    """Languages of the blocks that nothing is done with."""
    named = {found.end() for found in _BLOCK.finditer(text)}
    return [found[1] for found in _FENCED.finditer(text) if found.end() not in named]


class Reader:
    """Somebody who follows the guide in a folder of their own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        bin_ = folder / "bin"
        bin_.mkdir(parents=True)
        curl = bin_ / "curl"
        curl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{ROOT}/tests/guides/curl.py" "$@"\n')
        curl.chmod(0o755)
        path = f"{bin_}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment}

    async def follow(self, block: Block) -> str:
        """Do what the block is there for; what it printed."""
        if block.verb == "file":
            (self._folder / block.name).write_text(block.text, "utf-8")
            return ""
        async with asyncio.timeout(_SECONDS):
            while True:
                printed = await self._run(block)
                if re.search(block.pattern, printed):
                    return printed
                assert block.verb == "until", f"{block.name}: {printed}"

    async def start(self, block: Block) -> asyncio.subprocess.Process:
        """A program that goes on."""
        return await asyncio.create_subprocess_exec(
            *self._words(block), cwd=self._folder, env=self._environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def _run(self, block: Block) -> str:
        process = await self.start(block)
        printed = (await process.communicate())[0].decode()
        assert process.returncode == 0, f"{block.name}: {printed}"
        return printed

    def _words(self, block: Block) -> list[str]:
        if block.language == "sh":
            return ["sh", "-ec", block.text]
        (self._folder / block.name).write_text(block.text, "utf-8")
        return [sys.executable, block.name]


async def heard(process: asyncio.subprocess.Process, pattern: str) -> None:
    """Until a program that goes on has printed the pattern; it is ended either way."""
    printed = ""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_SECONDS):
            while not re.search(pattern, printed):
                line = (await process.stdout.readline()).decode()
                assert line, printed
                printed += line
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
