"""Run by Alembic: migrate the connection that `holdfast.store.migrations.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from holdfast.store.tables import Row

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Row.metadata, render_as_batch=True
)
context.run_migrations()
