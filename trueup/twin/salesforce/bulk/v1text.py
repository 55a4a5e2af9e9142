"""How Bulk 1.0 prints jobs and batches: XML by default, JSON if asked. [rec cumulusci/vcr_string_templates]"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any
from xml.sax.saxutils import escape

import orjson

from .jobs import Batch, Job

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


class BulkError(Exception):
    """A refusal: `exceptionCode` and `exceptionMessage`, with 400."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def zulu(text: str) -> str:
    """A datetime as XML shows it."""
    return text.removesuffix("+0000") + "Z"


def job_info(job: Job) -> dict[str, Any]:
    """The facts of a job, in the recorded order; XML leaves out what is None."""
    states = [b.state for b in job.batches]
    out: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.call.actor.user_id,
        "createdDate": job.created(),
        "systemModstamp": job.stamp(),
        "state": job.state,
        "externalIdFieldName": job.key or None,
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        "numberBatchesQueued": states.count("Queued"),
        "numberBatchesInProgress": states.count("InProgress"),
        "numberBatchesCompleted": states.count("Completed"),
        "numberBatchesFailed": states.count("Failed"),
        "numberBatchesTotal": len(states),
        "numberRecordsProcessed": sum(b.processed for b in job.batches),
        "numberRetries": 0,
        "apiVersion": float(job.call.version),
        "numberRecordsFailed": sum(b.failed for b in job.batches),
    }
    spent = out["numberRecordsProcessed"]
    return {**out, "totalProcessingTime": spent, "apiActiveProcessingTime": spent, "apexProcessingTime": 0}


def batch_info(batch: Batch) -> dict[str, Any]:
    """The facts of a batch, in the recorded order."""
    from ..values import print_datetime

    return {
        "id": batch.id,
        "jobId": batch.job_id,
        "state": batch.state,
        "stateMessage": batch.message,
        "createdDate": print_datetime(batch.made),
        "systemModstamp": print_datetime(batch.changed or batch.made),
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": batch.processed,
        "apiActiveProcessingTime": batch.processed,
        "apexProcessingTime": 0,
    }


def _rows(facts: dict[str, Any], indent: str) -> str:
    out = []
    for key, value in facts.items():
        if value is None:
            continue
        text = str(value)
        if key in {"createdDate", "systemModstamp"}:
            text = zulu(text)
        out.append(f"{indent}<{key}>{escape(text)}</{key}>\n")
    return "".join(out)


def to_xml(name: str, facts: dict[str, Any]) -> bytes:
    """Print one jobInfo or batchInfo."""
    return f'{_HEAD}<{name}\n   xmlns="{NAMESPACE}">\n{_rows(facts, " ")}</{name}>'.encode()


def list_to_xml(batches: list[dict[str, Any]]) -> bytes:
    """Print a batchInfoList."""
    if not batches:
        return f'{_HEAD}<batchInfoList\n   xmlns="{NAMESPACE}" />'.encode()
    inner = "".join(f" <batchInfo>\n{_rows(b, '  ')} </batchInfo>\n" for b in batches)
    return f'{_HEAD}<batchInfoList\n   xmlns="{NAMESPACE}">\n{inner}</batchInfoList>'.encode()


def results_to_xml(ids: list[str]) -> bytes:
    """Print the result-list of a query batch."""
    inner = "".join(f"<result>{i}</result>" for i in ids)
    return f'<result-list xmlns="{NAMESPACE}">{inner}</result-list>'.encode()


def error_body(error: BulkError, as_json: bool) -> bytes:
    """Print a refusal."""
    if as_json:
        return orjson.dumps({"exceptionCode": error.code, "exceptionMessage": error.message})
    return (
        f'{_HEAD}<error\n   xmlns="{NAMESPACE}">\n <exceptionCode>{error.code}</exceptionCode>\n '
        f"<exceptionMessage>{escape(error.message)}</exceptionMessage>\n</error>"
    ).encode()


def read_job(body: bytes, as_json: bool) -> dict[str, Any]:
    """Read a jobInfo."""
    if as_json:
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError as exc:
            raise BulkError("InvalidJob", f"Unable to parse Job: {exc}") from None
        if not isinstance(found, dict):
            raise BulkError("InvalidJob", "Unable to parse Job")
        return found
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BulkError("InvalidJob", "Unable to parse Job: a document type is not allowed")
    try:
        root = ET.fromstring(body)
    except ET.ParseError as exc:
        raise BulkError("InvalidJob", f"Unable to parse Job: {exc}") from None
    return {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in root}
