"""What the two kinds of Bulk 2.0 job share: finding them, printing them, removing them. [reference 9.1 to 9.3]"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import ApiError, not_found
from ..rest.call import Answer, Call
from .jobs import Job


def bad_state(text: str) -> ApiError:
    """The job is not in a state for this."""
    return ApiError("INVALIDJOBSTATE", text)


def find(call: Call, kind: str) -> Job:
    """The job that a path names; asked in another API version than its own: 409."""
    job = call.org.jobs.find(call.args[0], kind)
    if job is None:
        raise not_found()
    if job.call.version != call.version:
        raise ApiError(
            "API_VERSION_MISMATCH",
            f"The job was created with API version {job.call.version}, this call came with {call.version}",
            status=409,
        )
    return job


def choice(body: dict[str, Any], name: str, known: dict[str, str], default: str) -> str:
    """Read one of a job's options, whatever the case."""
    value = str(body.get(name) or default).upper()
    if value not in known:
        raise ApiError("INVALIDJOB", f"InvalidJob : {name} is not valid: {value}")
    return value


def common(job: Job) -> dict[str, Any]:
    """What every answer about a job begins with."""
    out: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.call.actor.user_id,
        "createdDate": job.created(),
        "systemModstamp": job.stamp(),
        "state": job.state,
    }
    if job.key:
        out["externalIdFieldName"] = job.key
    return {**out, "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.call.version)}


def formats(job: Job) -> dict[str, Any]:
    """How its files are written."""
    return {"lineEnding": job.ending, "columnDelimiter": job.delimiter}


def drop(call: Call, job: Job, states: set[str]) -> Answer:
    """Remove a job that is in one of these states."""
    if job.state not in states:
        raise bad_state(f"Deleting a job that is {job.state} is not allowed")
    call.org.jobs.drop(job)
    return Answer(204)


def without_options(call: Call, rule: Any) -> Call:
    """Bulk knows no duplicate-rule header; assignment rules run only when the job names one. [reference 9.2]"""
    return replace(call, actor=replace(call.actor, options={"sforce-auto-assign": str(rule or "FALSE")}))
