"""The register of services: procedures at a level of government, with the days of their steps."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Table, Text

from gateway.ledger.tables import metadata
from gateway.ledger.types import UtcDateTime

service = Table(
    "service",
    metadata,
    Column("procedure", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("contact_email", Text, nullable=False),
    Column("contact_phone", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("eligible", Boolean, nullable=False),
    Column("fee_bearing", Boolean, nullable=False),
    Column("online_payment", Boolean, nullable=False),
    Column("forms", Text, nullable=False),
    Column("reusable", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("approved_on", Text),
    Column("set_up_on", Text),
    Column("notified_on", Text),
    Column("tried_on", Text),
    Column("offered_on", Text),
    Column("connected_on", Text),
    Column("changed_at", UtcDateTime, nullable=False),
    CheckConstraint("level IN ('province', 'district', 'commune')", name="service_level"),
    CheckConstraint("grade IN ('full', 'partial', 'information')", name="service_grade"),
    sqlite_with_rowid=False,
)
"""Days are ISO texts of days in Việt Nam. `grade`: `full` is toàn trình (old level 4), `partial` một phần; `scheme`
names the law it was graded by."""
