"""What the AMQP library raises, told in our own words: everything that means "not now" is `BrokerUnavailable`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from gateway.errors import BrokerUnavailable, GatewayError


def unavailable(vi: str, en: str) -> BrokerUnavailable:
    """The error, in both languages."""
    return BrokerUnavailable(f"RabbitMQ: {vi} / {en}")


@contextmanager
def speaking() -> Iterator[None]:
    """Around every call of the library.

    A call that waits when its connection ends is rejected with whatever ended it, which may be any error and even a
    cancellation that nobody asked of this task.
    """
    try:
        yield
    except GatewayError:
        raise
    except Exception as exc:  # noqa: BLE001 - see above; what it was goes along as the cause
        _tell(exc)
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        _tell(exc)


def _tell(exc: BaseException) -> NoReturn:
    raise unavailable(
        f"không trả lời hoặc mất kết nối ({type(exc).__name__})", "no answer, or the connection was lost"
    ) from exc
