"""The first schema of the store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "associations",
        sa.Column("system", KEY, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.Column("source_object", KEY, nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("target_object", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("label", KEY, nullable=False),
        sa.Column("tie_id", KEY, nullable=False),
        sa.Column("via", KEY, nullable=False),
        sa.Column("last_seen", SEQ, nullable=False),
        sa.PrimaryKeyConstraint(
            "system",
            "type",
            "source_object",
            "source_id",
            "target_object",
            "target_id",
            "label",
            "tie_id",
            name=op.f("pk_associations"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_associations_target", "associations", ["system", "target_object", "target_id"], unique=False)
    op.create_index(
        "ix_associations_tie",
        "associations",
        ["system", "type", "tie_id"],
        unique=False,
        sqlite_where=sa.text("tie_id <> ''"),
        postgresql_where=sa.text("tie_id <> ''"),
    )
    op.create_table(
        "base",
        sa.Column("ref", KEY, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_base")),
    )
    op.create_table(
        "batches",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("plan_id", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_batches")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_batches_run_id"), "batches", ["run_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_decisions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_decisions_subject_seq"), "decisions", ["subject", "seq"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_table(
        "links",
        sa.Column("left_ref", KEY, nullable=False),
        sa.Column("right_ref", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("left_ref", "right_ref", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_right_ref"), "links", ["right_ref"], unique=False)
    op.create_table(
        "plans",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_plans")),
        sa.UniqueConstraint("id", name=op.f("uq_plans_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "record_kinds",
        sa.Column("system", KEY, nullable=False),
        sa.Column("object", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.PrimaryKeyConstraint("system", "object", "kind", name=op.f("pk_record_kinds")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "records",
        sa.Column("system", KEY, nullable=False),
        sa.Column("object", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("modified_at", MOMENT, nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("merged_object", sa.Text(), nullable=True),
        sa.Column("merged_id", sa.Text(), nullable=True),
        sa.Column("first_seen", SEQ, nullable=False),
        sa.Column("last_seen", SEQ, nullable=False),
        sa.Column("gone_in", SEQ, nullable=True),
        sa.PrimaryKeyConstraint("system", "object", "id", name=op.f("pk_records")),
    )
    op.create_table(
        "run_lock",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("born", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("heartbeat", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_run_lock")),
    )
    op.create_table(
        "runs",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schemas",
        sa.Column("system", KEY, nullable=False),
        sa.Column("object", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system", "object", name=op.f("pk_schemas")),
    )
    op.create_table(
        "snapshots",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("system", KEY, nullable=False),
        sa.Column("object", KEY, nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("high_water", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_snapshots")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_snapshots_system_object_seq"), "snapshots", ["system", "object", "seq"], unique=False)
    op.create_table(
        "stage_events",
        sa.Column("system", KEY, nullable=False),
        sa.Column("object", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("field", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("stage", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("via", KEY, nullable=False),
        sa.PrimaryKeyConstraint(
            "system", "object", "id", "field", "at", "stage", "source", name=op.f("pk_stage_events")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "writes",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("field", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_writes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_writes_ref_field_seq"), "writes", ["ref", "field", "seq"], unique=False)
    op.create_table(
        "images",
        sa.Column("batch", SEQ, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.seq"], name=op.f("fk_images_batch")),
        sa.PrimaryKeyConstraint("batch", "ref", name=op.f("pk_images")),
    )
    op.create_table(
        "intents",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("batch", SEQ, nullable=False),
        sa.Column("change_id", KEY, nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.seq"], name=op.f("fk_intents_batch")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_intents")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_intents_batch"), "intents", ["batch"], unique=False)
    op.create_index(op.f("ix_intents_change_id"), "intents", ["change_id"], unique=False)
    op.create_index(
        "ix_intents_open",
        "intents",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("NOT settled"),
        postgresql_where=sa.text("NOT settled"),
    )
    op.create_table(
        "marks",
        sa.Column("system", KEY, nullable=False),
        sa.Column("object", KEY, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("snapshot", SEQ, nullable=False),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.seq"], name=op.f("fk_marks_snapshot")),
        sa.PrimaryKeyConstraint("system", "object", name=op.f("pk_marks")),
    )
    op.create_table(
        "plan_changes",
        sa.Column("plan_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("change_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_changes_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_plan_changes")),
    )
    op.create_index(op.f("ix_plan_changes_change_id"), "plan_changes", ["change_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("plan_id", KEY, nullable=False),
        sa.Column("change_id", KEY, nullable=False),
        sa.Column("intent", SEQ, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["intent"], ["intents.seq"], name=op.f("fk_receipts_intent")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_receipts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_receipts_change_id"), "receipts", ["change_id"], unique=False)
    op.create_index(op.f("ix_receipts_plan_id"), "receipts", ["plan_id"], unique=False)
    op.create_index(op.f("ix_receipts_run_id"), "receipts", ["run_id"], unique=False)
