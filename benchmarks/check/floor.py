"""The floor: the same columns read from the same store into DuckDB, and joined once on e-mail. Nothing else.

Run in a process of its own: `python -m benchmarks.check.floor STORE.db` prints one JSON line.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

import duckdb

_FIELDS = [
    *("first_name", "last_name", "email", "other_emails", "phone", "mobile", "title", "company_name", "company_id"),
    *("website", "linkedin_url", "street", "city", "state", "postcode", "country", "industry", "employee_count"),
    *("original_source", "lifecycle_stage", "owner_id", "foreign_ids"),
]


def main() -> None:
    """Read every live record, tie and stage event; join the people of two systems on e-mail."""
    store = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    con = duckdb.connect(config={"memory_limit": "1GB", "threads": "2"})
    rows = 0
    with tempfile.TemporaryDirectory() as folder:
        for table, query in (
            ("records", "SELECT system, fields FROM records WHERE kind = ? AND NOT deleted AND merged_id IS NULL"),
            ("ties", "SELECT source_id, target_id FROM associations WHERE ? IS NOT NULL"),
            ("stages", "SELECT id, stage FROM stage_events WHERE ? IS NOT NULL"),
        ):
            for kind in ("person", "company", "deal", "activity") if table == "records" else ("all",):
                path = Path(folder, f"{table}_{kind}")
                with path.open("w", encoding="utf-8") as file:
                    for one, two in store.execute(query, (kind,)):
                        file.write(f'{{"s":"{one}",{two[1:]}\n' if table == "records" else f"{one}\t{two}\n")
                        rows += 1
                if table == "records":
                    names = ", ".join(f"{name}: 'VARCHAR'" for name in ("s", *_FIELDS))
                    read = f"read_json('{path}', format='newline_delimited', columns={{{names}}})"
                else:
                    read = f"read_csv('{path}', delim='\t', header=false, quote='', all_varchar=true)"
                con.execute(f"CREATE TABLE {table}_{kind} AS FROM {read}")
                path.unlink()
    matched = con.execute(
        "SELECT count(*) FROM records_person a JOIN records_person b ON lower(a.email) = lower(b.email) AND a.s < b.s"
    ).fetchall()[0][0]
    print(json.dumps({"rows": rows, "matched": matched}))


if __name__ == "__main__":
    main()
