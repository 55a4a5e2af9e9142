"""Bulk jobs outlive the process: their facts in the org's database, their results as files beside it.

A job that was waiting goes on waiting after a start; finished ones keep their results for their seven days.
"""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from ..errors import ApiError
from ..limits import Usage
from ..org import Actor, Org
from ..rest.call import Call
from .extract import Result
from .ingest import Done
from .jobs import Batch, Job

_PLAIN: tuple[str, ...] = (
    "id",
    "kind",
    "operation",
    "sobject",
    "state",
    "key",
    "query",
    "delimiter",
    "ending",
    "content_type",
)
_PLAIN += ("concurrency", "chunk", "message", "header", "rows")
_BATCH_PLAIN = ("id", "job_id", "state", "message", "result_id", "processed")


class Keeper:
    """Saves the jobs that a call changed, and brings all of them back at the start."""

    def __init__(self, org: Org, usage: Usage, folder: Path) -> None:
        self.org, self.usage, self.folder = org, usage, folder
        self._saved: dict[str, tuple[Any, ...]] = {}
        org.store.con.execute("CREATE TABLE IF NOT EXISTS _job (id TEXT PRIMARY KEY, facts BLOB, content BLOB)")
        org.jobs.on_pause, org.jobs.on_drop = self.save, self.drop

    def save(self) -> None:
        """Write down the jobs that were touched and are not as they were saved."""
        jobs = self.org.jobs
        if not jobs.touched:
            return
        for job in list(jobs.touched.values()):
            now = _signature(job)
            if self._saved.get(job.id) != now and jobs.find(job.id, job.kind) is not None:
                self._write(job)
                self._saved[job.id] = now
        jobs.touched.clear()
        self.org.store.remember("jobs-made", str(jobs.made))

    def _write(self, job: Job) -> None:
        facts = {name: getattr(job, name) for name in _PLAIN}
        facts |= {name: _moment(getattr(job, name)) for name in ("made", "started", "changed")}
        actor = job.call.actor
        facts["call"] = [actor.user_id, dict(actor.options), job.call.version, job.call.base_url]
        facts["done"] = [_done(d) for d in job.done]
        facts["batches"] = [self._batch(job, b) for b in job.batches]
        facts["has_result"] = job.result is not None
        if job.result is not None:
            self._keep(job.result, job.id)
        self.org.store.con.execute(
            "INSERT OR REPLACE INTO _job VALUES (?, ?, ?)", (job.id, orjson.dumps(facts), job.content)
        )

    def _batch(self, job: Job, batch: Batch) -> dict[str, Any]:
        out = {name: getattr(batch, name) for name in _BATCH_PLAIN}
        out |= {"made": _moment(batch.made), "changed": _moment(batch.changed)}
        out["body"] = base64.b64encode(batch.body).decode()
        out["done"] = [_done(d) for d in batch.done]
        out["bytes"] = base64.b64encode(batch.result).decode() if isinstance(batch.result, bytes) else None
        out["has_result"] = isinstance(batch.result, Result)
        if isinstance(batch.result, Result):
            self._keep(batch.result, f"{job.id}-{batch.id}")
        return out

    def _keep(self, result: Result, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        result.keep(self.folder / f"{name}.csv")

    def drop(self, job: Job) -> None:
        """A job was removed: so are its row and its files."""
        self._saved.pop(job.id, None)
        self.org.jobs.touched.pop(job.id, None)
        self.org.store.con.execute("DELETE FROM _job WHERE id = ?", (job.id,))
        for file in self.folder.glob(f"{job.id}*"):
            file.unlink(missing_ok=True)

    def load(self) -> None:
        """Bring the jobs back."""
        from . import v1_work, v2_ingest, v2_query

        jobs = self.org.jobs
        jobs.made = int(self.org.store.meta("jobs-made") or 0)
        for raw, content in self.org.store.con.execute("SELECT facts, content FROM _job ORDER BY id").fetchall():
            facts = orjson.loads(raw)
            job = self._job(facts, content)
            jobs.add(job)
            self._saved[job.id] = _signature(job)
            if job.kind == "v1":
                for batch in job.batches:
                    if batch.state == "Queued":
                        jobs.wait(job, v1_work.work_of(batch))
            elif job.state in {"UploadComplete", "InProgress"}:
                jobs.wait(job, v2_query.run_query if job.kind == "query" else v2_ingest.run_ingest)
        jobs.touched.clear()

    def _job(self, facts: dict[str, Any], content: bytes | None) -> Job:
        user, options, version, base_url = facts["call"]
        actor = Actor(user, options=options)
        call = Call(self.org, self.usage, actor, "POST", "", {}, {}, b"", version, base_url)
        made = _read(facts["made"])
        assert made is not None
        job = Job(call=call, made=made, content=content, **{n: facts[n] for n in _PLAIN})
        job.started, job.changed = _read(facts["started"]), _read(facts["changed"])
        job.done = [_undone(d) for d in facts["done"]]
        job.batches = [self._read_batch(job.id, b) for b in facts["batches"]]
        job.result = Result.kept(self.folder / f"{job.id}.csv") if facts["has_result"] else None
        return job

    def _read_batch(self, job_id: str, facts: dict[str, Any]) -> Batch:
        made = _read(facts["made"])
        assert made is not None
        batch = Batch(
            body=base64.b64decode(facts["body"]),
            made=made,
            changed=_read(facts["changed"]),
            **{n: facts[n] for n in _BATCH_PLAIN},
        )
        batch.done = [_undone(d) for d in facts["done"]]
        if facts["bytes"] is not None:
            batch.result = base64.b64decode(facts["bytes"])
        elif facts["has_result"]:
            batch.result = Result.kept(self.folder / f"{job_id}-{batch.id}.csv")
        return batch


def _signature(job: Job) -> tuple[Any, ...]:
    """What tells cheaply whether a job is as it was."""
    parts = tuple((b.state, b.result_id) for b in job.batches)
    return (job.state, job.changed, job.started, job.content is None, len(job.done), job.result is None, parts)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _done(done: Done) -> list[Any]:
    return [done.id, done.created, None if done.error is None else _error(done.error)]


def _error(error: ApiError) -> list[Any]:
    return [error.code, error.message, error.fields, [_error(e) for e in error.more]]


def _undone(given: list[Any]) -> Done:
    return Done(given[0], given[1], None if given[2] is None else _unerror(given[2]))


def _unerror(given: list[Any]) -> ApiError:
    code, message, fields, more = given
    return ApiError(code, message, fields=fields, more=[_unerror(e) for e in more])
