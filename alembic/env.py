"""Alembic's way in. Never started from the shell: `lotwatt db upgrade` hands over a connection."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("start migrations with `lotwatt db upgrade` or `make deploy`")

context.configure(
    connection=connection,
    transaction_per_migration=True,
    version_table_schema="public",
)
with context.begin_transaction():
    context.run_migrations()
