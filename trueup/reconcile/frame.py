"""The columns that checks and proposals read, and the tables derived from them once per run.

The frame itself is made by `trueup.store.columns.load` and `trueup.reconcile.identity.resolve`; `create` makes the same
tables empty, for memory frames. `Frame` adds, as temporary tables prefixed `c_`:

| table | a row is |
|---|---|
| `c_object` | (system, object, kind): what kind each native object is |
| `c_member` | a live record of a person, company or deal with its entity, converted leads left out |
| `c_rep` | the record that stands for an entity in a system |
| `c_pair` | two such records of one entity in two systems |
| `c_owner` | an owner with its entity and whether it is active |

Everything later (`c_deal`, `c_stage`, `c_ruling`, `c_history`, `c_touch`) is made by `stages` and `touches` on top of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trueup.model.kinds import FIELDS, Kind
from trueup.model.policy import Policy

if TYPE_CHECKING:
    import duckdb

SUBJECT_KINDS = (Kind.PERSON, Kind.COMPANY, Kind.DEAL)
"""Kinds whose records are matched across systems and have counterparts."""

RECORD_KINDS = (*SUBJECT_KINDS, Kind.ACTIVITY, Kind.OWNER)

_FIXED = """
CREATE TABLE gone(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, kind VARCHAR, deleted BOOLEAN,
    merged_into VARCHAR);
CREATE TABLE association(type VARCHAR, source VARCHAR, target VARCHAR, label VARCHAR);
CREATE TABLE stage_event(ref VARCHAR, field VARCHAR, stage VARCHAR, "at" TIMESTAMP, source VARCHAR);
CREATE TABLE field_def(system VARCHAR, object VARCHAR, kind VARCHAR, canonical VARCHAR, native VARCHAR,
    native_type VARCHAR,
    type VARCHAR, readable BOOLEAN, writable BOOLEAN, length INTEGER, restricted BOOLEAN, choices VARCHAR[],
    required BOOLEAN, is_unique BOOLEAN);
CREATE TABLE snapshot(system VARCHAR, object VARCHAR, complete BOOLEAN, "full" BOOLEAN, taken_at TIMESTAMP,
    "rows" BIGINT);
CREATE TABLE stored_link(left_ref VARCHAR, right_ref VARCHAR, kind VARCHAR, source VARCHAR, score DOUBLE,
    since TIMESTAMP);
CREATE TABLE decision(left_ref VARCHAR, right_ref VARCHAR, verdict VARCHAR, expires_at TIMESTAMP);
CREATE TABLE base_value(ref VARCHAR, field VARCHAR, value VARCHAR);
CREATE TABLE written(ref VARCHAR, field VARCHAR, value VARCHAR, "at" TIMESTAMP, seq BIGINT);
"""

_IDENTITY = """
CREATE TABLE match(kind VARCHAR, left_ref VARCHAR, right_ref VARCHAR, score DOUBLE, grade VARCHAR, levels VARCHAR,
    prior DOUBLE, capped_by VARCHAR);
CREATE TABLE same(kind VARCHAR, ref VARCHAR, entity VARCHAR);
CREATE TABLE link(kind VARCHAR, left_ref VARCHAR, right_ref VARCHAR, source VARCHAR, score DOUBLE,
    grade VARCHAR, evidence VARCHAR);
CREATE TABLE duplicate(kind VARCHAR, left_ref VARCHAR, right_ref VARCHAR, score DOUBLE, grade VARCHAR,
    evidence VARCHAR);
"""


def create(con: duckdb.DuckDBPyConnection, *, identity: bool = True) -> None:
    """Make the frame's tables, empty; with `identity` also those that matching fills."""
    for kind in RECORD_KINDS:
        fields = ", ".join(f'"{name}" VARCHAR' for name in FIELDS[kind])
        con.execute(
            f"CREATE TABLE record_{kind}(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, modified_at"
            f" TIMESTAMP, {fields})"
        )
    con.execute(_FIXED)
    if identity:
        con.execute(_IDENTITY)


class Frame:
    """A connection with the frame in it, the policy, and the instant for which ages are reckoned."""

    def __init__(self, con: duckdb.DuckDBPyConnection, policy: Policy, now: datetime) -> None:
        self.con = con
        self.policy = policy
        self.now = now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)
        self._made: set[str] = set()
        self._filled: dict[Kind, frozenset[str]] = {}
        _derive(self)

    def rows(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> list[tuple[Any, ...]]:
        """Run a query to its end."""
        return self.con.execute(sql, parameters).fetchall()

    def once(self, name: str) -> bool:
        """Whether the derived table of that name is still to be made; asked right before making it."""
        if name in self._made:
            return False
        self._made.add(name)
        return True

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Make a small temporary table from rows; every column is text unless it says its type (`rank INTEGER`)."""
        declared = [column if " " in column else f"{column} VARCHAR" for column in columns]
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name}({', '.join(declared)})")
        lists = [list(column) for column in zip(*rows, strict=True)]
        if lists:
            casts = ", ".join(f"unnest(?::{c.split(' ', 1)[1]}[])" for c in declared)
            self.con.execute(f"INSERT INTO {name} SELECT {casts}", lists)

    def systems(self, kind: Kind) -> list[str]:
        """The systems that hold records of the kind, sorted."""
        return [r[0] for r in self.rows("SELECT DISTINCT system FROM c_object WHERE kind = ? ORDER BY 1", [kind.value])]

    def missing_snapshots(self, system: str, kind: Kind | None) -> list[str]:
        """The objects of the kind (None: the ties) of which no complete snapshot exists. Empty means: all was seen."""
        if kind is None:
            found = self.rows(
                "SELECT object FROM snapshot s WHERE system = ? AND NOT complete AND NOT EXISTS"
                " (SELECT 1 FROM c_object o WHERE o.system = s.system AND o.object = s.object) ORDER BY 1",
                [system],
            )
        else:
            found = self.rows(
                "SELECT object FROM c_object o WHERE system = ? AND kind = ? AND NOT EXISTS (SELECT 1 FROM snapshot s"
                " WHERE s.system = o.system AND s.object = o.object AND s.complete) ORDER BY 1",
                [system, kind.value],
            )
        return [row[0] for row in found]

    def unseen(self, kind: Kind, *, ties: bool = False) -> list[str]:
        """Sentences, one per object of the kind that was not seen whole; empty when absence may be concluded."""
        return [
            f"{system} {name} was not pulled completely"
            for system in self.systems(kind)
            for name in self.missing_snapshots(system, kind) + (self.missing_snapshots(system, None) if ties else [])
        ]

    def filled(self, kind: Kind) -> frozenset[str]:
        """The fields of the kind in which any record holds anything; the others need no query."""
        if kind not in self._filled:
            names = list(FIELDS[kind])
            counts = self.rows(f"SELECT {', '.join(f'count({name}) > 0' for name in names)} FROM record_{kind}")[0]
            self._filled[kind] = frozenset(name for name, some in zip(names, counts, strict=True) if some)
        return self._filled[kind]

    def paired(self, kind: Kind) -> bool:
        """Whether any record of the kind has a counterpart."""
        return bool(self.rows("SELECT 1 FROM c_pair WHERE kind = ? LIMIT 1", [kind.value]))

    def has_field(self, kind: Kind, name: str) -> list[tuple[str, str]]:
        """The (system, object) pairs that hold the canonical field readably, sorted."""
        found = self.rows(
            "SELECT DISTINCT system, object FROM field_def WHERE kind = ? AND canonical = ? AND readable ORDER BY 1, 2",
            [kind.value, name],
        )
        return [(row[0], row[1]) for row in found]


def _derive(frame: Frame) -> None:
    con, lifecycle = frame.con, frame.policy.lifecycle
    records = " UNION ".join(f"SELECT system, object, '{kind}' AS kind FROM record_{kind}" for kind in RECORD_KINDS)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE c_object AS SELECT DISTINCT system, object, kind FROM"
        f" (SELECT system, object, kind FROM field_def WHERE coalesce(kind, '') <> '' UNION {records})"
    )
    # A converted lead is history: its contact is the person from then on.
    members = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, r.ref, s.entity, r.system, r.object, r.foreign_ids FROM record_{kind} r"
        f" JOIN same s ON s.kind = '{kind}' AND s.ref = r.ref"
        + (" WHERE coalesce(r.converted, 'false') <> 'true'" if kind is Kind.PERSON else "")
        for kind in SUBJECT_KINDS
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE c_member AS {members}")
    frame.table(
        "c_derived",
        ("system", "object", "stage"),
        [(s, o, stage) for s, objects in lifecycle.without_deal.items() for o, stage in objects.items()],
    )
    # Who stands for the person in a system: a contact before a lead, one that stores an id before others, the first.
    con.execute(
        "CREATE OR REPLACE TEMP TABLE c_rep AS SELECT kind, entity, system, ref, object FROM ("
        " SELECT m.*, row_number() OVER (PARTITION BY m.kind, m.entity, m.system ORDER BY"
        "  (m.kind = 'person' AND d.object IS NOT NULL) DESC, (m.foreign_ids IS NOT NULL) DESC, m.ref) AS n"
        " FROM c_member m LEFT JOIN c_derived d USING (system, object)) WHERE n = 1"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE c_pair AS SELECT a.kind, a.entity, a.ref AS left_ref, b.ref AS right_ref,"
        " a.system AS left_system, a.object AS left_object, b.system AS right_system, b.object AS right_object"
        " FROM c_rep a JOIN c_rep b ON a.kind = b.kind AND a.entity = b.entity AND a.ref < b.ref AND a.system <>"
        " b.system"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE c_owner AS SELECT r.ref, r.system, r.object || '/' || r.id AS local,"
        " r.name, r.email,"
        " coalesce(r.active, 'true') = 'true' AS active, coalesce(s.entity, r.ref) AS entity"
        " FROM record_owner r LEFT JOIN same s ON s.kind = 'owner' AND s.ref = r.ref"
    )
