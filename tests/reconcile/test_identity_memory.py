"""The engine puts aside what it holds while it is not asked for anything, and is as it was afterwards."""

from pathlib import Path

import duckdb
import pytest

from trueup.reconcile.identity import memory


def _held(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()[0][0])


def _filled(spill: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"memory_limit": "60MB", "threads": "1", "temp_directory": spill})
    con.execute("CREATE TABLE filled AS SELECT i, hash(i) AS h FROM range(2500000) t(i)")
    return con


def _sums(con: duckdb.DuckDBPyConnection) -> object:
    return con.execute("SELECT count(*), sum(i), bit_xor(h), current_setting('memory_limit') FROM filled").fetchall()


def test_half_of_the_limit_is_given_back_and_the_tables_and_the_limit_stay(tmp_path: Path) -> None:
    con = _filled(str(tmp_path / "spill"))
    before = _sums(con)
    assert _held(con) > 32_000_000

    memory.give_back(con, rest=True)

    assert _held(con) <= 30_000_000
    assert _sums(con) == before


@pytest.mark.parametrize("rest", [True, False])
def test_where_nothing_can_be_put_aside_everything_stays(rest: bool) -> None:
    con = _filled("")
    before = _sums(con)

    memory.give_back(con, rest=rest)

    assert _held(con) > 32_000_000
    assert _sums(con) == before
