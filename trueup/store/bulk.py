"""Many rows at once, the fast way of each database: `executemany` on SQLite's driver, COPY on PostgreSQL's.

The statements are SQLAlchemy's; only the rows go past it, because a parameter dictionary per row costs more than the
database itself. Rows are tuples in the order of `columns`, moments already text (`types.stamp`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

Row = Sequence[object]
Updates = Callable[[Any], dict[str, Any]]
"""From the `excluded` row to the assignments of ON CONFLICT DO UPDATE."""


def generated_key(inserted: sa.CursorResult[Any]) -> int:
    """The number that the database gave to the row just inserted."""
    key = inserted.inserted_primary_key
    if key is None:
        raise AssertionError("not an insert of one row")
    return int(key[0])


def upsert(
    connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row], updates: Updates | None
) -> None:
    """Insert rows; where the key is taken, apply `updates` (None: leave the old row). Keys are unique within `rows`."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    if connection.dialect.name == "sqlite":
        insert = sqlite.insert(table).values({name: sa.bindparam(name) for name in columns})
        statement = (
            insert.on_conflict_do_nothing(index_elements=keys)
            if updates is None
            else insert.on_conflict_do_update(index_elements=keys, set_=updates(insert.excluded))
        )
        _executemany(connection, statement, columns, rows)
        return
    lot = _copy_lot(connection, table, columns, rows)
    copied = postgresql.insert(table).from_select(list(columns), sa.select(*[lot.c[name] for name in columns]))
    connection.execute(
        copied.on_conflict_do_nothing(index_elements=keys)
        if updates is None
        else copied.on_conflict_do_update(index_elements=keys, set_=updates(copied.excluded))
    )


def delete(connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Delete every row whose `columns` equal one of `rows`."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        wanted = sa.and_(*[table.c[name] == sa.bindparam(f"{name}_") for name in columns])
        _executemany(connection, sa.delete(table).where(wanted), [f"{name}_" for name in columns], rows)
        return
    lot = _copy_lot(connection, table, columns, rows)
    connection.execute(sa.delete(table).where(sa.and_(*[table.c[name] == lot.c[name] for name in columns])))


def _executemany(connection: Connection, statement: Any, columns: Sequence[str], rows: Sequence[Row]) -> None:
    compiled = statement.compile(dialect=connection.dialect)
    if list(compiled.positiontup or ()) != list(columns):
        raise AssertionError(f"the statement wants {compiled.positiontup}, the rows hold {list(columns)}")
    connection.exec_driver_sql(str(compiled), list(rows))


def _copy_lot(connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]) -> sa.Table:
    """The rows in a temporary table of the same column types, emptied by the end of the transaction."""
    name = f"lot_{table.name}"
    lot = sa.Table(
        name,
        sa.MetaData(),
        *[sa.Column(column.name, column.type) for column in table.columns],
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DELETE ROWS",
    )
    connection.execute(sa.schema.CreateTable(lot, if_not_exists=True))
    connection.execute(sa.text(f"TRUNCATE pg_temp.{name}"))
    driver: Any = connection.connection.driver_connection
    listed = ", ".join(f'"{column}"' for column in columns)
    with driver.cursor() as cursor, cursor.copy(f'COPY pg_temp."{name}" ({listed}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
    return lot
