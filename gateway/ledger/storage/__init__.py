"""Where the ledger rests: SQLite as a two-person office runs it, PostgreSQL as a province does.

Both run the same synchronous functions over a SQLAlchemy `Connection`. On SQLite a whole transaction is one hop to the
writer's thread (hopping for every statement, as aiosqlite does, took twice the CPU: docs/decisions/0006).
"""
