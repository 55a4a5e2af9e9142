"""The store's rows as lines of JSON, one function per table of the frame (`columns`).

Where there are many rows the database makes the lines itself, so that no Python object is made per value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.model.kinds import Kind
from trueup.store import decisions, record_rows, schemas, snapshots
from trueup.store.engine import Database
from trueup.store.tables import associations, base, links, records, stage_events, writes
from trueup.store.types import stamp

_READ_AT_ONCE = 5_000


def live(connection: Connection, kind: Kind) -> Iterator[bytes]:
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


def gone(connection: Connection) -> Iterator[bytes]:
    """Deleted and merged records, by ref."""
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


def ties(connection: Connection) -> Iterator[bytes]:
    """Live ties."""
    a = associations.c
    source = _concat(a.system, ":", a.source_object, "/", a.source_id)
    target = _concat(a.system, ":", a.target_object, "/", a.target_id)
    line = _json(connection, type=a.type, source=source, target=target, label=a.label)
    return _written(connection, sa.select(line))


def events(connection: Connection) -> Iterator[bytes]:
    """Stage events, by their key."""
    e = stage_events.c
    ref = _concat(e.system, ":", e.object, "/", e.id)
    line = _json(connection, ref=ref, field=e.field, stage=e.stage, at=_time(connection, e.at), source=e.source)
    return _written(connection, sa.select(line).order_by(*stage_events.primary_key))


def base_records(connection: Connection) -> Iterator[bytes]:
    """Values last agreed on; the object travels as text within text: nothing here has to know its fields."""
    return _written(connection, sa.select(_json(connection, ref=base.c.ref, fields=base.c.fields)).order_by(base.c.ref))


def written_values(connection: Connection) -> Iterator[bytes]:
    """Values that we wrote, oldest first."""
    w = writes.c
    wanted = sa.select(w.ref, w.field, w.value, _time(connection, w.at), w.seq).order_by(w.seq)
    for ref, field, value, at, seq in _stream(connection, wanted):
        yield _line(ref=ref, field=field, value=value, at=at, seq=seq)


def crosswalk(connection: Connection) -> Iterator[bytes]:
    """Remembered links."""
    c = links.c
    since = _time(connection, c.since)
    # SQLite writes numbers into JSON with 15 digits, and a score read back would differ from the one that was kept.
    score = sa.func.printf("%!.17g", c.score) if connection.dialect.name == "sqlite" else c.score
    values = {name: c[name] for name in ("left_ref", "right_ref", "kind", "source")}
    line = _json(connection, **values, score=score, since=since)
    return _written(connection, sa.select(line).order_by(c.left_ref, c.right_ref))


def field_defs(database: Database) -> Iterator[bytes]:
    """The fields that each object has.

    An open picklist lists among its inactive values what somebody once wrote into it: that is nothing to choose from.
    """
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
                choices=[choice.value for choice in field.choices if choice.active or field.restricted],
                required=field.required,
                is_unique=field.unique,
            )


def pulls(database: Database) -> Iterator[bytes]:
    """The newest snapshot of each object."""
    for it in snapshots.newest(database):
        yield _line(
            system=it.system,
            object=it.object,
            complete=it.complete,
            full=it.full,
            taken_at=stamp(it.taken_at)[:26],
            rows=it.rows,
        )


def verdicts(database: Database) -> Iterator[bytes]:
    """The newest verdict on every decided pair."""
    for (left, right), decision in decisions.of_pairs(database, None).items():
        yield _line(
            left_ref=str(left),
            right_ref=str(right),
            verdict=decision.verdict.value,
            expires_at=stamp(decision.expires_at)[:26] if decision.expires_at else None,
        )


def _line(**values: object) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


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
