"""Alembic's entry: runs migrations on the connection that storage.migration hands over."""

from alembic import context

from callwright.storage.tables import metadata


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    """PostgreSQL's queue is procrastinate's own; its tables are not declared here."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=_is_ours,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
