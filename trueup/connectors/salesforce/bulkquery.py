"""Bulk 2.0 query jobs: a large object for the price of a handful of calls, whatever its size (reference 9.1).

Jobs are created together and asked about together: the list of jobs tells the state of all of them in one call. Results
are files; each page of them goes to disk before it is read, so that memory does not grow with the org.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import bulkrows
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Row, clock
from trueup.connectors.salesforce.schema import Described
from trueup.errors import TrueupError

ROWS_A_PAGE = 2_000
"""Rows handed on at a time, as a REST page would have."""
_IN_MEMORY = 8_000_000
_CHUNK = 1 << 18
_COMPLETE, _FAILED = "JobComplete", frozenset({"Failed", "Aborted"})
_FIRST_WAIT_S, _ROWS_A_SECOND, _LONGEST_FIRST_S, _LONGEST_S = 1.0, 50_000, 15.0, 30.0


class JobFailed(TrueupError):
    """The job did not come to a result; the object has to be read another way."""


@dataclass(slots=True)
class Job:
    """One query job. `began` is the org's clock when it was created, `announced` how many rows its pages said."""

    described: Described
    text: str
    deleted: bool
    rows: int
    id: str = ""
    began: str | None = None
    state: str = ""
    message: str = ""
    announced: int = 0
    got: int = 0
    calls: int = 0

    @property
    def whole(self) -> bool:
        """Whether as many rows came as its pages announced."""
        return self.got == self.announced


@dataclass(slots=True)
class Jobs:
    """The query jobs of one connection."""

    client: Client
    open: list[Job] = field(default_factory=list)
    waited_s: float = 0.0
    polls: int = 0

    def start(self, job: Job) -> None:
        """Create the job. Raises RefusedError for an object or query that Bulk does not take."""
        started = time.monotonic()
        body = {"operation": "queryAll" if job.deleted else "query", "query": job.text}
        # A job whose answer was lost is one that nobody fetches: it expires, and costs one of thousands a day.
        made = self.client.send("POST", "jobs/query", Effect.READ, json=body)
        job.began = clock(self.client, started=started)
        job.id, job.state = made["id"], made["state"]
        job.calls += 1
        self.open.append(job)

    def pages(self, job: Job) -> Generator[list[Row], None, None]:
        """The job's rows, typed as REST types them, when it has come to its end.

        Raises JobFailed when it came to none.
        """
        self._wait(job)
        locator = ""
        while locator != "null":
            job.calls += 1
            file, locator, announced = self._download(job, locator)
            job.announced += announced
            with file:
                for rows in bulkrows.read(file, job.described, ROWS_A_PAGE):
                    job.got += len(rows)
                    yield rows
        self.open.remove(job)

    def close(self) -> None:
        """Stop the jobs whose results nobody will fetch; best effort."""
        for job in self.open:
            if job.state not in (_COMPLETE, *_FAILED):
                with suppress(TrueupError):
                    self.client.send("PATCH", f"jobs/query/{job.id}", Effect.REPEATABLE, json={"state": "Aborted"})
        self.open.clear()

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _wait(self, job: Job) -> None:
        policy, options = self.client.transport.policy, self.client.options
        pause = min(_LONGEST_FIRST_S, _FIRST_WAIT_S + max(j.rows for j in self.open) / _ROWS_A_SECOND)
        while job.state != _COMPLETE:
            if job.state in _FAILED:
                self.open.remove(job)
                raise JobFailed(f"the Bulk job ended {job.state}: {job.message or 'Salesforce does not say why'}")
            if self.waited_s >= options.bulk_timeout_s:
                raise JobFailed(f"the Bulk job was not ready after {self.waited_s:,.0f} seconds")
            policy.sleep(pause)
            self.waited_s += pause
            pause = min(_LONGEST_S, pause * 1.5)
            self._poll(job)

    def _poll(self, wanted: Job) -> None:
        """One call for the state of every job that is under way; a second only where the list does not hold ours."""
        self.polls += 1
        under_way = [j for j in self.open if j.state != _COMPLETE and j.state not in _FAILED]
        states: dict[str, Any] = {}
        if len(under_way) > 1:
            answer = self.client.get("jobs/query", {"jobType": "V2Query"})
            states = {entry["id"]: entry for entry in answer.get("records", ())}
        for job in under_way:
            entry = states.get(job.id)
            if entry is None and job is wanted:
                entry = self.client.get(f"jobs/query/{job.id}")
            if entry is not None:
                job.state, job.message = entry["state"], entry.get("errorMessage") or ""

    # -- results -------------------------------------------------------------------------------------------------------

    def _download(self, job: Job, locator: str) -> tuple[IO[bytes], str, int]:
        """One page of results on disk, the place of the next one ("null" after the last), and its number of rows.

        A locator is stable: a page that broke off is fetched again whole.
        """
        params = {"maxRecords": str(self.client.options.bulk_page_rows)} | ({"locator": locator} if locator else {})

        def fetch(salesforce: Any) -> tuple[IO[bytes], str, int]:
            response = self.client.stream(salesforce, f"jobs/query/{job.id}/results", params)
            file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (closed by pages)
            try:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
            except BaseException:
                file.close()
                raise
            file.seek(0)
            following = response.headers.get("Sforce-Locator") or "null"
            return file, following, int(response.headers.get("Sforce-NumberOfRecords") or 0)

        return self.client.call(fetch)
