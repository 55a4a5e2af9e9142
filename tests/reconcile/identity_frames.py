"""Frames of identity small enough to see through, and what came of them."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np

from trueup.model.kinds import FIELDS, Kind
from trueup.model.policy import Policy
from trueup.reconcile import identity

Rows = dict[str, dict[str, str | None]]


@contextmanager
def frame(
    people: Rows | None = None,
    companies: Rows | None = None,
    deals: Rows | None = None,
    owners: Rows | None = None,
    activities: Rows | None = None,
    ties: Iterable[tuple[str, str, str]] = (),
    decisions: Iterable[tuple[Any, ...]] = (),
    gone: Iterable[tuple[Any, ...]] = (),
    shuffle: int = 0,
    threads: int = 2,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A resolved frame. Refs are printed refs; fields are canonical; a tie is (type, source, target)."""
    con = duckdb.connect(config={"threads": threads})
    try:
        rng = random.Random(shuffle)
        kinds = {"person": people, "company": companies, "deal": deals, "activity": activities, "owner": owners}
        for kind, rows in kinds.items():
            # A table may know more of people than the CRMs do.
            names = [*FIELDS[Kind(kind)], *(("birth_date", "other_code") if kind == "person" else ())]
            columns = ", ".join(f'"{name}" VARCHAR' for name in names)
            con.execute(
                f"CREATE TABLE record_{kind}(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, modified_at TIMESTAMP, {columns})"
            )
            items = list((rows or {}).items())
            if shuffle:
                rng.shuffle(items)
            for ref, fields in items:
                system, _, rest = ref.partition(":")
                object_, _, id_ = rest.partition("/")
                assert set(fields) <= set(names), fields
                listed = ", ".join(f'"{name}"' for name in fields)
                con.execute(
                    f"INSERT INTO record_{kind}(ref, system, object, id{', ' if fields else ''}{listed}) "
                    f"VALUES ({', '.join('?' * (4 + len(fields)))})",
                    [ref, system, object_, id_, *fields.values()],
                )
        con.execute(
            "CREATE TABLE gone(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, kind VARCHAR, deleted BOOLEAN, merged_into VARCHAR)"
        )
        con.execute("CREATE TABLE decision(left_ref VARCHAR, right_ref VARCHAR, verdict VARCHAR, expires_at TIMESTAMP)")
        con.execute(
            'CREATE TABLE snapshot(system VARCHAR, object VARCHAR, complete BOOLEAN, "full" BOOLEAN, taken_at TIMESTAMP, "rows" BIGINT)'
        )
        con.execute("INSERT INTO snapshot VALUES ('salesforce', 'Contact', true, true, TIMESTAMP '2026-06-01', 1)")
        con.execute(
            "CREATE TABLE stored_link(left_ref VARCHAR, right_ref VARCHAR, kind VARCHAR, source VARCHAR, score DOUBLE, since TIMESTAMP)"
        )
        con.execute("CREATE TABLE association(type VARCHAR, source VARCHAR, target VARCHAR, label VARCHAR)")
        for tie in ties:
            con.execute("INSERT INTO association VALUES (?, ?, ?, NULL)", list(tie))
        for decision in decisions:
            con.execute("INSERT INTO decision VALUES (?, ?, ?, ?)", list(decision))
        for row in gone:
            con.execute("INSERT INTO gone VALUES (?, ?, ?, ?, ?, ?, ?)", list(row))
        identity.resolve(con, Policy(systems={}))
        yield con
    finally:
        con.close()


def groups(con: duckdb.DuckDBPyConnection, kind: str = "person") -> set[frozenset[str]]:
    """Groups of more than one record."""
    found: dict[str, set[str]] = {}
    for ref, entity in con.execute("SELECT ref, entity FROM same WHERE kind = ?", [kind]).fetchall():
        found.setdefault(entity, set()).add(ref)
    assert all(min(refs) == entity for entity, refs in found.items())
    return {frozenset(refs) for refs in found.values() if len(refs) > 1}


def links(con: duckdb.DuckDBPyConnection, kind: str = "person") -> dict[tuple[str, str], str]:
    """Links with their source."""
    got = con.execute("SELECT left_ref, right_ref, source FROM link WHERE kind = ?", [kind]).fetchall()
    return {(left, right): source for left, right, source in got}


def grade(con: duckdb.DuckDBPyConnection, a: str, b: str) -> tuple[str, str]:
    """Grade of a pair and what capped it; `no` when it is not in the table."""
    left, right = sorted((a, b))
    got = con.execute(
        "SELECT grade, capped_by FROM match WHERE left_ref = ? AND right_ref = ?", [left, right]
    ).fetchall()
    return got[0] if got else ("no", "")


K1, K2, K3 = (f"salesforce:Contact/00{n}" for n in (1, 2, 3))
L1, L2 = "salesforce:Lead/001", "salesforce:Lead/002"
H1, H2, H3 = (f"hubspot:contacts/{n}" for n in (1, 2, 3))
ANA: dict[str, str | None] = {"first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz@acme.example"}
A1, A2, A3 = (f"salesforce:Account/00{n}" for n in (1, 2, 3))
C1, C2 = "hubspot:companies/1", "hubspot:companies/2"


def filled(people: Rows, companies: Rows) -> duckdb.DuckDBPyConnection:
    """An unresolved frame of many rows, put in by column."""
    con = duckdb.connect(config={"threads": 2})
    for kind in ("person", "company", "deal", "activity", "owner"):
        rows = {"person": people, "company": companies}.get(kind, {})
        names = list(FIELDS[Kind(kind)])
        columns = ", ".join(f'"{name}" VARCHAR' for name in names)
        con.execute(
            f"CREATE TABLE record_{kind}(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, modified_at TIMESTAMP, {columns})"
        )
        if not rows:
            continue
        used = [name for name in names if any(row.get(name) is not None for row in rows.values())]
        data: dict[str, Any] = {name: np.array([row.get(name) for row in rows.values()], dtype=object) for name in used}
        data["ref"] = np.array(list(rows), dtype=object)
        con.register("source", data)
        listed = ", ".join(f'"{name}"' for name in used)
        con.execute(
            f"INSERT INTO record_{kind}(ref, system, object, id, {listed}) SELECT ref, split_part(ref, ':', 1), "
            f"split_part(split_part(ref, ':', 2), '/', 1), split_part(ref, '/', 2), {listed} FROM source"
        )
        con.unregister("source")
    for statement in (
        "gone(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, kind VARCHAR, deleted BOOLEAN, merged_into VARCHAR)",
        "decision(left_ref VARCHAR, right_ref VARCHAR, verdict VARCHAR, expires_at TIMESTAMP)",
        'snapshot(system VARCHAR, object VARCHAR, complete BOOLEAN, "full" BOOLEAN, taken_at TIMESTAMP, "rows" BIGINT)',
        "stored_link(left_ref VARCHAR, right_ref VARCHAR, kind VARCHAR, source VARCHAR, score DOUBLE, since TIMESTAMP)",
        "association(type VARCHAR, source VARCHAR, target VARCHAR, label VARCHAR)",
    ):
        con.execute(f"CREATE TABLE {statement}")
    return con
