"""Structured logs: one JSON object a line on stderr, values only under names that are allowed.

A field nobody named here is replaced by its type, so a new field is silent until somebody decides to show it.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, TextIO

import orjson
import structlog

from gateway.settings import LogSettings
from gateway.telemetry.correlation import add_ids
from gateway.telemetry.lines import Lines

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "message_id", "delivery_id", "subject", "destination",
        "operation", "attempt", "decision", "code", "elapsed_ms", "count", "error", "client", "type", "source_id",
        "status", "reason", "method", "path", "remote", "destinations", "mode", "address", "port", "version",
        "role", "data_dir", "ledger", "broker", "signal", "seconds", "day", "balance", "exception", "exc_info",
        "url_path", "trace_id", "correlation_id", "system", "key", "reference", "alert", "channel", "change", "kind",
        "job", "step", "size", "action", "issuer", "user", "password_file", "next", "duty",
    }
)  # fmt: skip

_OUR_OWN = frozenset(
    {
        "event", "level", "timestamp", "message_id", "correlation_id", "trace_id", "delivery_id", "destination",
        "operation", "decision",
    }
)  # fmt: skip
"""Words and ids the gateway made itself: nothing of a document can stand in them."""

_LONG_NUMBER = re.compile(r"(?<![\w.-])\+?\d{9,13}(?:-\d{3})?(?![\w-])")
"""Citizen, identity-card, tax (with or without branch) and phone numbers stand alone; dossier codes and ids do not look
like this."""

_OURS = frozenset({"gateway", "adapters", "mappings"})
"""Packages whose errors promise to quote nobody's data."""


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep what is on the allow-list; show of anything else only that it was there. Mask numbers in free text."""
    for name, value in event.items():
        if name in _OUR_OWN:
            continue
        if name not in ALLOWED:
            event[name] = f"<{type(value).__name__}>"
        elif isinstance(value, str):
            event[name] = _LONG_NUMBER.sub("<number>", value)
    return event


def stamp(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The moment, UTC. The text of a second is made once."""
    now = time.time()
    second = int(now)
    event["timestamp"] = f"{_second(second)}.{int((now - second) * 1e6):06}Z"
    return event


@lru_cache(maxsize=4)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's loggers to write the same lines, to stderr unless told otherwise."""
    stream = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Any] = [
        add_ids,
        structlog.stdlib.add_log_level,
        stamp,
        structlog.processors.ExceptionRenderer(told),
        redact,
    ]
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = console if settings.format == "console" else _render
    lines = Lines(stream)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared[:4], processors=[_strip, redact, renderer])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger("aiohttp.access").disabled = True


def told(exc_info: Any) -> str:
    """An exception with all that led to it: kinds and places.

    The words of an error that is not ours are left out: they quote what could not be read, which may be a person's.
    """
    return "\n".join(_lines(exc_info[1]))


def _lines(exc: BaseException, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    before = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    seen |= {id(exc)}
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield "which led to"
    for entry in traceback.format_tb(exc.__traceback__):
        yield entry.rstrip("\n")
    kind = type(exc)
    ours = kind.__module__.partition(".")[0] in _OURS
    yield f"{kind.__module__}.{kind.__qualname__}" + (f": {exc}" if ours else "")
    if isinstance(exc, BaseExceptionGroup):
        for one in exc.exceptions:
            yield from _lines(one, seen)


def _strip(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of what libraries say, the first line: what follows it quotes exceptions, words and all."""
    event.pop("_record", None)
    if not event.pop("_from_structlog", False):
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _render(_: Any, __: str, event: Mapping[str, Any]) -> str:
    return orjson.dumps(event, default=str).decode()
