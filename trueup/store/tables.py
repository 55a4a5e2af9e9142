"""All tables of the store on one page, every constraint with a name.

Addresses of what there is a million of (records, ties, stage events) are columns, for indexes; where there are few
(links, findings, images) the printed ref is the key. JSON is written by `trueup.store.codec` with sorted keys. A
migration accompanies every change here; a test compares the two on both databases.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from trueup.store.types import Key, Moment, Seq

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _col(name: str, type_: Any, *args: Any, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, *args, nullable=null, **options)


snapshots = sa.Table(
    "snapshots",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("system", Key),
    _col("object", Key),
    _col("full", sa.Boolean),
    _col("taken_at", Moment),
    _col("finished", sa.Boolean),
    _col("complete", sa.Boolean),
    _col("high_water", sa.Text, null=True),
    _col("rows", sa.BigInteger),
    _col("expected", sa.BigInteger, null=True),
    _col("notes", sa.Text),
    sa.Index(None, "system", "object", "seq"),
    sqlite_autoincrement=True,
)
"""One row per pull of one object; `finished` is false for one that runs or was killed."""

marks = sa.Table(
    "marks",
    metadata,
    _col("system", Key, primary_key=True),
    _col("object", Key, primary_key=True),
    _col("mark", sa.Text),
    _col("snapshot", Seq, sa.ForeignKey("snapshots.seq")),
)
"""Where the next incremental pull begins. Written only in the transaction that finishes a complete pull."""

records = sa.Table(
    "records",
    metadata,
    _col("system", Key, primary_key=True),
    _col("object", Key, primary_key=True),
    _col("id", Key, primary_key=True),
    _col("kind", sa.Text),
    _col("fields", sa.Text),
    _col("version", sa.Text),
    _col("modified_at", Moment, null=True),
    _col("deleted", sa.Boolean),
    _col("merged_object", sa.Text, null=True),
    _col("merged_id", sa.Text, null=True),
    _col("first_seen", Seq),
    _col("last_seen", Seq),
    _col("gone_in", Seq, null=True),
)
"""The newest known state of every remote record. `gone_in` is the snapshot whose silence said that it is deleted."""

record_kinds = sa.Table(
    "record_kinds",
    metadata,
    _col("system", Key, primary_key=True),
    _col("object", Key, primary_key=True),
    _col("kind", Key, primary_key=True),
    sqlite_with_rowid=False,
)
"""Which objects hold records of which kind, so that nobody has to read all records to learn it."""

associations = sa.Table(
    "associations",
    metadata,
    _col("system", Key, primary_key=True),
    _col("type", Key, primary_key=True),
    _col("source_object", Key, primary_key=True),
    _col("source_id", Key, primary_key=True),
    _col("target_object", Key, primary_key=True),
    _col("target_id", Key, primary_key=True),
    _col("label", Key, primary_key=True),
    _col("tie_id", Key, primary_key=True),
    _col("via", Key),
    _col("last_seen", Seq),
    sa.Index("ix_associations_target", "system", "target_object", "target_id"),
    sa.Index(
        "ix_associations_tie",
        "system",
        "type",
        "tie_id",
        sqlite_where=sa.text("tie_id <> ''"),
        postgresql_where=sa.text("tie_id <> ''"),
    ),
    sqlite_with_rowid=False,
)
"""Live ties. `via` is the pulled object that told of them, so that its next full pull can say which are gone."""

stage_events = sa.Table(
    "stage_events",
    metadata,
    _col("system", Key, primary_key=True),
    _col("object", Key, primary_key=True),
    _col("id", Key, primary_key=True),
    _col("field", Key, primary_key=True),
    _col("at", Moment, primary_key=True),
    _col("stage", Key, primary_key=True),
    _col("source", Key, primary_key=True),
    _col("via", Key),
    sqlite_with_rowid=False,
)

schemas = sa.Table(
    "schemas",
    metadata,
    _col("system", Key, primary_key=True),
    _col("object", Key, primary_key=True),
    _col("body", sa.Text),
)

systems = sa.Table(
    "systems",
    metadata,
    _col("system", Key, primary_key=True),
    _col("capabilities", sa.Text),
    _col("settings", sa.Text),
    _col("at", Moment),
)
"""What each system could do when it was pulled last; `settings` is a digest of its part of the policy."""

links = sa.Table(
    "links",
    metadata,
    _col("left_ref", Key, primary_key=True),
    _col("right_ref", Key, primary_key=True),
    _col("kind", sa.Text),
    _col("source", sa.Text),
    _col("score", sa.Double),
    _col("since", Moment),
    _col("evidence", sa.Text),
    sa.Index(None, "right_ref"),
)

findings = sa.Table(
    "findings",
    metadata,
    _col("id", Key, primary_key=True),
    _col("code", Key),
    _col("body", sa.Text),
    _col("first_seen", Moment),
    _col("last_seen", Moment),
    _col("closed_at", Moment, null=True),
    _col("run_id", sa.Text),
)

plans = sa.Table(
    "plans",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("id", Key),
    _col("digest", sa.Text),
    _col("checksum", sa.Text),
    _col("body", sa.LargeBinary),
    sa.UniqueConstraint("id"),
    sqlite_autoincrement=True,
)
"""Sealed plans as bytes; `checksum` covers digest and bytes."""

plan_changes = sa.Table(
    "plan_changes",
    metadata,
    _col("plan_id", Key, sa.ForeignKey("plans.id"), primary_key=True),
    _col("position", sa.Integer, primary_key=True),
    _col("change_id", Key),
    sa.Index(None, "change_id"),
)

plan_notes = sa.Table(
    "plan_notes",
    metadata,
    _col("plan_id", Key, sa.ForeignKey("plans.id"), primary_key=True),
    _col("body", sa.LargeBinary),
)
"""What the report shows beside a plan and is no part of it, compressed."""

decisions = sa.Table(
    "decisions",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("subject", Key),
    _col("verdict", sa.Text),
    _col("by", sa.Text),
    _col("at", Moment),
    _col("note", sa.Text),
    _col("expires_at", Moment, null=True),
    sa.Index(None, "subject", "seq"),
    sqlite_autoincrement=True,
)
"""Every verdict ever given; the newest of a subject counts."""

runs = sa.Table(
    "runs",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("verb", sa.Text),
    _col("started_at", Moment),
    _col("ended_at", Moment, null=True),
    _col("status", sa.Text),
    _col("exit_code", sa.Integer, null=True),
    _col("plan_id", sa.Text),
    _col("counts", sa.Text),
    sqlite_autoincrement=True,
)

batches = sa.Table(
    "batches",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("run_id", Key),
    _col("plan_id", Key),
    _col("at", Moment),
    sa.Index(None, "run_id"),
    sqlite_autoincrement=True,
)
"""Intents written together, before one write call."""

intents = sa.Table(
    "intents",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("batch", Seq, sa.ForeignKey("batches.seq")),
    _col("change_id", Key),
    _col("change", sa.Text),
    _col("settled", sa.Boolean),
    sa.Index(None, "change_id"),
    sa.Index(None, "batch"),
    sa.Index("ix_intents_open", "seq", sqlite_where=sa.text("NOT settled"), postgresql_where=sa.text("NOT settled")),
    sqlite_autoincrement=True,
)

images = sa.Table(
    "images",
    metadata,
    _col("batch", Seq, sa.ForeignKey("batches.seq"), primary_key=True),
    _col("ref", Key, primary_key=True),
    _col("record", sa.Text, null=True),
)
"""The whole record as it was read just before a write; NULL: it was not there."""

receipts = sa.Table(
    "receipts",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("run_id", Key),
    _col("plan_id", Key),
    _col("change_id", Key),
    _col("intent", Seq, sa.ForeignKey("intents.seq"), null=True),
    _col("outcome", sa.Text),
    _col("body", sa.Text),
    sa.Index(None, "run_id"),
    sa.Index(None, "plan_id"),
    sa.Index(None, "change_id"),
    sqlite_autoincrement=True,
)

writes = sa.Table(
    "writes",
    metadata,
    _col("seq", Seq, primary_key=True, autoincrement=True),
    _col("ref", Key),
    _col("field", Key),
    _col("value", sa.Text, null=True),
    _col("at", Moment),
    _col("run_id", sa.Text),
    sa.Index(None, "ref", "field", "seq"),
    sqlite_autoincrement=True,
)
"""Every value we are known to have written: the way to tell our own writes from a user's edit."""

base = sa.Table(
    "base",
    metadata,
    _col("ref", Key, primary_key=True),
    _col("fields", sa.Text),
)
"""Per record, the values last agreed on with the other side."""

run_lock = sa.Table(
    "run_lock",
    metadata,
    _col("slot", sa.Integer, primary_key=True, autoincrement=False),
    _col("run_id", sa.Text),
    _col("host", sa.Text),
    _col("pid", sa.Integer),
    _col("space", sa.Text),
    _col("born", sa.Text),
    _col("since", Moment),
    _col("heartbeat", Moment),
)
"""At most one row: the run that may act. `born` tells a process from a later one with the same
number, `space` says whose numbers they are."""
