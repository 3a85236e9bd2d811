"""Alembic's entry: runs the migrations on the connection `hub.db.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import hub.db.tables  # noqa: F401 - fills the metadata
from hub.db import rights

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=False)
with connection.begin(), context.begin_transaction():
    context.run_migrations()
    # in the same transaction: no table is there without the rights that keep organizations apart
    if connection.dialect.name == "postgresql":
        rights.put_in_place(connection)
