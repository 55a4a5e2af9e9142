"""Schemas: what each object looked like when it was last described."""

from __future__ import annotations

import sqlalchemy as sa

from trueup.model.schema import Schema
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import schemas


def save(database: Database, schema: Schema) -> None:
    """Keep a schema in place of the object's former one."""
    with database.write() as connection:
        bulk.upsert(
            connection,
            schemas,
            ("system", "object", "body"),
            [(schema.system, schema.object, codec.dumps(schema))],
            lambda new: {"body": new.body},
        )


def load(database: Database) -> list[Schema]:
    """All schemas, by system and object."""
    with database.read() as connection:
        bodies = connection.scalars(sa.select(schemas.c.body).order_by(schemas.c.system, schemas.c.object))
        return [codec.decode(Schema, body) for body in bodies]
