"""What Alembic runs: the steps, on the connection that it was given."""

from alembic import context

from mobilise.referrals.model import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
