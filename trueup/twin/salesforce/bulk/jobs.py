"""The jobs of the org and their clockwork.

A job waits `bulk_wait_s` seconds of the twin's clock (a switch; 0: none): half of it queued, half of it in progress.
The work itself is done once, as soon as its time has come and anybody calls, so an idle twin does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import ApiError
from ..ids import canonical, make_id
from ..values import print_datetime

if TYPE_CHECKING:  # the org holds the jobs, and these know the org
    from ..rest.call import Call
    from .extract import Result
    from .ingest import Done

_KEPT = timedelta(days=7)


@dataclass(slots=True)
class Batch:
    """One batch of a Bulk 1.0 job."""

    id: str
    job_id: str
    body: bytes
    made: datetime
    state: str = "Queued"
    message: str | None = None
    done: list[Done] = field(default_factory=list)
    result: Result | bytes | None = None
    result_id: str = ""
    processed: int = 0
    changed: datetime | None = None

    @property
    def failed(self) -> int:
        """Rows that were refused."""
        return sum(1 for d in self.done if d.error is not None)


@dataclass(slots=True)
class Job:
    """One job of either API; `call` is the call that made it: its user, version and options stay the job's own."""

    id: str
    kind: str  # ingest, query, v1
    call: Call
    operation: str
    sobject: str
    made: datetime
    state: str = "Open"
    key: str = ""
    query: str = ""
    delimiter: str = "COMMA"
    ending: str = "LF"
    content_type: str = "CSV"
    concurrency: str = "Parallel"
    chunk: int = 0
    content: bytes | None = None
    started: datetime | None = None
    changed: datetime | None = None
    message: str | None = None
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    result: Result | None = None
    batches: list[Batch] = field(default_factory=list)

    def move(self, state: str, now: datetime) -> None:
        """Go to another state."""
        if state != self.state:
            self.state, self.changed = state, now

    @property
    def failed(self) -> int:
        """Rows that were refused."""
        return sum(1 for d in self.done if d.error is not None)

    @property
    def written(self) -> str:
        """The language of its rows: CSV, JSON or XML, zipped or not."""
        return self.content_type.removeprefix("ZIP_")

    @property
    def zipped(self) -> bool:
        """Whether its batches are zips with files."""
        return self.content_type != self.written

    def created(self) -> str:
        """When the job was made, as REST prints it."""
        return print_datetime(self.made)

    def stamp(self) -> str:
        """When its state last moved."""
        return print_datetime(self.changed or self.made)


Work = Callable[[Job, datetime], None]


class Jobs:
    """All jobs, kept seven days."""

    def __init__(self) -> None:
        self._all: dict[str, Job] = {}
        self._waiting: list[tuple[Job, Work]] = []
        self.made = 0
        self.touched: dict[str, Job] = {}
        self.on_pause: Callable[[], None] = lambda: None
        self.on_drop: Callable[[Job], None] = lambda _job: None

    def next_id(self, prefix: str) -> str:
        """An id for a job (750), batch (751) or result (752)."""
        self.made += 1
        return make_id(prefix, 62**4 + self.made)

    def add(self, job: Job) -> None:
        """Keep a job."""
        self._all[job.id] = job
        self.touched[job.id] = job

    def find(self, job_id: str, kind: str) -> Job | None:
        """Find a job by its id of 15 or 18 characters."""
        job = self._all.get(canonical(job_id) or job_id)
        if job is None or job.kind != kind:
            return None
        self.touched[job.id] = job
        return job

    def of(self, kind: str) -> list[Job]:
        """All jobs of a kind, newest first."""
        return sorted((j for j in self._all.values() if j.kind == kind), key=lambda j: j.id, reverse=True)

    def drop(self, job: Job) -> None:
        """Forget a job and its results."""
        del self._all[job.id]
        self.on_drop(job)
        self._forget(job)

    @staticmethod
    def _forget(job: Job) -> None:
        for kept in (job.result, *(b.result for b in job.batches)):
            if kept is not None and not isinstance(kept, bytes):
                kept.close()

    def later(self, job: Job, work: Work, now: datetime) -> None:
        """Have a job's work done when its time has come."""
        job.started = now
        self.wait(job, work)

    def wait(self, job: Job, work: Work) -> None:
        """Have a job's work done when the time has come that it was started for."""
        self._waiting.append((job, work))
        self.touched[job.id] = job

    def tick(self, now: datetime, wait_s: float) -> None:
        """Do what is due; drop what is too old."""
        if not self._waiting and not self._all:
            return
        left: list[tuple[Job, Work]] = []
        for job, work in self._waiting:
            self.touched[job.id] = job
            since = (now - (job.started or now)).total_seconds()
            if job.state == "Aborted":
                continue
            if since < wait_s:
                if job.kind != "v1" and since >= wait_s / 2:
                    job.move("InProgress", now)
                left.append((job, work))
                continue
            try:
                work(job, now)
            except ApiError as exc:
                job.message = f"{exc.code} : {exc.message}"
                job.move("Failed", now)
        self._waiting = left
        for job in [j for j in self._all.values() if now - j.made > _KEPT]:
            self.drop(job)

    def close(self) -> None:
        """Let everything go; what is kept on disk stays there."""
        for job in self._all.values():
            self._forget(job)
        self._all.clear()
