"""Requests a second and records a second out of the Salesforce twin, and its memory.

`python -m benchmarks.twin` takes 10,000 people; `--people 1000000` takes a million (minutes to make, 6 GB of disk).
The floor of requests is the same server answering a fixed body; the floor of records is SQLite handing the same columns
to the same JSON writer, with no SOQL, no attributes and no HTTP around it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psutil
import requests

FIELDS = "Id, FirstName, LastName, Email, Phone, Title, AccountId, OwnerId, CreatedDate, SystemModstamp"


def _serve(people: int, pipe: Any, folder: str) -> None:
    """The twin in a process of its own, so that its memory is its own."""
    from trueup.twin.kit.serving import Listener, Servers
    from trueup.twin.serve import Twin

    async def fixed(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    start = time.perf_counter()
    with Twin(people, 1, Path(folder)) as twin:
        made = time.perf_counter() - start
        floor = Servers([Listener("floor", fixed)])
        floor.start()
        pipe.send((twin.ready["salesforce"], floor.urls["floor"], made, twin.made["rows"]))
        pipe.recv()
        floor.stop()


def _rate(work: Callable[[], int], seconds: float) -> float:
    """How much a second of work gets done."""
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        done += work()
    return done / spent


class Reader:
    """One client of the twin."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {ready['access_token']}"
        self.url = ready["url"]
        self.root = f"{self.url}/services/data/v59.0"

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(self.root + path, params=query, timeout=600)
        answer.raise_for_status()
        return answer

    def pages(self, limit: int) -> int:
        """Read contacts by query pages; returns the records read."""
        page = self.get("/query", q=f"SELECT {FIELDS} FROM Contact ORDER BY SystemModstamp, Id LIMIT {limit}").json()
        read = len(page["records"])
        while not page["done"]:
            page = self.http.get(self.url + page["nextRecordsUrl"], timeout=600).json()
            read += len(page["records"])
        return read

    def bulk(self) -> int:
        """Read all contacts by Bulk 2.0; returns the records read."""
        body = {"operation": "query", "query": f"SELECT {FIELDS} FROM Contact"}
        job = self.http.post(f"{self.root}/jobs/query", json=body, timeout=600).json()["id"]
        while self.get(f"/jobs/query/{job}").json()["state"] != "JobComplete":
            time.sleep(0.05)
        read, locator = 0, ""
        while locator != "null":
            answer = self.get(f"/jobs/query/{job}/results", maxRecords=50_000, locator=locator)
            read += sum(1 for _ in csv.reader(io.StringIO(answer.text))) - 1
            locator = answer.headers["Sforce-Locator"]
        return read


def _sqlite_floor(folder: str, limit: int) -> float:
    """Records a second that SQLite and the JSON writer give by themselves."""
    import sqlite3

    con = sqlite3.connect(f"{folder}/salesforce.db")
    names = [n.strip() for n in FIELDS.split(",")]
    columns = ", ".join(f'"{n}"' for n in names)
    sql = f'SELECT {columns} FROM "Contact" WHERE "IsDeleted" = 0 ORDER BY "SystemModstamp", "Id" LIMIT {limit}'
    start, read = time.perf_counter(), 0
    cursor = con.execute(sql)
    while rows := cursor.fetchmany(2000):
        json.loads(orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]))
        read += len(rows)
    spent = time.perf_counter() - start
    con.close()
    return read / spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.twin", description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(asked.people, there, folder))
        process.start()
        ready, floor_url, made, rows = here.recv()
        server = psutil.Process(process.pid)
        idle = server.memory_info().rss
        reader = Reader(ready)
        contacts = int(reader.get("/query", q="SELECT COUNT() FROM Contact").json()["totalSize"])
        one = reader.get("/query", q="SELECT Id FROM Contact LIMIT 1").json()["records"][0]["Id"]
        plain = requests.Session()
        plain.trust_env = False
        floor = _rate(lambda: int(plain.get(floor_url, timeout=60).ok), asked.seconds)
        table: list[tuple[str, float, str, float]] = []

        def measure(name: str, unit: str, least: float, work: Callable[[], int]) -> None:
            table.append((name, _rate(work, asked.seconds), unit, least))

        measure("GET one record", "requests/s", floor, lambda: int(reader.get(f"/sobjects/Contact/{one}").ok))
        ask = f"SELECT Id, Name FROM Contact WHERE Id = '{one}'"
        measure("query of one record", "requests/s", floor, lambda: int(reader.get("/query", q=ask).ok))
        change = json.dumps({"Title": "CTO"})
        patch = f"{reader.root}/sobjects/Contact/{one}"
        headers = {"Content-Type": "application/json"}
        measure(
            "PATCH one record", "requests/s", floor,
            lambda: int(reader.http.patch(patch, data=change, headers=headers, timeout=60).ok),
        )  # fmt: skip
        limit = min(contacts, 200_000)
        records = _sqlite_floor(folder, limit)
        measure("query pages of 2,000", "records/s", records, lambda: reader.pages(limit))
        measure("Bulk 2.0 query", "records/s", records, reader.bulk)
        peak = server.memory_info().rss
        here.send("stop")
        process.join(30)
        files = sum(f.stat().st_size for f in Path(folder).glob("*.db"))
    out = sys.stdout
    out.write(f"people {asked.people:,}, contacts {contacts:,}, rows of both sides {sum(rows.values()):,}\n")
    out.write(f"made in {made:.1f} s; files {files / 2**20:,.0f} MiB\n")
    out.write(f"memory: {idle / 2**20:,.0f} MiB ready, {peak / 2**20:,.0f} MiB after reading everything;")
    out.write(f" this client {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB\n\n")
    out.write(f"{'what':<24}{'measured':>12} {'unit':<12}{'floor':>12}{'ratio':>8}\n")
    for name, value, unit, least in table:
        out.write(f"{name:<24}{value:>12,.0f} {unit:<12}{least:>12,.0f}{least / value:>8.1f}\n")
