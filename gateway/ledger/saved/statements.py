"""Every statement about saved views; no logic."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select

from gateway.ledger.saved.port import EVERYBODYS
from gateway.ledger.saved.tables import saved_view

_OF = (saved_view.c.owner == bindparam("b_owner"), saved_view.c.kind == bindparam("b_kind"))
_VIEW = (saved_view.c.owner, saved_view.c.kind, saved_view.c.name, saved_view.c.query)

seen_by = (
    select(*_VIEW)
    .where(saved_view.c.owner.in_((EVERYBODYS, bindparam("b_owner"))), saved_view.c.kind == bindparam("b_kind"))
    .order_by(saved_view.c.name, saved_view.c.owner)
)
"""Somebody's own and everybody's of a list."""
count = select(func.count()).select_from(saved_view).where(*_OF)
"""How many views of a list an owner has."""
drop = delete(saved_view).where(*_OF, saved_view.c.name == bindparam("b_name"))
save = insert(saved_view)
