"""The shapes in which messages and deliveries leave the ledger for people and programs: JSON-able, nothing personal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, select

from gateway.ledger.byhand.port import EDITED
from gateway.ledger.doubts.shown import shown as doubts_shown
from gateway.ledger.many import among
from gateway.ledger.tables import attempt, delivery, message
from gateway.message import OPEN, DeliveryState
from mappings.convert import VIETNAM

S = DeliveryState


def message_columns() -> Select[Any]:
    """What lists and pages show of a message: everything but its body."""
    return select(
        message.c.seq, message.c.id, message.c.source, message.c.source_id, message.c.type, message.c.subject,
        message.c.time, message.c.client, message.c.accepted_at, message.c.causation_id, message.c.correlation_id,
        message.c.warnings,
    )  # fmt: skip


def messages(connection: Connection, rows: Sequence[Any], *, with_attempts: bool) -> list[dict[str, Any]]:
    """Messages with their deliveries and replies; a fixed number of statements, however many rows."""
    ids = {"ids": [row.id for row in rows]}
    deliveries = _grouped(
        connection.execute(select(delivery).where(among(delivery.c.message_id, "ids")).order_by(delivery.c.id), ids),
        "message_id",
    )
    replies = _grouped(
        connection.execute(
            select(message.c.id, message.c.type, message.c.causation_id, message.c.source_id)
            .where(among(message.c.causation_id, "ids"))
            .order_by(message.c.seq),
            ids,
        ),
        "causation_id",
    )
    attempts: dict[str, list[Any]] = {}
    if with_attempts:
        found = {"ids": [one.id for each in deliveries.values() for one in each]}
        attempts = _grouped(
            connection.execute(
                select(attempt)
                .where(among(attempt.c.delivery_id, "ids"))
                .order_by(attempt.c.delivery_id, attempt.c.number),
                found,
            ),
            "delivery_id",
        )
    doubts = doubts_shown(connection, [one for each in deliveries.values() for one in each])
    return [
        _message(row, deliveries.get(row.id, []), replies.get(row.id, []), attempts, doubts, with_attempts)
        for row in rows
    ]


def deliveries(connection: Connection, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Deliveries as lists show them; the uncertain ones with what is known of the doubt."""
    doubts = doubts_shown(connection, rows)
    return [_with_doubt(delivery_dict(row), doubts) for row in rows]


def _with_doubt(shown: dict[str, Any], doubts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return shown | {"doubt": doubts[shown["id"]]} if shown["id"] in doubts else shown


def delivery_dict(row: Any) -> dict[str, Any]:
    """One delivery as lists and messages show it."""
    error = None
    if row.error_code:
        error = {"class": row.error_class, "code": row.error_code, "vi": row.error_vi, "en": row.error_en}
        error |= {"field": row.error_field} if row.error_field else {}
    return {
        "id": row.id,
        "message_id": row.message_id,
        "subject": row.subject,
        "destination": row.destination,
        "operation": row.operation,
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt_at": iso(row.next_attempt_at),
        "last_error": error,
        "mapping": {"name": row.mapping, "version": row.mapping_version} if row.mapping else None,
        "created_at": iso(row.created_at),
        "delivered_at": iso(row.delivered_at),
        "replay_of": row.replay_of,
        "replaced_by": row.replaced_by,
    }


def iso(value: datetime | None) -> str | None:
    """A moment as people here read it: Vietnamese time with its offset."""
    if value is None:
        return None
    written = orjson.dumps(value.astimezone(VIETNAM)).decode()  # a third of what `isoformat` takes
    return f"{written[1:24]}+07:00" if value.microsecond else f"{written[1:20]}.000+07:00"


def _message(
    row: Any,
    deliveries: list[Any],
    replies: list[Any],
    attempts: dict[str, list[Any]],
    doubts: Mapping[str, dict[str, Any]],
    with_attempts: bool,
) -> dict[str, Any]:
    counted = [S(one.state) for one in deliveries if one.replaced_by is None]
    return {
        "id": row.id,
        "source": row.source,
        "source_id": row.source_id,
        "type": row.type,
        "subject": row.subject,
        "time": iso(row.time),
        "accepted_at": iso(row.accepted_at),
        "client": row.client,
        "state": _state(counted),
        "outcome": _outcome(counted),
        "causation_id": row.causation_id,
        "correlation_id": row.correlation_id,
        "warnings": [{"pointer": w[0], "code": w[1], "message": w[2]} for w in row.warnings or ()],
        "deliveries": [
            _with_doubt(delivery_dict(one), doubts)
            | ({"attempt_log": [_attempt(each) for each in attempts.get(one.id, [])]} if with_attempts else {})
            for one in deliveries
        ],
        "replies": [{"id": one.id, "type": one.type} for one in replies if not one.source_id.endswith(EDITED)],
    } | _edits(row, replies)


def _edits(row: Any, caused: list[Any]) -> dict[str, Any]:
    """The links between a message and the one that a person made of it."""
    edited = [one.id for one in caused if one.source_id.endswith(EDITED)]
    links: dict[str, Any] = {"edited_as": edited} if edited else {}
    if row.causation_id is not None and row.source_id.endswith(EDITED):
        links["edit_of"] = {"message_id": row.causation_id, "delivery_id": row.source_id.removesuffix(EDITED)}
    return links


def _state(states: list[DeliveryState]) -> str:
    if any(state in (S.DEAD, S.UNCERTAIN) for state in states):
        return "attention"
    return "accepted" if any(state in OPEN for state in states) else "completed"


def _outcome(states: list[DeliveryState]) -> str:
    if any(state in (S.DEAD, S.UNCERTAIN) for state in states):
        return "attention"
    if any(state in OPEN for state in states):
        return "open"
    return "refused" if S.REFUSED in states else "ok"


def _attempt(row: Any) -> dict[str, Any]:
    error = {"class": row.error_class, "code": row.error_code, "vi": row.error_vi, "en": row.error_en}
    return {
        "number": row.number,
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at),
        "outcome": row.outcome,
        "error": error if row.error_code else None,
        "may_repeat": row.may_repeat,
        "request_digest": row.request_digest.hex() if row.request_digest else None,
        "answer_digest": row.answer_digest.hex() if row.answer_digest else None,
        "facts": row.facts or {},
        "warnings": row.warnings or [],
    }


def _grouped(rows: Any, name: str) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return groups
