"""Records numbered by table and id, and what is compared of them beside their numbers."""

import duckdb
import numpy as np
import pytest

from trueup.reconcile.linkage import RepeatedIds, Table, parse, release
from trueup.reconcile.linkage.staging import stage, trimmed

ROWS = 130_000  # beyond what the engine keeps in one group of rows


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": "2"})


def numbered(con: duckdb.DuckDBPyConnection, once: bool) -> list[Table]:
    """A table whose ids stand in no order, and one without ids; every row says in its columns which it is."""
    con.execute(
        f"CREATE TABLE crm AS SELECT ' k' || (n * 7919 % {ROWS}) || ' ' AS no, 'x' || (n * 7919 % {ROWS}) AS name "
        f"FROM range({ROWS}) t(n)"
    )
    con.execute(f"CREATE TABLE shop AS SELECT 's' || (n + 1) AS name, NULL::VARCHAR AS town FROM range({ROWS}) t(n)")
    own = {"crm": {"id": "no", "last name": "name"}, "shop": {"last name": "name", "city": "town"}}
    roles = parse({"tables": own}, ["crm", "shop"])
    return [Table(name, name, roles[name], once) for name in ("crm", "shop")]


@pytest.mark.parametrize("once", [False, True])
def test_every_row_stands_beside_the_number_of_its_id(once: bool, con: duckdb.DuckDBPyConnection) -> None:
    tables = numbered(con, once)

    rows, side = stage(con, tables)

    assert rows == 2 * ROWS
    assert np.array_equal(side, np.repeat([0, 1], ROWS))
    ids = con.execute("SELECT t, rec FROM link_ids ORDER BY i").fetchall()
    assert ids == sorted(ids)
    wrong = con.execute(
        "SELECT count(*) FROM link_rows r JOIN link_ids n USING (i) WHERE r.t <> n.t OR f1 IS NOT NULL "
        "OR f0 <> CASE n.t WHEN 0 THEN replace(rec, 'k', 'x') ELSE 's' || rec END"
    )
    assert wrong.fetchall() == [(0,)]
    assert con.execute("SELECT count(*), count(DISTINCT i) FROM link_rows").fetchall() == [(rows, rows)]


@pytest.mark.parametrize(("once", "left"), [(False, {"crm", "shop", "link_ids"}), (True, {"link_ids"})])
def test_what_is_compared_goes_where_nobody_needs_it_again(
    once: bool, left: set[str], con: duckdb.DuckDBPyConnection
) -> None:
    tables = numbered(con, once)
    stage(con, tables)

    release(con, tables)

    assert left <= {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert bool(con.execute("FROM duckdb_views() WHERE view_name = 'link_rows'").fetchall()) is not once
    assert con.execute("SELECT count(*) FROM link_ids").fetchall() == [(2 * ROWS,)]


def test_ids_that_several_records_share_are_told(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE TABLE crm AS SELECT (n % 7)::VARCHAR || repeat(' ', n % 2) AS no, 'x' AS name FROM range(12) t(n)"
    )
    table = Table("crm", "crm", parse({"id": "no", "last name": "name"}, ["crm"])["crm"])

    with pytest.raises(RepeatedIds, match="several records of crm share one id: 0, 1, 2, 3") as told:
        stage(con, [table])

    assert told.value.table is table


def test_blanks_go_wherever_trim_takes_them(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE TABLE texts AS SELECT CASE k WHEN 0 THEN chr(c) || 'a' WHEN 1 THEN 'a' || chr(c) WHEN 2 THEN chr(c) "
        "ELSE 'a' || chr(c) || 'b' END AS v FROM (SELECT n::INTEGER AS c FROM range(1, 13000) t(n)), range(4) u(k)"
    )
    con.execute("INSERT INTO texts VALUES (NULL), (''), ('   ')")

    assert con.execute(f"SELECT v FROM texts WHERE {trimmed('v')} IS DISTINCT FROM trim(v)").fetchall() == []
