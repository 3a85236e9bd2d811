"""Alembic's entry: runs the migrations on the connection `hub.db.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import hub.db.tables  # noqa: F401 - fills the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=False)
with connection.begin(), context.begin_transaction():
    context.run_migrations()
