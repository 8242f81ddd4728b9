"""Alembic migrations of the ledger: forward only, expand then contract."""
