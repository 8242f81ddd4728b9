"""What is held back for its agency's sake while its destination takes what others send.

Runs inside a transaction given by the caller: what a commit makes due is judged in that commit, so nothing that is to
be held is ever seen as due by anybody. Where nothing is to be held this costs a look at a list of due deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from gateway.ledger.port import Pending
from gateway.ledger.steering import statements as sql
from gateway.ledger.steering.port import Withholding

_PAGE = 500


def hold_back(connection: Connection, pending: Sequence[Pending], rule: Withholding) -> list[Pending]:
    """Mark what must not go; the rest."""
    suspects = {one.id: one.destination for one in pending if one.destination in rule.destinations}
    if not suspects:
        return list(pending)
    rows = connection.execute(sql.subjects, {"ids": list(suspects)})
    held = {row.id: rule.held_for(suspects[row.id], row.subject) for row in rows}
    sql.hold.run(connection, [{"b_id": one, "n_held_for": unit} for one, unit in held.items() if unit is not None])
    return [one for one in pending if held.get(one.id) is None]


def judge_page(connection: Connection, after: str, rule: Withholding | None) -> tuple[int, str | None]:
    """Bring a page of what waits in line with the rule; how many changed, and where the next page begins.

    What is let go is found by whoever looks for what is due.
    """
    rows = connection.execute(sql.waiting_page, {"b_after": after, "b_limit": _PAGE}).all()
    wanted = {row.delivery_id: _held_for(row.destination, row.subject, rule) for row in rows}
    changed = [row.delivery_id for row in rows if row.held_for != wanted[row.delivery_id]]
    sql.hold.run(connection, [{"b_id": one, "n_held_for": wanted[one]} for one in changed])
    return len(changed), rows[-1].delivery_id if len(rows) == _PAGE else None


def needs_judging(connection: Connection, rule: Withholding | None) -> bool:
    """Whether anything is, or may have to be, held back."""
    return rule is not None or connection.execute(sql.anything_held).first() is not None


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Destination -> agency -> how many."""
    found: dict[str, dict[str, int]] = {}
    for destination, unit, count in connection.execute(sql.count_held):
        found.setdefault(destination, {})[unit] = count
    return found


def _held_for(destination: str, subject: str, rule: Withholding | None) -> str | None:
    if rule is None or destination not in rule.destinations:
        return None
    return rule.held_for(destination, subject)
