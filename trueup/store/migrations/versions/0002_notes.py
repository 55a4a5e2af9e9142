"""Notes beside plans, and what systems can do: report and plan need neither the analysis again nor a CRM."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "plan_notes",
        sa.Column("plan_id", KEY, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_notes_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_notes")),
    )
    op.create_table(
        "systems",
        sa.Column("system", KEY, nullable=False),
        sa.Column("capabilities", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_systems")),
    )
