"""Snapshots as columns: the live records of the store as tables in DuckDB, where identity and checks run.

A record's fields lie in the store as JSON text, and that text goes to DuckDB as it is: one line per record in a
temporary file, read with declared columns. No Python object is made per value, and memory is bounded by the file's lot,
not by the store. (Measured against handing over numpy arrays and `json_transform`: 2.4 times faster.)

The tables are those that `reconcile` reads:

| table | columns |
|---|---|
| `record_<kind>` | ref, system, object, id, modified_at, then the kind's canonical fields; live only, by ref |
| `gone` | ref, system, object, id, kind, deleted, merged_into |
| `association` | type, source, target, label; both ends live |
| `stage_event` | ref, field, stage, at, source; of live records |
| `field_def` | system, object, kind, canonical, native, native_type, type, readable, writable, length, … |
| `snapshot` | system, object, complete, full, taken_at, rows |
| `stored_link` | left_ref, right_ref, kind, source, score, since |
| `decision` | left_ref, right_ref, verdict, expires_at; pairs only |
| `written` | ref, field, value, at, seq; what we wrote ourselves |
| `base_value` | ref, field, value (a view over `base_record`: ref, fields as JSON) |

Canonical fields are VARCHAR, NULL for blank and for not seen; times are TIMESTAMP in UTC.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.model.kinds import FIELDS, Kind
from trueup.store import decisions, record_rows, schemas, snapshots
from trueup.store.engine import Database
from trueup.store.tables import associations, base, links, records, stage_events, stamp, writes

if TYPE_CHECKING:
    import duckdb

    from trueup.store.store import Store

_LOT_BYTES = 64 << 20
_LONGEST_LINE = 32 << 20
_READ_AT_ONCE = 5_000

_ADDRESS = {"ref": "VARCHAR", "system": "VARCHAR", "object": "VARCHAR", "id": "VARCHAR"}

TABLES: dict[str, dict[str, str]] = {
    "gone": {**_ADDRESS, "kind": "VARCHAR", "deleted": "BOOLEAN", "merged_into": "VARCHAR"},
    "association": {"type": "VARCHAR", "source": "VARCHAR", "target": "VARCHAR", "label": "VARCHAR"},
    "stage_event": {
        "ref": "VARCHAR",
        "field": "VARCHAR",
        "stage": "VARCHAR",
        "at": "TIMESTAMP",
        "source": "VARCHAR",
    },
    "field_def": {
        "system": "VARCHAR",
        "object": "VARCHAR",
        "kind": "VARCHAR",
        "canonical": "VARCHAR",
        "native": "VARCHAR",
        "native_type": "VARCHAR",
        "type": "VARCHAR",
        "readable": "BOOLEAN",
        "writable": "BOOLEAN",
        "length": "INTEGER",
        "restricted": "BOOLEAN",
        "choices": "VARCHAR[]",
        "required": "BOOLEAN",
    },
    "snapshot": {
        "system": "VARCHAR",
        "object": "VARCHAR",
        "complete": "BOOLEAN",
        "full": "BOOLEAN",
        "taken_at": "TIMESTAMP",
        "rows": "BIGINT",
    },
    "stored_link": {
        "left_ref": "VARCHAR",
        "right_ref": "VARCHAR",
        "kind": "VARCHAR",
        "source": "VARCHAR",
        "score": "DOUBLE",
        "since": "TIMESTAMP",
    },
    "decision": {"left_ref": "VARCHAR", "right_ref": "VARCHAR", "verdict": "VARCHAR", "expires_at": "TIMESTAMP"},
    "base_value": {"ref": "VARCHAR", "field": "VARCHAR", "value": "VARCHAR"},
    "written": {"ref": "VARCHAR", "field": "VARCHAR", "value": "VARCHAR", "at": "TIMESTAMP", "seq": "BIGINT"},
    **{
        f"record_{kind.value}": {**_ADDRESS, "modified_at": "TIMESTAMP", **dict.fromkeys(FIELDS[kind], "VARCHAR")}
        for kind in Kind
    },
}
"""Every table of the frame, with its columns in order and their types."""


def load(store: Store | Database, con: duckdb.DuckDBPyConnection, kinds: Collection[Kind] | None = None) -> None:
    """Make the frame in `con`, replacing tables of the same names.

    With `kinds`, the record tables of other kinds stay empty, as do ties and stage events that touch them. Records,
    ties, stage events and base values are of one moment of the store.
    """
    database = store if isinstance(store, Database) else store.database
    for table, columns in TABLES.items():
        if table == "base_value":
            con.execute(_BASE)
            continue
        listed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        con.execute(f'CREATE OR REPLACE TABLE "{table}" ({listed})')
    wanted = frozenset(Kind if kinds is None else kinds)
    with database.read() as connection:
        for kind in Kind:
            if kind in wanted:
                _fill(con, f"record_{kind.value}", _live(connection, kind), blank_is_null=True)
        _fill(con, "gone", _gone(connection))
        con.execute(_live_refs())
        _fill(con, "association", _associations(connection))
        con.execute(_FOLLOW_MERGES)
        _fill(con, "stage_event", _stage_events(connection), where="ref IN (FROM live_ref)")
        con.execute("DROP TABLE live_ref")
        _fill_base(con, connection)
        _fill(con, "written", _writes(connection))
        _fill(con, "stored_link", _links(connection))
    _fill(con, "field_def", _field_defs(database))
    _fill(con, "snapshot", _snapshots(database))
    _fill(con, "decision", _decisions(database))


def _fill(
    con: duckdb.DuckDBPyConnection,
    table: str,
    lines: Iterable[bytes],
    *,
    where: str = "TRUE",
    blank_is_null: bool = False,
) -> None:
    """Insert NDJSON lines into a table, in their order, a lot at a time."""
    columns = TABLES[table]
    blanks = frozenset(columns) - frozenset(_ADDRESS) if blank_is_null else frozenset()
    chosen = ", ".join(
        f"""nullif("{name}", '')""" if name in blanks and type_ == "VARCHAR" else f'"{name}"'
        for name, type_ in columns.items()
    )
    for path in _lots(lines):
        con.execute(f'INSERT INTO "{table}" SELECT {chosen} FROM {_reader(columns)} WHERE {where}', [path])


def _reader(columns: dict[str, str]) -> str:
    declared = ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items())
    return f"read_json(?, format='newline_delimited', columns={{{declared}}}, maximum_object_size={_LONGEST_LINE})"


def _lots(lines: Iterable[bytes]) -> Iterator[str]:
    """Paths of files with the lines, each gone when the next one comes; readable for this user only."""
    with tempfile.TemporaryDirectory(prefix="trueup-frame-") as folder:
        path = os.path.join(folder, "lot.ndjson")
        waiting = iter(lines)
        while True:
            size = 0
            with open(path, "wb") as file:
                for line in waiting:
                    size += file.write(line)
                    if size >= _LOT_BYTES:
                        break
            if not size:
                return
            yield path
            if size < _LOT_BYTES:
                return


def _line(**values: object) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def _live(connection: Connection, kind: Kind) -> Iterator[bytes]:
    """The kind's live records in the order of their printed refs."""
    r = records.c
    for system, object_ in record_rows.objects(connection, kind):
        head = orjson.dumps({"system": system, "object": object_})[:-1].decode()
        at = sa.func.coalesce(_concat('"', _time(connection, r.modified_at), '"'), sa.literal("null", sa.Text))
        line = _concat(
            f'{head},"id":',
            _quoted(connection, r.id),
            ',"ref":',
            _quoted(connection, _concat(f"{system}:{object_}/", r.id)),
            ',"modified_at":',
            at,
            sa.case((sa.func.length(r.fields) > len("{}"), _concat(",", sa.func.substr(r.fields, 2))), else_="}"),
        )
        yield from _written(
            connection,
            sa.select(line)
            .where(
                r.system == system,
                r.object == object_,
                r.kind == kind.value,
                sa.not_(r.deleted),
                r.merged_id.is_(None),
            )
            .order_by(r.id),
        )


def _gone(connection: Connection) -> Iterator[bytes]:
    r = records.c
    wanted = sa.select(r.system, r.object, r.id, r.kind, r.deleted, r.merged_object, r.merged_id).where(
        sa.or_(r.deleted, r.merged_id.is_not(None))
    )
    for system, object_, id_, kind, deleted, merged_object, merged_id in _stream(
        connection, wanted.order_by(r.system, r.object, r.id)
    ):
        yield _line(
            ref=f"{system}:{object_}/{id_}",
            system=system,
            object=object_,
            id=id_,
            kind=kind,
            deleted=bool(deleted),
            merged_into=None if merged_id is None else f"{system}:{merged_object}/{merged_id}",
        )


def _live_refs() -> str:
    union = " UNION ALL ".join(f'SELECT ref FROM "record_{kind.value}"' for kind in Kind)
    return f"CREATE OR REPLACE TEMP TABLE live_ref AS {union}"


_FOLLOW_MERGES = """
CREATE OR REPLACE TEMP TABLE now_at AS WITH RECURSIVE chain(ref, at_ref) AS (
    SELECT ref, merged_into FROM gone WHERE merged_into IS NOT NULL
    UNION SELECT c.ref, g.merged_into FROM chain c JOIN gone g ON g.ref = c.at_ref WHERE g.merged_into IS NOT NULL)
SELECT ref, at_ref FROM chain WHERE at_ref IN (FROM live_ref) UNION ALL SELECT ref, ref FROM live_ref;
CREATE OR REPLACE TABLE association AS
SELECT DISTINCT a.type, s.at_ref AS source, t.at_ref AS target, a.label
FROM association a JOIN now_at s ON s.ref = a.source JOIN now_at t ON t.ref = a.target ORDER BY ALL;
DROP TABLE now_at;
"""
"""A tie whose end was merged away belongs to the survivor (both CRMs re-parent); one whose end is gone is dropped."""


def _associations(connection: Connection) -> Iterator[bytes]:
    a = associations.c
    source = _concat(a.system, ":", a.source_object, "/", a.source_id)
    target = _concat(a.system, ":", a.target_object, "/", a.target_id)
    line = _json(connection, type=a.type, source=source, target=target, label=a.label)
    return _written(connection, sa.select(line))


def _stage_events(connection: Connection) -> Iterator[bytes]:
    e = stage_events.c
    ref = _concat(e.system, ":", e.object, "/", e.id)
    line = _json(connection, ref=ref, field=e.field, stage=e.stage, at=_time(connection, e.at), source=e.source)
    return _written(connection, sa.select(line).order_by(*stage_events.primary_key))


def _concat(*parts: sa.ColumnElement[str] | str) -> sa.ColumnElement[str]:
    first, *rest = [sa.literal(part, sa.Text) if isinstance(part, str) else part for part in parts]
    for part in rest:
        first = first.concat(part)
    return first


def _json(connection: Connection, **values: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A JSON object made by the database: of narrow rows, of which there are most, no Python object is made."""
    arguments: list[Any] = []
    for name, value in values.items():
        arguments += [sa.literal_column(f"'{name}'"), value]
    if connection.dialect.name == "sqlite":
        return sa.func.json_object(*arguments, type_=sa.Text)
    return sa.cast(sa.func.json_build_object(*arguments), sa.Text)


def _quoted(connection: Connection, text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The text as a JSON string."""
    if connection.dialect.name == "sqlite":
        return sa.func.json_quote(text, type_=sa.Text)
    return sa.cast(sa.func.to_json(text), sa.Text)


def _written(connection: Connection, statement: sa.Select[Any]) -> Iterator[bytes]:
    """Lines that the database made, many at a time."""
    result = connection.execution_options(yield_per=_READ_AT_ONCE).execute(statement)
    for lot in result.scalars().partitions():
        yield ("\n".join(lot) + "\n").encode()


_BASE = """
CREATE OR REPLACE TABLE base_record(ref VARCHAR, fields VARCHAR);
CREATE OR REPLACE VIEW base_value AS SELECT ref, entry.key AS field, entry.value AS value FROM (
    SELECT ref, unnest(map_entries(from_json(fields, '"MAP(VARCHAR, VARCHAR)"'))) AS entry FROM base_record);
"""
"""Agreed values stay one JSON object per record; who asks for some gets those as rows. All as rows is millions."""


def _fill_base(con: duckdb.DuckDBPyConnection, connection: Connection) -> None:
    # The object travels as text within text: nothing here has to know its fields.
    line = _json(connection, ref=base.c.ref, fields=base.c.fields)
    for path in _lots(_written(connection, sa.select(line).order_by(base.c.ref))):
        con.execute(f"INSERT INTO base_record FROM {_reader({'ref': 'VARCHAR', 'fields': 'VARCHAR'})}", [path])


def _writes(connection: Connection) -> Iterator[bytes]:
    w = writes.c
    wanted = sa.select(w.ref, w.field, w.value, _time(connection, w.at), w.seq).order_by(w.seq)
    for ref, field, value, at, seq in _stream(connection, wanted):
        yield _line(ref=ref, field=field, value=value, at=at, seq=seq)


def _field_defs(database: Database) -> Iterator[bytes]:
    for schema in schemas.load(database):
        for field in schema.fields:
            yield _line(
                system=schema.system,
                object=schema.object,
                kind=schema.kind.value,
                canonical=field.canonical,
                native=field.name,
                native_type=field.native_type,
                type=field.type.value,
                readable=field.readable,
                writable=field.writable,
                length=field.length,
                restricted=field.restricted,
                choices=[choice.value for choice in field.choices],
                required=field.required,
            )


def _snapshots(database: Database) -> Iterator[bytes]:
    for it in snapshots.newest(database):
        yield _line(
            system=it.system,
            object=it.object,
            complete=it.complete,
            full=it.full,
            taken_at=stamp(it.taken_at)[:26],
            rows=it.rows,
        )


def _links(connection: Connection) -> Iterator[bytes]:
    c = links.c
    since = _time(connection, c.since)
    # SQLite writes numbers into JSON with 15 digits, and a score read back would differ from the one that was kept.
    score = sa.func.printf("%!.17g", c.score) if connection.dialect.name == "sqlite" else c.score
    values = {name: c[name] for name in ("left_ref", "right_ref", "kind", "source")}
    line = _json(connection, **values, score=score, since=since)
    return _written(connection, sa.select(line).order_by(c.left_ref, c.right_ref))


def _decisions(database: Database) -> Iterator[bytes]:
    for (left, right), decision in decisions.of_pairs(database, None).items():
        yield _line(
            left_ref=str(left),
            right_ref=str(right),
            verdict=decision.verdict.value,
            expires_at=stamp(decision.expires_at)[:26] if decision.expires_at else None,
        )


def _time(connection: Connection, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A moment as text without a zone, made by the database, so that no datetime is made per row."""
    if connection.dialect.name == "sqlite":
        return sa.func.substr(sa.type_coerce(column, sa.Text), 1, 26)
    return sa.func.to_char(sa.func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US')


def _stream(connection: Connection, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    """Rows a lot at a time, on PostgreSQL through a cursor on the server."""
    result = connection.execution_options(yield_per=_READ_AT_ONCE).execute(statement)
    for lot in result.partitions():
        yield from lot
