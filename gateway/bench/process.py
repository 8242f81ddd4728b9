"""Child processes and the lines of JSON between them and us: a configuration in, facts and answers out.

A child ends when its standard input does, so none outlives the one that started it, however that one ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import orjson

from gateway.errors import GatewayError

_LONGEST_LINE = 1 << 26
_END_WITHIN = 25.0
"""Seconds a child gets to end by itself: a gateway drains for up to 20."""
_TAIL = 2000

Facts = dict[str, Any]


class BenchError(GatewayError):
    """The benchmark cannot go on; the text says which part, why, and what to do."""


# ---- in the child -------------------------------------------------------------------------------------------------


class Starter:
    """The process that started this one: hears its lines, tells it facts."""

    def __init__(self, lines: asyncio.StreamReader) -> None:
        self._lines = lines

    async def hear(self) -> Facts | None:
        """The next line; None when there will be no more and this process must end."""
        line = await self._lines.readline()
        return orjson.loads(line) if line.endswith(b"\n") else None

    def tell(self, **facts: Any) -> None:
        """One line of facts, at once."""
        sys.stdout.buffer.write(orjson.dumps(facts) + b"\n")
        sys.stdout.buffer.flush()


async def starter() -> Starter:
    """Listen to who started us."""
    lines = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    return Starter(lines)


def usage() -> Facts:
    """What this process and those below it have used: CPU seconds and memory in bytes.

    `own` and `rss` are this process's, `below` and `rss_below` those of each process it started, with all below that
    one; `cpu` is everything, `peak` the most memory this process ever had.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    below = {str(one): cpu_of_tree(one) for one in children_of("self")}
    own = used.ru_utime + used.ru_stime
    return {
        "cpu": own + sum(below.values()),
        "own": own,
        "below": below,
        "peak": _status("self", "VmHWM") or _reported_peak(used.ru_maxrss),
        "rss": _status("self", "VmRSS"),
        "rss_below": {one: _status(one, "VmRSS") for one in below},
    }


def children_of(process: int | str) -> list[int]:
    """The processes that one has started and that still run."""
    found: list[int] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # that thread has just ended
            found += map(int, listed.read_text("ascii").split())
    return found


def cpu_of_tree(process: int) -> float:
    """CPU seconds of a process and all below it, also of those that have ended (proc_pid_stat(5): fields 14 to 17)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0.0
    ticks = sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK") + sum(map(cpu_of_tree, children_of(process)))


def _reported_peak(reported: int) -> int:
    """Linux counts the memory of the process that forked us into this, so it is only for others."""
    return reported if sys.platform == "darwin" else reported * 1024


def _status(process: str, name: str) -> int:
    """A line of proc_pid_status(5) in bytes; 0 where there is none."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:")), 0)


# ---- in the one that starts it ------------------------------------------------------------------------------------


class Child:
    """A running child process."""

    def __init__(self, role: str, process: Process, log: Path) -> None:
        self._role = role
        self._process = process
        self._stdin = cast("asyncio.StreamWriter", process.stdin)
        self._stdout = cast("asyncio.StreamReader", process.stdout)
        self._log = log

    async def hear(self, name: str, within: float) -> Facts:
        """The next facts that hold `name`. Raises `BenchError` when the child ends or is silent for too long."""
        try:
            async with asyncio.timeout(within):
                while True:
                    facts = await self._next()
                    if name in facts:
                        return facts
        except TimeoutError:
            raise self.failed(f"không xong trong {within:.0f} giây", f"did not finish within {within:.0f} s") from None

    async def ask(self, question: str, within: float = 30) -> Facts:
        """Send one command and wait for its answer. Raises `BenchError`."""
        await self._send({"do": question})
        return await self.hear(question, within)

    @property
    def ended(self) -> bool:
        return self._process.returncode is not None

    async def end(self) -> None:
        """Let the child finish, then make it."""
        with contextlib.suppress(OSError):
            self._stdin.close()
            await self._stdin.wait_closed()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                if number is not None:
                    self._process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_WITHIN):
                    await self._process.wait()
                    return

    async def _send(self, facts: Mapping[str, Any]) -> None:
        try:
            self._stdin.write(orjson.dumps(facts) + b"\n")
            await self._stdin.drain()
        except OSError:
            raise self.failed("đã dừng", "has ended") from None

    async def _next(self) -> Facts:
        line = await self._stdout.readline()
        if not line.endswith(b"\n"):
            raise self.failed("đã dừng", "has ended")
        facts: Facts = orjson.loads(line)
        return facts

    def failed(self, vi: str, en: str) -> BenchError:
        """What went wrong with this process, with the end of its log."""
        said = self._log.read_text("utf-8", errors="replace")[-_TAIL:].strip()
        return BenchError(
            f"Tiến trình đo {self._role!r} {vi}; hãy chạy lại khi máy rảnh hơn, hoặc xem nhật ký dưới đây. / "
            f"The benchmark process {self._role!r} {en}; run again on a quieter machine, or read its log below.\n{said}"
        )


@asynccontextmanager
async def child(role: str, config: Mapping[str, Any], folder: Path) -> AsyncIterator[Child]:
    """Start `python -m gateway.bench ROLE` and end it on leaving, whatever happened. Its log lies in `folder`."""
    log = folder / f"{role}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.bench", role,
            stdin=PIPE, stdout=PIPE, stderr=file, limit=_LONGEST_LINE, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C reaches us, and we end them in order
        )  # fmt: skip
    made = Child(role, process, log)
    try:
        await made._send(config)  # noqa: SLF001 - the first line, before the child is anybody's
        yield made
    finally:
        await asyncio.shield(made.end())
