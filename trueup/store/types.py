"""Column types that mean the same on SQLite and PostgreSQL: moments, keys, counted numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def stamp(moment: datetime) -> str:
    """A moment as fixed-width UTC text; refuses one without a time zone, which could mean anything."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError(f"a moment without time zone: {moment.isoformat()}")
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, in and out, on both databases."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """PostgreSQL has a type for it; SQLite keeps text whose order is the order of time."""
        return dialect.type_descriptor(sa.TIMESTAMP(timezone=True) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Refuse naive datetimes before they reach the database."""
        return None if value is None else stamp(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back UTC, whatever time zone the server's session has."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


Key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that identifies: the same order on both databases, whatever the server's locale."""

Seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A number that the database counts up."""
