"""Measure identity: `python benchmarks/identity/run.py crm --people 100000` (or `sets`).

`crm` makes a seeded CRM pair in a file, then runs two fresh processes over it, one after the other: the floor
(read the columns, three key joins) and the whole of identity. `sets` runs the labelled sets beside the repository
through the same engine, their columns named as ours. One JSON line a measurement.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import people as generator

from trueup.model.policy import Policy
from trueup.reconcile import identity

SETS = Path(__file__).resolve().parents[3] / "shared" / "benchmarks" / "er"
TABLES = (
    "record_person",
    "record_company",
    "record_deal",
    "record_owner",
    "gone",
    "stored_link",
    "decision",
    "snapshot",
    "truth",
)


def load(con: duckdb.DuckDBPyConnection, file: str) -> None:
    """Copy the frame from the file, as loading from the store would."""
    con.execute(f"ATTACH '{file}' AS stored (READ_ONLY)")
    for table in TABLES:
        con.execute(f"CREATE TABLE {table} AS SELECT * FROM stored.{table}")
    con.execute("DETACH stored")


def floor(file: str) -> dict[str, float]:
    """Read the columns and join three times on plain lower-case keys."""
    con = duckdb.connect()
    start = time.perf_counter()
    load(con, file)
    read = time.perf_counter() - start
    for key in ("lower(email)", "phone", "lower(first_name || ' ' || last_name || company_name)"):
        con.execute(
            f"CREATE OR REPLACE TABLE pairs AS WITH k AS (SELECT ref, {key} AS key FROM record_person "
            f"WHERE {key} IS NOT NULL "
            "QUALIFY count(*) OVER (PARTITION BY key) <= 40) SELECT a.ref AS a, b.ref AS b "
            "FROM k a JOIN k b USING (key) WHERE a.ref < b.ref"
        )
    total = time.perf_counter() - start
    con.close()
    return {"read_s": read, "floor_s": total, "cpu_s": time.process_time(), "peak_mb": peak()}


def whole(file: str) -> dict[str, Any]:
    """Identity from the frame, with its accuracy."""
    con = duckdb.connect()
    start = time.perf_counter()
    load(con, file)
    read = time.perf_counter() - start
    identity.resolve(con, Policy(systems={}))
    total = time.perf_counter() - start
    memory, cpu = peak(), time.process_time()
    said = {kind: generator.scores(con, kind) for kind in ("person", "company")}
    wrong = con.execute(
        "SELECT count(*) FROM match m JOIN truth x ON x.ref = m.left_ref JOIN truth y ON y.ref = m.right_ref "
        "WHERE m.grade = 'certain' AND x.entity <> y.entity"
    ).fetchall()[0][0]
    left_out = con.execute("SELECT sum(pairs)::BIGINT, sum(pairs_left_out)::BIGINT FROM blocking").fetchall()[0]
    con.close()
    return {"read_s": read, "identity_s": total, "cpu_s": cpu, "peak_mb": memory, **said, "certain_wrong": wrong,
            "pairs_by_rules": left_out[0], "pairs_left_out": left_out[1]}  # fmt: skip


def peak() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def crm(people: int, seed: int) -> None:
    """Make the pair, then measure each part in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/frame.duckdb"
        con = duckdb.connect(file)
        generator.frame(con, *generator.generate(people, seed))
        con.close()
        for part in ("floor", "whole"):
            subprocess.run([sys.executable, __file__, part, file], check=True)


def read_set(file_name: str, columns: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Rows of a labelled set under our column names; `truth` names the column of the true cluster."""
    system = file_name.rpartition(".")[0]
    found = {}
    with (SETS / file_name).open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            taken = {ours: (row[theirs].strip() or None) for ours, theirs in columns.items()}
            found[f"{system}:rows/{number:06d}"] = {"system": system, "object": "rows", **taken}
    return found


_FEBRL = {
    "first_name": "given_name",
    "last_name": "surname",
    "street": "address_1",
    "city": "suburb",
    "postcode": "postcode",
    "birth_date": "date_of_birth",
    "other_code": "soc_sec_id",
    "truth": "cluster",
}


def sets() -> None:
    """F1 on the labelled sets with the shipped weights: a check that nothing is bent to one generator."""
    fake = {"first_name": "first_name", "last_name": "surname", "birth_date": "dob", "city": "city"}
    fake["email"] = "email"
    history = {"first_name": "first_name", "last_name": "surname", "birth_date": "dob", "city": "birth_place",
               "postcode": "postcode_fake", "title": "occupation"}  # fmt: skip
    chicago = {"name": "Site name", "street": "Address", "postcode": "Zip", "phone": "Phone", "truth": "True Id"}
    for name, kind, files, columns in (
        ("febrl3", "person", ["febrl3.csv"], _FEBRL),
        ("febrl4", "person", ["febrl4a.csv", "febrl4b.csv"], _FEBRL),
        ("fake_1000", "person", ["fake_1000.csv"], {**fake, "truth": "cluster"}),
        ("historical_50k", "person", ["historical_50k.csv"], {**history, "truth": "cluster"}),
        ("chicago", "company", ["chicago_early_childhood_sites.csv"], chicago),
    ):
        rows: dict[str, dict[str, Any]] = {}
        for file in files:
            rows.update(read_set(file, columns))
        con = duckdb.connect()
        generator.frame(con, *((rows, {}) if kind == "person" else ({}, rows)))
        start = time.perf_counter()
        identity.resolve(con, Policy(systems={}))
        print(
            json.dumps({"set": name, "s": round(time.perf_counter() - start, 2), **generator.scores(con, kind)}),
            flush=True,
        )
        con.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["crm", "sets", "floor", "whole"])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    if given.what == "crm":
        crm(given.people, given.seed)
    elif given.what == "sets":
        sets()
    else:
        print(json.dumps({given.what: (floor if given.what == "floor" else whole)(given.file)}), flush=True)


if __name__ == "__main__":
    main()
