"""Plan notes: what the report of a plan shows beside it, kept so that nothing has to be worked out again."""

from __future__ import annotations

import zlib

import sqlalchemy as sa

from trueup.model.notes import PlanNotes
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import plan_notes


def save(database: Database, plan_id: str, notes: PlanNotes) -> None:
    """Keep the notes of a stored plan, in place of former ones."""
    body = zlib.compress(codec.dumps(notes).encode())
    with database.write() as connection:
        bulk.upsert(connection, plan_notes, ("plan_id", "body"), [(plan_id, body)], lambda new: {"body": new.body})


def load(database: Database, plan_id: str) -> PlanNotes | None:
    """The notes of a plan; None for one that came from a file, or was made before notes were kept."""
    with database.read() as connection:
        body = connection.scalar(sa.select(plan_notes.c.body).where(plan_notes.c.plan_id == plan_id))
    return None if body is None else codec.decode(PlanNotes, zlib.decompress(bytes(body)))
