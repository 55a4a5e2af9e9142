"""Bulk 2.0 query jobs, from the first call to the last. [reference 9.1]"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..errors import ApiError, not_found
from ..rest.call import Answer, Call
from . import extract
from .csvtext import DELIMITERS, ENDINGS
from .jobs import Job
from .v2 import bad_state, choice, common, drop, find, formats

_OWN_PAGE = 250_000
_CSV = "text/csv"


def create_query(call: Call) -> Answer:
    """Start a query. Always JSON, whatever Accept says. [ss bulk2.py]"""
    body = call.json_object()
    operation = body.get("operation")
    if operation not in {"query", "queryAll"}:
        raise ApiError("INVALIDJOB", f"InvalidJob : the operation of a query job is query or queryAll, not {operation}")
    text = str(body.get("query") or "")
    plan = extract.check(call, text, operation == "queryAll")
    now = call.org.now()
    call.usage.spend("DailyBulkV2QueryJobs", now)
    job = Job(
        call.org.jobs.next_id("750"),
        "query",
        call,
        str(operation),
        plan.sobject.name,
        now,
        state="UploadComplete",
        query=text,
        delimiter=choice(body, "columnDelimiter", DELIMITERS, "COMMA"),
        ending=choice(body, "lineEnding", ENDINGS, "LF"),
    )
    call.org.jobs.add(job)
    call.org.jobs.later(job, run_query, now)
    return Answer(200, {**common(job), **formats(job)})


def run_query(job: Job, now: datetime) -> None:
    """Run the job's query and write its result down."""
    plan = extract.check(job.call, job.query, job.operation == "queryAll")
    rows = extract.rows_of(job.call, plan)
    job.result = extract.to_csv(job.call, plan, rows, DELIMITERS[job.delimiter], ENDINGS[job.ending])
    job.move("JobComplete", now)


def info(job: Job) -> dict[str, Any]:
    """All that is told of a job."""
    out = {**common(job), "jobType": "V2Query", **formats(job)}
    out["numberRecordsProcessed"] = len(job.result) if job.result is not None else 0
    out |= {"retries": 0, "totalProcessingTime": 200 if job.result is not None else 0, "isPkChunkingSupported": True}
    if job.message is not None:
        out["errorMessage"] = job.message
    return out


def show_query(call: Call) -> Answer:
    """Tell how a query stands."""
    return Answer(200, info(find(call, "query")))


def abort_query(call: Call) -> Answer:
    """PATCH {"state": "Aborted"}."""
    job = find(call, "query")
    if call.json_object().get("state") != "Aborted":
        raise ApiError("INVALIDJOB", "InvalidJob : a query job can only be set to Aborted")
    if job.state not in {"UploadComplete", "InProgress"}:
        raise bad_state(f"Aborting already {job.state} Job not allowed")
    job.move("Aborted", call.org.now())
    return Answer(200, common(job))


def delete_query(call: Call) -> Answer:
    """Remove a finished query."""
    return drop(call, find(call, "query"), {"JobComplete", "Aborted", "Failed"})


def results(call: Call) -> Answer:
    """One page of a query's CSV; the locator of the next page stands in a header, `null` after the last."""
    job = find(call, "query")
    if job.result is None:
        raise bad_state(f"Results of a job that is {job.state} cannot be read")
    asked = call.query.get("maxRecords") or ""
    if asked and (not asked.isdigit() or int(asked) < 1):
        raise ApiError("INVALID_ARGUMENT", f"maxRecords is not a positive number: {asked}")
    given = call.query.get("locator") or ""
    start = extract.read_locator(given, len(job.result)) if given else 0
    end = min(start + (int(asked) if asked else _OWN_PAGE), len(job.result))
    headers = {
        "Sforce-Locator": "null" if end >= len(job.result) else extract.locator(end),
        "Sforce-NumberOfRecords": str(end - start),
    }
    return Answer(200, job.result.page(start, end - start), headers, media=_CSV)


def result_pages(call: Call) -> Answer:
    """Up to five addresses of pages, to be fetched side by side (v58 and later)."""
    if call.number < 58:
        raise not_found()
    job = find(call, "query")
    if job.result is None:
        raise bad_state(f"Results of a job that is {job.state} cannot be read")
    given = call.query.get("locator") or ""
    start = extract.read_locator(given, len(job.result)) if given else 0
    size = max(1, int(call.org.switches["bulk_result_page_size"]))
    root = f"{call.root}/jobs/query/{job.id}"
    pages: list[dict[str, str]] = []
    while len(pages) < 5 and (start < len(job.result) or not pages):
        pages.append({"resultUrl": f"{root}/results?locator={extract.locator(start)}&maxRecords={size}"})
        start += size
    done = start >= len(job.result)
    following = None if done else f"{root}/resultPages?locator={extract.locator(start)}"
    return Answer(200, {"resultPages": pages, "nextRecordsUrl": following, "done": done})
