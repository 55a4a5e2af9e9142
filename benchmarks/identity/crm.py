"""A generated CRM pair: floor, identity, the same people as a table, and Splink, each in a process of its own.

| part | what it does |
|---|---|
| floor | reads the columns, joins three times on plain lower-case keys |
| identity | who is who over a frame, as `trueup check` does it: companies, then people, with grades and evidence |
| table | the people as one file through `trueup match table`, everything chosen by the data |
| splink | the same file and columns through Splink on DuckDB, general settings, where it is installed |
| splink, our comparisons | the same with the plain ladders, weights and rules of `match export`, trained by us |
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.identity import people as generator
from benchmarks.identity.tables import ours_on, score_file, timed

TABLES = (
    "record_person",
    "record_company",
    "record_deal",
    "record_activity",
    "record_owner",
    "association",
    "gone",
    "stored_link",
    "decision",
    "snapshot",
)
COLUMNS = """id: ref
first name: first_name
last name: last_name
e-mail: email
phone: [phone, mobile]
organisation: company_name
city: city
country: country
postcode: postcode
other text: title
"""


def measure(people: int, seed: int, splink: str | None, keep: Path | None = None) -> Iterator[dict[str, Any]]:
    """One row for each part, as it is done. In `keep` the pair stays for the next time."""
    with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder:
        file, table = (str(made) for made in pair(people, seed, keep or Path(folder)))
        columns, out = f"{folder}/c.yaml", f"{folder}/o.csv"
        Path(columns).write_text(COLUMNS, encoding="utf-8")
        floor_ = in_process("floor", file)
        yield floor_
        for row in _beside(file, table, columns, out, splink):
            yield row | {"x_floor_cpu": round(row["cpu_s"] / max(floor_["cpu_s"], 1e-9), 1)}


def _beside(file: str, table: str, columns: str, out: str, splink: str | None) -> Iterator[dict[str, Any]]:
    """What is measured beside the floor."""
    yield in_process("identity", file)
    yield in_process("table", table, columns, out) | score_file(table, "ref", "entity", out)
    if splink:
        here = Path(__file__).resolve().parent
        # Splink takes one column a role: of two phones the first.
        Path(columns).write_text(COLUMNS.replace("[phone, mobile]", "phone"), encoding="utf-8")
        cost = timed([splink, str(here / "splink_table.py"), columns, out, table])
        yield {"part": "splink", **cost, **score_file(table, "ref", "entity", out)}
        cost = timed(ours_on(splink, [table], Path(columns), "ref", Path(out)))
        yield {"part": "splink, our comparisons", **cost, **score_file(table, "ref", "entity", out)}


def pair(people: int, seed: int, folder: Path) -> tuple[Path, Path]:
    """The pair of this size and seed in a folder, made where it is not there: a frame, and its people as one table.

    The name tells the generator too, so that another one's pair is never taken for this one's.
    """
    made_by = hashlib.sha256(Path(generator.__file__).read_bytes()).hexdigest()[:8]
    name = f"crm-{people}-seed{seed}-{made_by}"
    frame, table = folder / f"{name}.duckdb", folder / f"{name}.csv"
    if not table.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as half:
            con = duckdb.connect(f"{half}/frame", config={"memory_limit": "1GB", "threads": "2"})
            generator.fill(con, generator.stream(people, seed))
            con.execute(
                "COPY (SELECT p.*, t.entity FROM record_person p JOIN truth t ON t.kind = 'person' AND t.ref = p.ref "
                f"ORDER BY hash(p.ref)) TO '{half}/table' (FORMAT csv, HEADER)"
            )
            con.close()
            Path(half, "frame").replace(frame)
            Path(half, "table").replace(table)
    return frame, table


def in_process(name: str, *files: str) -> dict[str, Any]:
    """One part, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.identity", "part", name, *files], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"part": name, **found}


def _cost(start: float) -> dict[str, float]:
    return {
        "wall_s": round(time.perf_counter() - start, 2), "cpu_s": round(time.process_time(), 2), "peak_mb": peak_mb(),
    }  # fmt: skip


def peak_mb() -> int:
    """The most memory that this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def frame(file: str) -> duckdb.DuckDBPyConnection:
    """The frame of a pair, within the engine's bounds."""
    spill = f"{tempfile.gettempdir()}/trueup-bench-spill"
    con = duckdb.connect(config={"threads": "2", "memory_limit": "1GB", "temp_directory": spill})
    _load(con, file)
    return con


def _load(con: duckdb.DuckDBPyConnection, file: str) -> None:
    con.execute("SET checkpoint_threshold = '1TB'")  # as the frame of a check has it
    con.execute(f"ATTACH '{file}' AS stored (READ_ONLY)")
    for name in (*TABLES, "truth"):
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM stored.{name}")
    con.execute("DETACH stored")


def floor(file: str) -> dict[str, Any]:
    """Read the columns and join three times on plain lower-case keys."""
    start = time.perf_counter()
    con = duckdb.connect(config={"threads": "2"})
    _load(con, file)
    read = time.perf_counter() - start
    for key in ("lower(email)", "phone", "lower(first_name || ' ' || last_name || company_name)"):
        con.execute(
            f"CREATE OR REPLACE TABLE pairs AS WITH k AS (SELECT ref, {key} AS key FROM record_person "
            f"WHERE {key} IS NOT NULL QUALIFY count(*) OVER (PARTITION BY key) <= 40) "
            "SELECT a.ref AS a, b.ref AS b FROM k a JOIN k b USING (key) WHERE a.ref < b.ref"
        )
    cost = _cost(start)
    return {**cost, "steps_s": {"reading": round(read, 2), "joining": round(cost["wall_s"] - read, 2)}}


def identity(file: str) -> dict[str, Any]:
    """Identity from the frame, with its accuracy by grade."""
    from trueup.model.policy import Policy
    from trueup.reconcile import identity as engine

    start = time.perf_counter()
    con = frame(file)
    read = time.perf_counter() - start
    engine.resolve(con, Policy(systems={}))
    cost = _cost(start)
    grades = con.execute(
        "SELECT m.grade, count(*), sum((x.entity <> y.entity)::INT) FROM match m "
        "JOIN truth x ON x.kind = m.kind AND x.ref = m.left_ref "
        "JOIN truth y ON y.kind = m.kind AND y.ref = m.right_ref "
        "WHERE m.kind = 'person' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    left_out = con.execute("SELECT sum(pairs)::BIGINT, sum(pairs_left_out)::BIGINT FROM blocking").fetchall()[0]
    return {
        **generator.scores(con, "person"), **cost, "read_s": round(read, 2),
        "companies": generator.scores(con, "company"), "wrong_by_grade": {g: [wrong, n] for g, n, wrong in grades},
        "pairs_by_rules": left_out[0], "pairs_left_out": left_out[1],
    }  # fmt: skip


def table(file: str, columns: str, out: str) -> dict[str, Any]:
    """The people as a file through `trueup match table`, with where the time went."""
    start = time.perf_counter()
    from trueup.commands.match_table import match_table

    done = match_table([Path(file)], Path(columns), Path(out))
    cost = _cost(start)
    steps = {step: round(took, 2) for step, took in done.seconds.items()}
    steps["reading and writing"] = round(cost["wall_s"] - sum(steps.values()), 2)
    return {**cost, "steps_s": steps, "pairs": done.pairs, "left_out": done.left_out, "largest": done.largest}
