"""Exchanges, queues and bindings on RabbitMQ as frozen values, and the one function that declares and checks them.

Only quorum queues, each with a delivery limit and a dead-letter exchange of its own: the same on RabbitMQ 3.10, which
has no limit by itself, and on 4.x, whose own limit of 20 would throw away packs of a worker that keeps crashing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import AMQPChannelError, ChannelAccessRefused, ChannelPreconditionFailed

from gateway.errors import ConfigurationError

PREFIX = "lienthong"
VERSION = "v1"
"""In the names of the delivery queues: arguments of an existing queue cannot change, so new ones get new names."""
DELIVERY_LIMIT = 1000
"""High on purpose: packs held past the broker's consumer timeout come again although nothing failed."""
_NEVER = 1_000_000
"""A message of a sender comes back with every outage of the ledger, and must outlast all of them."""
_REJECTED_TTL = timedelta(days=7)
_REJECTED_LENGTH = 100_000
_DEAD_LENGTH = 10_000
"""The dead-letter queue is only counted; what a pack in it was to carry is still in the ledger."""


@dataclass(frozen=True, slots=True)
class Exchange:
    name: str
    kind: str = "topic"


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    arguments: Mapping[str, bool | int | str] = field(default_factory=dict)
    """Beside `x-queue-type` quorum."""


@dataclass(frozen=True, slots=True)
class Binding:
    exchange: str
    queue: str
    key: str


@dataclass(frozen=True, slots=True)
class Topology:
    """What must be there before anything is sent or taken."""

    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = ()


_Part = Exchange | Queue | Binding


def deliveries_exchange(prefix: str = PREFIX) -> str:
    return f"{prefix}.deliveries"


def delivery_queue(destination: str, partition: int, prefix: str = PREFIX) -> str:
    """The queue of a partition; a destination is one word of a routing key: it holds no dot."""
    return f"{prefix}.deliveries.{destination}.{partition}.{VERSION}"


def dead_queue(prefix: str = PREFIX) -> str:
    """Packs that were handed out `DELIVERY_LIMIT` times; to be counted and looked into, never replayed."""
    return f"{prefix}.deliveries.dead.{VERSION}"


def deliveries(partitions: Mapping[str, int], prefix: str = PREFIX) -> Topology:
    """Internal work: one queue per destination and partition, one consumer each at a time."""
    exchange, dead = deliveries_exchange(prefix), dead_queue(prefix)
    keys = {
        delivery_queue(name, partition, prefix): f"{name}.{partition}"
        for name, count in partitions.items()
        for partition in range(count)
    }
    arguments: Mapping[str, bool | int | str] = {
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": dead,
    }
    return Topology(
        exchanges=(Exchange(exchange), Exchange(dead, "fanout")),
        queues=(
            Queue(dead, {"x-max-length": _DEAD_LENGTH, "x-delivery-limit": DELIVERY_LIMIT}),
            *(Queue(name, arguments) for name in keys),
        ),
        bindings=(Binding(dead, dead, ""), *(Binding(exchange, name, key) for name, key in keys.items())),
    )


def intake_exchange(prefix: str = PREFIX) -> str:
    """Where senders publish, and the queue behind it."""
    return f"{prefix}.intake"


def rejected_queue(prefix: str = PREFIX) -> str:
    """What could not be taken, with the reasons."""
    return f"{prefix}.intake.rejected"


def intake(prefix: str = PREFIX) -> Topology:
    """What senders hand over: one consumer at a time, as two side by side would change the order of a dossier."""
    name, rejected = intake_exchange(prefix), rejected_queue(prefix)
    waiting: Mapping[str, bool | int | str] = {
        "x-single-active-consumer": True,
        "x-delivery-limit": _NEVER,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": rejected,
    }
    refused: Mapping[str, bool | int | str] = {
        "x-message-ttl": round(_REJECTED_TTL.total_seconds() * 1000),
        "x-max-length": _REJECTED_LENGTH,
        "x-delivery-limit": DELIVERY_LIMIT,
    }
    return Topology(
        exchanges=(Exchange(name),),
        queues=(Queue(rejected, refused), Queue(name, waiting)),
        bindings=(Binding(name, name, "#"),),
    )


def events_exchange(prefix: str = PREFIX) -> str:
    """What happens, for whoever binds a queue to it."""
    return f"{prefix}.events"


def events(prefix: str = PREFIX) -> Topology:
    """The wire tap: queues are the listeners' own."""
    return Topology(exchanges=(Exchange(events_exchange(prefix)),))


async def declare(connection: AbstractConnection, topology: Topology) -> None:
    """Make what is missing and check what is there; doing it again changes nothing.

    Raises `ConfigurationError` naming everything that exists with other properties or may not be touched.
    """
    mistakes = []
    steps: tuple[_Part, ...] = (*topology.exchanges, *topology.queues, *topology.bindings)
    channel = await connection.channel(publisher_confirms=False)
    for one in steps:
        try:
            await _make(channel, one)
        except (ChannelPreconditionFailed, ChannelAccessRefused) as exc:
            mistakes.append(_mistake(one, exc))
            channel = await connection.channel(publisher_confirms=False)  # the broker closed the one that erred
    await channel.close()
    if mistakes:
        raise ConfigurationError(mistakes)


async def _make(channel: AbstractChannel, one: _Part) -> None:
    match one:
        case Exchange():
            await channel.exchange_declare(one.name, exchange_type=one.kind, durable=True)
        case Queue():
            await channel.queue_declare(one.name, durable=True, arguments={"x-queue-type": "quorum", **one.arguments})
        case Binding():
            await channel.queue_bind(one.queue, one.exchange, one.key)


def _mistake(one: _Part, exc: AMQPChannelError) -> str:
    """In words for whoever runs RabbitMQ."""
    vi, en, name = _called(one)
    if isinstance(exc, ChannelAccessRefused):
        return (
            f"RabbitMQ: tài khoản không có quyền với {vi} {name}; hãy cấp quyền configure, write, read cho tên này. / "
            f"the account has no rights on the {en} {name}; grant configure, write and read on this name."
        )
    return (
        f"RabbitMQ: {vi} {name} đã có với thuộc tính khác; hãy xoá nó khi không còn gì bên trong rồi khởi động lại "
        f"(việc gửi đi không mất: sổ cái vẫn giữ và phát lại). / the {en} {name} exists with other properties; delete "
        "it once it is empty and start again (deliveries are not lost: the ledger holds them and publishes again)."
    )


def _called(one: _Part) -> tuple[str, str, str]:
    match one:
        case Binding():
            return "liên kết", "binding", f"{one.exchange} → {one.queue}"
        case Exchange():
            return "exchange", "exchange", one.name
        case Queue():
            return "hàng đợi", "queue", one.name
