"""Bulk 1.0, `/services/async/NN.0`: older clients still speak it. [reference 9.4; rec cumulusci/TestUpsert...bulk]"""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError, ExpiredSession
from ..rest.call import Answer, Call
from . import ingest
from .csvtext import BadFile, line
from .jobs import Batch, Job
from .v1_work import QUERIES, work_of
from .v1text import (
    BulkError,
    batch_info,
    error_body,
    job_info,
    list_to_xml,
    read_job,
    results_to_xml,
    to_xml,
)
from .v1xml import results_as_xml
from .v2 import without_options

_BYTES = 10_000_000
_PK_DEFAULT, _PK_LIMIT = 100_000, 250_000
_XML, _JSON, _CSV = "application/xml", "application/json", "text/csv"
_SIZE = re.compile(r"chunkSize\s*=\s*(\d+)", re.IGNORECASE)


def serve(call: Call) -> Answer:
    """Answer one call; `call.path` is what follows the version."""
    as_json = "json" in call.headers.get("content-type", "").lower()
    try:
        return _route(call, [p for p in call.path.split("/") if p], as_json)
    except BulkError as exc:
        return refuse(exc, as_json)
    except ApiError as exc:
        return refuse(BulkError(_CODES.get(exc.code, "ClientInputError"), exc.message, exc.status), as_json)


def refuse(error: BulkError, as_json: bool) -> Answer:
    """Print a refusal in the caller's language."""
    return Answer(error.status, error_body(error, as_json), media=_JSON if as_json else _XML)


def bad_session(as_json: bool, exc: ExpiredSession) -> Answer:
    """The session is no session. [live-h; status and text unverified]"""
    del exc
    return refuse(BulkError("InvalidSessionId", "Unable to find session id"), as_json)


def bad_version(as_json: bool, version: str) -> Answer:
    """The version is retired or unknown. [help 000354473: 400 InvalidVersion; text unverified]"""
    return refuse(BulkError("InvalidVersion", f"API version {version} is not supported"), as_json)


_CODES = {"INVALIDENTITY": "InvalidEntity", "NOT_FOUND": "InvalidJob", "REQUEST_LIMIT_EXCEEDED": "ExceededQuota"}


def _route(call: Call, path: list[str], as_json: bool) -> Answer:
    verb = call.method
    match [p.lower() if k % 2 == 0 else p for k, p in enumerate(path)]:
        case ["job"] if verb == "POST":
            return _create(call, as_json)
        case ["job", job_id] if verb in {"GET", "POST"}:
            job = _job(call, job_id)
            if verb == "POST":
                _change(call, job, read_job(call.body, as_json))
            return _show_job(job, as_json, 200)
        case ["job", job_id, "batch"] if verb == "POST":
            return _add(call, _job(call, job_id))
        case ["job", job_id, "batch"] if verb == "GET":
            job = _job(call, job_id)
            rows = [batch_info(b) for b in job.batches]
            if job.written == "JSON":
                return Answer(200, {"batchInfo": rows}, media=_JSON)
            return Answer(200, list_to_xml(rows), media=_XML)
        case ["job", job_id, "batch", batch_id] if verb == "GET":
            job = _job(call, job_id)
            return _show_batch(job, _batch(job, batch_id), 200)
        case ["job", job_id, "batch", batch_id, "request"] if verb == "GET":
            job = _job(call, job_id)
            return Answer(200, _batch(job, batch_id).body, media=_media(job))
        case ["job", job_id, "batch", batch_id, "result"] if verb == "GET":
            job = _job(call, job_id)
            return _result(job, _batch(job, batch_id))
        case ["job", job_id, "batch", batch_id, "result", result_id] if verb == "GET":
            job = _job(call, job_id)
            return _query_result(job, _batch(job, batch_id), result_id)
    raise BulkError("InvalidUrl", f"{verb} {call.path} is no resource of the Bulk API", 404)


def _media(job: Job) -> str:
    return {"JSON": _JSON, "XML": _XML}.get(job.written, _CSV)


def _show_job(job: Job, as_json: bool, status: int) -> Answer:
    facts = job_info(job)
    if as_json:
        return Answer(status, {**facts, "assignmentRuleId": None, "fastPathEnabled": False}, media=_JSON)
    return Answer(status, to_xml("jobInfo", facts), media=_XML)


def _show_batch(job: Job, batch: Batch, status: int) -> Answer:
    if job.written == "JSON":
        return Answer(status, batch_info(batch), media=_JSON)
    return Answer(status, to_xml("batchInfo", batch_info(batch)), media=_XML)


def _job(call: Call, job_id: str) -> Job:
    job = call.org.jobs.find(job_id, "v1")
    if job is None:
        raise BulkError("InvalidJob", f"Unable to find job for id: {job_id}")
    return job


def _batch(job: Job, batch_id: str) -> Batch:
    found = next((b for b in job.batches if b.id[:15] == batch_id[:15]), None)
    if found is None:
        raise BulkError("InvalidBatch", f"Unable to find batch for id: {batch_id}")
    return found


def _create(call: Call, as_json: bool) -> Answer:
    given = read_job(call.body, as_json)
    operation = str(given.get("operation") or "")
    if operation not in QUERIES and operation not in ingest.OPERATIONS:
        raise BulkError("InvalidJob", f"Unknown operation: {operation}")
    made = call.access.sobject(str(given.get("object") or ""))
    if made is None:
        raise BulkError("InvalidEntity", f"Unable to find object: {given.get('object')}")
    kind = str(given.get("contentType") or "XML").upper()
    if kind.removeprefix("ZIP_") not in {"CSV", "JSON", "XML"}:
        raise BulkError("FeatureNotEnabled", f"Content type {kind} is not served here; CSV, JSON and XML are")
    key = str(given.get("externalIdFieldName") or "")
    if operation == "upsert":
        try:
            key = ingest.key_of(call.access, made, key)
        except BadFile as exc:
            raise BulkError("InvalidJob", str(exc)) from None
    if operation == "hardDelete" and not call.org.switches["bulk_hard_delete"]:
        raise BulkError("FeatureNotEnabled", "hardDelete operation requires special user profile permission")
    job = Job(
        call.org.jobs.next_id("750"),
        "v1",
        without_options(call, given.get("assignmentRuleId")),
        operation,
        made.name,
        call.org.now(),
        key=key if operation == "upsert" else "",
        content_type=kind,
        concurrency="Serial" if str(given.get("concurrencyMode")).lower() in {"serial", "0"} else "Parallel",
        chunk=_chunk(call.headers.get("sforce-enable-pkchunking", "")) if operation in QUERIES else 0,
    )
    call.org.jobs.add(job)
    return _show_job(job, as_json, 201)


def _chunk(header: str) -> int:
    """The chunk size that the PK chunking header asks for; 0 means none."""
    if not header or header.strip().lower().startswith("false"):
        return 0
    found = _SIZE.search(header)
    return min(_PK_LIMIT, int(found.group(1))) if found and int(found.group(1)) else _PK_DEFAULT


def _change(call: Call, job: Job, given: dict[str, Any]) -> None:
    wanted = str(given.get("state") or "")
    if wanted not in {"Closed", "Aborted"}:
        raise BulkError("InvalidJobState", f"Invalid job state: {wanted}")
    if job.state != "Open":
        raise BulkError("InvalidJobState", f"Job is already {job.state}")
    job.move(wanted, call.org.now())
    if wanted == "Aborted":
        for batch in job.batches:
            if batch.state == "Queued":
                batch.state = "NotProcessed"


def _add(call: Call, job: Job) -> Answer:
    if job.state != "Open":
        raise BulkError("InvalidJobState", f"{job.state} job can not accept new records")
    if len(call.body) > _BYTES:
        raise BulkError("ClientInputError", "Request exceeded limit: a batch cannot be larger than 10 MB")
    if not call.body.strip():
        raise BulkError("ClientInputError", "Failed to read request. Exception: the batch is empty")
    now = call.org.now()
    batch = Batch(call.org.jobs.next_id("751"), job.id, call.body, now)
    call.usage.spend("DailyBulkApiBatches", now)
    job.batches.append(batch)
    call.org.jobs.later(job, work_of(batch), now)
    return _show_batch(job, batch, 201)


# -- results


def _query_result(job: Job, batch: Batch, result_id: str) -> Answer:
    if batch.result is None or batch.result_id[:15] != result_id[:15]:
        raise BulkError("InvalidBatch", f"Unable to find result for id: {result_id}")
    body = batch.result if isinstance(batch.result, bytes) else batch.result.page(0, len(batch.result))
    return Answer(200, body, media=_media(job))


def _result(job: Job, batch: Batch) -> Answer:
    if batch.state not in {"Completed", "Failed"}:
        raise BulkError("InvalidBatch", f"Batch not completed: it is {batch.state}")
    if job.operation in QUERIES:
        ids = [batch.result_id] if batch.result_id else []
        if job.written == "JSON":
            return Answer(200, ids, media=_JSON)
        return Answer(200, results_to_xml(ids), media=_XML)
    if job.written == "JSON":
        return Answer(200, [_item(d) for d in batch.done], media=_JSON)
    if job.written == "XML":
        return Answer(200, results_as_xml([_item(d) for d in batch.done]), media=_XML)
    rows = [
        line([d.id if d.error is None else "", str(d.error is None).lower(), str(d.created).lower(), d.error_text])
        for d in batch.done
    ]
    return Answer(200, "".join([line(["Id", "Success", "Created", "Error"]), *rows]).encode(), media=_CSV)


def _item(done: ingest.Done) -> dict[str, Any]:
    errors = [{**e, "extendedErrorDetails": None} for e in (done.error.as_items() if done.error else [])]
    return {"success": not errors, "created": done.created, "id": None if errors else done.id, "errors": errors}
