"""Runs the migrations on a connection handed in by `gateway.ledger.migrate` (no configuration file)."""

from alembic import context

from gateway.ledger.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
