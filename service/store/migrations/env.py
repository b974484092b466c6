"""Runs migrations over the connection, and in the transaction, of `service.store.migrating`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
