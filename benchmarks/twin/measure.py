"""Making, starting, asking, and the memory of it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.served import Served
from benchmarks.twin.floors import Bare, from_sqlite
from benchmarks.twin.reads import HubSpot, Read, Salesforce, Sent

_LEAST_TIMES = 3


@dataclass(frozen=True, slots=True)
class Timed:
    """Many requests of one sort, one after another. Times in seconds; `cpu` is that of the process that answers."""

    each: list[float]
    records: int
    body: bytes = b""
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.each) / sum(self.each)

    def quantile(self, share: float) -> float:
        """The time within which that share of the requests was answered."""
        ordered = sorted(self.each)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(work: Callable[[], Sent], seconds: float, cpu: Callable[[], float] = lambda: 0.0) -> Timed:
    """Repeat for so many seconds, and at least three times; the first, which warms caches, is not counted."""
    work()
    used = cpu()
    each: list[float] = []
    records = 0
    body = b""
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds or len(each) < _LEAST_TIMES:
        start = time.perf_counter()
        sent = work()
        each.append(time.perf_counter() - start)
        records, body = records + sent.records, sent.body
    return Timed(each, records, body, cpu() - used)


def memory(pid: int) -> tuple[float, float]:
    """MB that the process holds now and has held at most, as the kernel counts."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    told = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return int(told["VmRSS"]) / 1024, int(told["VmHWM"]) / 1024


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far, in the kernel's steps of a hundredth."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def of_size(people: int, seed: int, state: Path, world: Path, seconds: float) -> None:
    """Make the world if it is not there, start the twin over it, ask, and print."""
    new = not (state / "world.json").exists()
    if new:
        with Served(state, people, seed, world) as twin:
            told = memory(twin.process.pid)[1]
            print(f"made and served in {twin.started_s:,.0f} s, {told:,.0f} MB at most")
    with Served(state, people, seed, world) as twin:
        rows = sum(twin.ready["made"]["rows"].values())
        files = sum(f.stat().st_size for f in state.glob("*.db")) / 1e6
        print(f"{people:,} people, {rows:,} rows of both sides, {files:,.0f} MB of disk")
        print(f"started from its state in {twin.started_s:.1f} s, {memory(twin.process.pid)[0]:,.0f} MB held")
        salesforce = Salesforce(twin.ready["salesforce"])
        _table("Salesforce", salesforce.reads(), seconds, twin.process.pid)
        read, job_s, read_s = salesforce.bulk()
        floor = from_sqlite(state, read)
        print(
            f"Bulk 2.0 of {read:,} contacts: job {job_s:.1f} s, results {read_s:.1f} s: {read / (job_s + read_s):,.0f}"
            f" records/s; SQLite alone {floor:,.0f} ({floor * (job_s + read_s) / read:.1f} ×)"
        )
        _table("HubSpot", HubSpot(twin.ready["hubspot"]).reads(), seconds, twin.process.pid)
        held, most = memory(twin.process.pid)
        print(f"\nafter all that {held:,.0f} MB held, {most:,.0f} MB at most")


def _table(side: str, reads: dict[str, Read], seconds: float, pid: int) -> None:
    head = f"{'requests/s':>11}{'records/s':>11}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>8}{'bare/s':>9}{'× bare':>8}"
    print(f"\n{side:<34}{head}")
    measured = {name: timed(read, seconds, lambda: cpu_of(pid)) for name, read in reads.items()}
    bare = Bare({str(n): one.body for n, one in enumerate(measured.values())})
    http = requests.Session()
    http.trust_env = False
    for n, (name, one) in enumerate(measured.items()):
        floor = timed(lambda n=n: _sent(http.get(f"{bare.url}/{n}", timeout=60)), min(seconds, 1.0))  # type: ignore[misc]
        print(
            f"{name:<34}{one.rate:>11,.0f}{one.rate * one.records / len(one.each):>11,.0f}"
            f"{statistics.median(one.each) * 1000:>9.1f}{one.quantile(0.95) * 1000:>9.1f}"
            f"{one.cpu / len(one.each) * 1000:>8.1f}{floor.rate:>9,.0f}{floor.rate / one.rate:>8.1f}",
            flush=True,
        )
    http.close()
    bare.close()


def _sent(answer: requests.Response) -> Sent:
    # The client reads what it gets in both cases: parsing is the client's cost, not the twin's.
    if answer.content:
        answer.json()
    return Sent(0, answer.content)
