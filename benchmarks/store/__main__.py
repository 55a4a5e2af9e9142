"""A full pull into the store, an incremental one, and the frame: against the floor of the same bytes written raw.

    .venv/bin/python -m benchmarks.store [--people 100000] [--only sqlite|postgresql]

The floor is what the driver needs for the same rows, already encoded, into the same table and key, with no upsert, no
seen-marks and no model types: `executemany` in one transaction (SQLite), COPY (PostgreSQL). It is measured in the same
run, because the machine is shared.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from trueup.model.kinds import FIELDS, Kind
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.store import Store, open_store
from trueup.store.record_rows import COLUMNS, _row
from trueup.store.tables import records

REPO = Path(__file__).resolve().parents[2]
START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 200
SYSTEMS = (("hubspot", "contacts"), ("salesforce", "Contact"))


def people(count: int, system: str, object_: str, *, every: int = 1, version: int = 1) -> list[Page]:
    """Pages of invented people with thirty fields, about a quarter of them blank; `every` nth person only."""
    chance = random.Random(f"{system}{version}")
    names = sorted(FIELDS[Kind.PERSON])[:30]
    made = []
    for number in range(0, count, every):
        fields = {name: f"{name} {chance.randrange(10**8)}" if chance.random() < 0.75 else None for name in names}
        fields["email"] = f"person{number}@example.test"
        at = START + timedelta(seconds=number, days=version)
        scattered = (number * 7_368_787) % 1_000_000_007  # ids do not come in the order of the pages
        made.append(Record(Ref(system, object_, f"{scattered:018}"), Kind.PERSON, fields, f"v{version}", at))
    return [Page(records=tuple(made[start : start + PAGE])) for start in range(0, len(made), PAGE)]


def pull(store: Store, pages: list[Page], system: str, object_: str, *, full: bool) -> float:
    """Seconds from the first page to the moved mark."""
    seen = sum(len(page.records) for page in pages)
    begun = time.perf_counter()
    writer = store.begin(system, object_, full, datetime.now(UTC))
    for page in pages:
        writer.add(page)
    writer.finish(PullSummary(HighWater("mark"), True, full, seen))
    return time.perf_counter() - begun


def floor(store: Store, pages: list[Page]) -> float:
    """Seconds for the same rows, encoded beforehand, into an empty table of the same shape, by the driver alone."""
    rows = [_row(record, 1) for page in pages for record in page.records]
    table = records.to_metadata(sa.MetaData(), name="floor_records")
    for constraint in table.constraints:
        constraint.name = f"floor_{constraint.name}"
    with store.database.write() as connection:
        table.create(connection)
    listed = ", ".join(COLUMNS)
    begun = time.perf_counter()
    with store.database.write() as connection:
        driver = connection.connection.driver_connection
        if store.database.sqlite:
            driver.executemany(f"INSERT INTO floor_records ({listed}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        else:
            with driver.cursor() as cursor, cursor.copy(f"COPY floor_records ({listed}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    taken = time.perf_counter() - begun
    with store.database.write() as connection:
        table.drop(connection)
    return taken


def size_mb(store: Store) -> float:
    """What the records occupy, with their index."""
    if store.database.sqlite:
        with store.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(str(store.database.engine.url.database)).stat().st_size / 1e6
    with store.database.read() as connection:
        return float(connection.scalar(sa.text("SELECT pg_total_relation_size('records')")) or 0) / 1e6


def frame(url: str) -> dict[str, float]:
    """Load the frame in a process of its own, for an honest peak of memory."""
    out = subprocess.run(
        [sys.executable, "-m", "benchmarks.store", "--frame-of", url],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(out.stdout))


def load_frame(url: str) -> None:
    """The other process: load, and print seconds, peak megabytes and rows."""
    import duckdb

    from trueup.store import columns

    with open_store(url, create=False) as store:
        con = duckdb.connect()
        before = peak_mb()
        begun = time.perf_counter()
        columns.load(store, con)
        taken = time.perf_counter() - begun
        peak = peak_mb()
        (rows,) = con.execute("SELECT count(*) FROM record_person").fetchone() or (0,)
    print(json.dumps({"seconds": taken, "peak_mb": peak, "before_mb": before, "rows": rows}))


def peak_mb() -> float:
    """The most memory this process ever had. (`getrusage` would begin with what the parent had.)"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(name: str, url: str, count: int) -> None:
    """One database: floor, full pull, full pull again over what is there, one per cent, the frame."""
    with open_store(url) as store:
        pages = people(count, *SYSTEMS[0])
        raw = floor(store, pages)
        first = pull(store, pages, *SYSTEMS[0], full=True)
        size = size_mb(store)
        again = pull(store, pages, *SYSTEMS[0], full=True)
        changed = people(count, *SYSTEMS[0], every=100, version=2)
        some = pull(store, changed, *SYSTEMS[0], full=False)
        pages = people(count, *SYSTEMS[1])
        pull(store, pages, *SYSTEMS[1], full=True)
        del pages
    loaded = frame(url)
    show(name, "floor: rows by the driver alone", raw, count, raw, count)
    show(
        name,
        "full pull into an empty store",
        first,
        count,
        raw,
        count,
        f"{size:.0f} MB, {size * 1e6 / count:.0f} B a row",
    )
    show(name, "full pull over what is there", again, count, raw, count)
    show(name, "incremental pull of 1 %", some, count // 100, raw, count)
    print(
        f"{name:<11} frame of {loaded['rows']:,} people: {loaded['seconds']:.2f} s, "
        f"{loaded['rows'] / loaded['seconds']:,.0f} rows/s, peak {loaded['peak_mb']:.0f} MB "
        f"({loaded['before_mb']:.0f} MB before)"
    )


def show(name: str, what: str, taken: float, rows: int, raw: float, raw_rows: int, note: str = "") -> None:
    """One line: seconds, rows a second, and how many times the floor's cost a row."""
    ratio = (taken / rows) / (raw / raw_rows)
    print(f"{name:<11} {what:<32} {taken:7.2f} s {rows / taken:>10,.0f} rows/s  x{ratio:.2f} {note}", flush=True)


@contextmanager
def postgresql(folder: str) -> Iterator[str | None]:
    """The URL of a private server, None with a printed reason when there can be none."""
    script = str(REPO / "tools" / "postgresql.sh")
    started = subprocess.run([script, "start", folder], capture_output=True, text=True)
    if started.returncode:
        print(f"postgresql  skipped: {started.stderr.strip()}")
    try:
        yield None if started.returncode else started.stdout.strip()
    finally:
        subprocess.run([script, "stop", folder], capture_output=True)


def main() -> None:
    """Measure both databases."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    options.add_argument("--frame-of", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.frame_of:
        load_frame(asked.frame_of)
        return
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            measure("sqlite", f"sqlite:///{folder}/store.db", asked.people)
    if asked.only != "sqlite":
        with postgresql(tempfile.mkdtemp(prefix="trueup-bench-")) as url:
            if url:
                measure("postgresql", url, asked.people)


if __name__ == "__main__":
    main()
