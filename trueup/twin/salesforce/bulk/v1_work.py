"""The work of Bulk 1.0 batches: queries cut by primary key, rows read in three languages. [reference 9.4]"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from ..errors import ApiError
from ..soql.parser import parse
from ..soql.planner import Plan
from . import extract, ingest
from .csvtext import BadFile, read
from .jobs import Batch, Job, Work
from .v1text import BulkError
from .v1xml import read_records, records_to_xml
from .v1zip import fill, unpack

QUERIES = frozenset({"query", "queryAll"})
_RECORDS = 10_000
NOTHING_FOUND = b"Records not found for this query"


def work_of(batch: Batch) -> Work:
    """What is to be done for a batch."""
    return lambda job, now: _process(job, batch, now)


def _process(job: Job, batch: Batch, now: datetime) -> None:
    """Do a batch; what is wrong with it is its own affair."""
    batch.changed = now
    try:
        if job.operation in QUERIES:
            _query(job, batch, now)
        else:
            _ingest(job, batch)
        if batch.state == "Queued":
            batch.state = "Completed"
    except (BadFile, BulkError) as exc:
        batch.state, batch.message = "Failed", getattr(exc, "message", str(exc))
        if isinstance(exc, BulkError):
            batch.message = f"{exc.code} : {exc.message}"
    except ApiError as exc:
        if exc.message == extract.NESTED.format("Bulk V2 Query"):
            batch.state, batch.message = "Failed", f"FeatureNotEnabled : {extract.NESTED.format('Bulk Query')}"
            return
        code = "FUNCTIONALITY_NOT_ENABLED" if exc.code == "API_ERROR" else exc.code
        batch.state, batch.message = "Failed", f"InvalidBatch : Failed to process query: {code}: {exc.message}"
        if code == "FUNCTIONALITY_NOT_ENABLED":
            batch.message = f"{code}: {exc.message}"


# -- queries


def _query(job: Job, batch: Batch, now: datetime) -> None:
    root = parse(batch.body.decode("utf-8", "replace")).source
    if root.lower() != job.sobject.lower():
        text = (
            f"The root entity of the requested query ({root}) does not match the entity of the requested Bulk API Job"
        )
        raise ApiError("INVALID_TYPE_FOR_OPERATION", f"{text} ({job.sobject})")
    plan = extract.check(job.call, batch.body.decode("utf-8", "replace"), job.operation == "queryAll")
    rows = list(extract.rows_of(job.call, plan))
    if not job.chunk:
        _finish(job, batch, plan, rows)
        return
    batch.state = "NotProcessed"
    table = job.call.org.store.con.execute(f'SELECT rowid FROM "{plan.sobject.name}" ORDER BY "Id"')
    place = {row[0]: k for k, row in enumerate(table)}
    for start in range(0, max(len(place), 1), job.chunk):
        inside = [r for r in rows if start <= place[r] < start + job.chunk]
        part = Batch(job.call.org.jobs.next_id("751"), job.id, batch.body, now, changed=now)
        job.batches.append(part)
        _finish(job, part, plan, inside)
        part.state = "Completed"


def _finish(job: Job, batch: Batch, plan: Plan, rows: list[int]) -> None:
    batch.result_id = job.call.org.jobs.next_id("752")
    batch.processed = len(rows)
    if job.written == "JSON":
        batch.result = orjson.dumps(extract.to_records(job.call, plan, rows))
    elif job.written == "XML":
        batch.result = records_to_xml(extract.to_records(job.call, plan, rows))
    else:
        batch.result = extract.to_csv(job.call, plan, rows) if rows else NOTHING_FOUND


def _ingest(job: Job, batch: Batch) -> None:
    call = job.call
    made = call.org.schema.objects[job.sobject]
    rows: list[dict[str, Any]]
    body, files = unpack(batch.body) if job.zipped else (batch.body, {})
    header: list[str] = []
    if job.written == "JSON":
        try:
            rows = orjson.loads(body)
        except orjson.JSONDecodeError as exc:
            raise BulkError("InvalidBatch", f"Failed to parse JSON: {exc}") from None
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise BulkError("InvalidBatch", "a batch is a list of objects")
    elif job.written == "XML":
        rows = read_records(body)
    else:
        header, cells = read(body, ",", None)
        if not cells and job.operation != "insert":
            raise BulkError("ClientInputError", "the batch holds no records")
        ingest.check_header(call.org, call.actor, made, header, job.operation)
        rows = [ingest.values_of(header, row) for row in cells]
    if files:
        rows = [fill(row, files) for row in rows]
    if len(rows) > _RECORDS:
        raise BulkError("InvalidBatch", f"Records not processed: a batch holds at most {_RECORDS} records")
    batch.done = ingest.run(call.org, call.actor, made, job.operation, job.key or "Id", rows, header)
    batch.processed = len(rows)
