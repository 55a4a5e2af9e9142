"""What alembic runs: the migrations, on the connection and in the transaction that it was handed."""

from alembic import context

from trueup.store.tables import metadata
from trueup.store.version import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
