"""Bulk 2.0 ingest jobs, from the first call to the last. [reference 9.2]"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from ..errors import ApiError
from ..rest.call import Answer, Call
from ..rest.multipart import parts
from . import extract, ingest, v2_query
from .csvtext import DELIMITERS, ENDINGS, BadFile, line, read
from .jobs import Job
from .v2 import bad_state, choice, common, drop, find, formats, without_options

_UPLOAD_LIMIT = 100 * 1024 * 1024
_MULTIPART_LIMIT = 100_000
_BATCH = 10_000
_CSV = "text/csv"


def create_ingest(call: Call) -> Answer:
    """Open an ingest job; with a multipart body the data comes along."""
    body, content = _parts(call)
    operation = str(body.get("operation"))
    if operation not in ingest.OPERATIONS:
        raise ApiError("INVALIDJOB", f"InvalidJob : Unknown operation: {operation}")
    made = call.access.sobject(str(body.get("object") or ""))
    if made is None:
        raise ApiError("INVALIDENTITY", f"InvalidEntity : Unable to find object: {body.get('object')}")
    key = ""
    if operation == "upsert":
        try:
            key = ingest.key_of(call.access, made, str(body.get("externalIdFieldName") or ""))
        except BadFile as exc:
            raise ApiError("INVALIDJOB", f"InvalidJob : {exc}") from None
    if operation == "hardDelete" and not call.org.switches["bulk_hard_delete"]:
        raise ApiError("FEATURENOTENABLED", "hardDelete operation requires special user profile permission")
    now = call.org.now()
    job = Job(
        call.org.jobs.next_id("750"),
        "ingest",
        without_options(call, body.get("assignmentRuleId")),
        operation,
        made.name,
        now,
        key=key,
        delimiter=choice(body, "columnDelimiter", DELIMITERS, "COMMA"),
        ending=choice(body, "lineEnding", ENDINGS, "LF"),
    )
    call.org.jobs.add(job)
    if content is not None:
        job.content = content
        _start(call, job)
    return Answer(200, {**common(job), **_address(job), **formats(job)})


def _address(job: Job) -> dict[str, str]:
    """contentUrl, which has no leading slash."""
    return {"contentUrl": f"services/data/v{job.call.version}/jobs/ingest/{job.id}/batches"}


def _parts(call: Call) -> tuple[dict[str, Any], bytes | None]:
    kind = call.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/"):
        return call.json_object(), None
    given = parts(call.body, kind)
    job, content = given.get("job"), given.get("content")
    if job is None or content is None:
        raise ApiError("INVALIDJOB", "InvalidJob : a multipart request has the parts job and content")
    if len(content) > _MULTIPART_LIMIT:
        raise ApiError("INVALIDJOB", f"InvalidJob : more than {_MULTIPART_LIMIT} characters in a multipart request")
    try:
        body = orjson.loads(job)
    except orjson.JSONDecodeError as exc:
        raise ApiError("JSON_PARSER_ERROR", str(exc)) from None
    return (body if isinstance(body, dict) else {}), content


def upload(call: Call) -> Answer:
    """PUT the data, once: 201 without a body."""
    job = find(call, "ingest")
    if job.state != "Open" or job.content is not None:
        raise bad_state("Upload not allowed: the job is not Open or has its data already")
    if not call.headers.get("content-type", _CSV).lower().startswith(_CSV):
        kind = call.headers["content-type"]
        raise ApiError(
            "UNSUPPORTED_MEDIA_TYPE", f"Content-Type header specified in HTTP request is not supported: {kind}",
            status=415,
        )  # fmt: skip
    if len(call.body) > _UPLOAD_LIMIT:
        raise ApiError("REQUEST_TOO_LARGE", "The data of a job cannot be larger than 150 MB in base64", status=413)
    job.content = call.body
    return Answer(201, b"", {"Location": f"{call.root}/jobs/ingest/{job.id}/batches"}, media=_CSV)


def _start(call: Call, job: Job) -> None:
    now = call.org.now()
    lines = (job.content or b"").count(b"\n")
    call.usage.spend("DailyBulkApiBatches", now, max(1, -(-lines // _BATCH)))
    job.move("UploadComplete", now)
    call.org.jobs.later(job, run_ingest, now)


def change_ingest(call: Call) -> Answer:
    """PATCH {"state": "UploadComplete"} or {"state": "Aborted"}; a short answer."""
    job = find(call, "ingest")
    wanted = call.json_object().get("state")
    if wanted == "UploadComplete":
        if job.state != "Open":
            raise bad_state(f"Job is already in {job.state} state")
        _start(call, job)
    elif wanted == "Aborted":
        if job.state not in {"Open", "UploadComplete", "InProgress"}:
            raise bad_state(f"Aborting already {job.state} Job not allowed")
        job.move("Aborted", call.org.now())
    else:
        raise ApiError("INVALIDJOB", f"InvalidJob : Invalid state: {wanted}")
    return Answer(200, common(job))


def run_ingest(job: Job, now: datetime) -> None:
    """Do the job's rows."""
    org, actor = job.call.org, job.call.actor
    made = org.schema.objects[job.sobject]
    try:
        job.header, job.rows = read(job.content or b"", DELIMITERS[job.delimiter], job.ending)
        if job.rows:
            ingest.check_header(org, actor, made, job.header, job.operation)
    except BadFile as exc:
        job.message, job.rows = str(exc), []
        job.move("Failed", now)
        return
    rows = [ingest.values_of(job.header, cells) for cells in job.rows]
    job.done = ingest.run(org, actor, made, job.operation, job.key, rows, job.header)
    job.content = None
    job.move("JobComplete", now)


def show_ingest(call: Call) -> Answer:
    """Tell how an ingest job stands."""
    return Answer(200, info(find(call, "ingest")))


def info(job: Job) -> dict[str, Any]:
    """All that is told of a job."""
    out = {**common(job), "jobType": "V2Ingest"}
    if job.state == "Open":
        out |= _address(job)
    spent = 100 + len(job.done) if job.done else 0
    out |= {
        **formats(job),
        "numberRecordsProcessed": len(job.done),
        "numberRecordsFailed": job.failed,
        "retries": 0,
        "totalProcessingTime": spent,
        "apiActiveProcessingTime": spent,
        "apexProcessingTime": 0,
    }
    if job.message is not None:
        out["errorMessage"] = job.message
    return out


def delete_ingest(call: Call) -> Answer:
    """Remove a job that is not at work."""
    return drop(call, find(call, "ingest"), {"UploadComplete", "JobComplete", "Aborted", "Failed"})


def _file(job: Job, first: list[str], rows: list[tuple[list[str], list[str]]]) -> Answer:
    delimiter, ending = DELIMITERS[job.delimiter], ENDINGS[job.ending]
    text = [line([*first, *job.header], delimiter, ending)]
    text += [line([*own, *cells], delimiter, ending) for own, cells in rows]
    return Answer(200, "".join(text).encode(), media=_CSV)


def _finished(call: Call) -> Job:
    job = find(call, "ingest")
    if job.state not in {"JobComplete", "Failed", "Aborted"}:
        raise bad_state(f"Results of a job that is {job.state} cannot be read")
    return job


def successful(call: Call) -> Answer:
    """The rows that were saved, with their ids."""
    job = _finished(call)
    rows = [
        ([d.id, str(d.created).lower()], cells)
        for d, cells in zip(job.done, job.rows, strict=False)
        if d.error is None
    ]  # fmt: skip
    return _file(job, ["sf__Id", "sf__Created"], rows)


def failed(call: Call) -> Answer:
    """The rows that were refused, with the reasons."""
    job = _finished(call)
    pairs = zip(job.done, job.rows, strict=False)
    return _file(job, ["sf__Id", "sf__Error"], [([d.id, d.error_text], c) for d, c in pairs if d.error is not None])


def unprocessed(call: Call) -> Answer:
    """The rows that nobody came to: all of an aborted or failed job."""
    job = _finished(call)
    rows: list[tuple[list[str], list[str]]] = []
    if job.state != "JobComplete" and job.content:
        try:
            job.header, left = read(job.content, DELIMITERS[job.delimiter], None)
        except BadFile:
            left = []
        rows = [([], cells) for cells in left]
    return _file(job, [], rows)


def listing(call: Call) -> Answer:
    """All jobs of a kind, a thousand to a page."""
    kind = call.path.strip("/").split("/")[1].lower()
    show = v2_query.info if kind == "query" else info
    jobs = call.org.jobs.of(kind)
    given = call.query.get("queryLocator") or ""
    start = extract.read_locator(given, len(jobs)) if given else 0
    wanted = call.query.get("jobType")
    shown = [row for job in jobs[start : start + 1000] if (row := show(job))["jobType"] == (wanted or row["jobType"])]
    done = start + 1000 >= len(jobs)
    following = None if done else f"{call.root}/jobs/{kind}?queryLocator={extract.locator(start + 1000)}"
    return Answer(200, {"done": done, "records": shown, "nextRecordsUrl": following})
