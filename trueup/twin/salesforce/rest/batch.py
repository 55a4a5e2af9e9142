"""composite/batch: up to 25 independent calls; each counts. [reference 8.3]"""

from __future__ import annotations

import re
from typing import Any

from ..errors import Ambiguous, ApiError
from .call import Answer, Call
from .composite import check_objects, sub_call


def batch(call: Call) -> Answer:
    """Run the sub-requests one after the other; with haltOnError the first failure stops the rest."""
    from .router import dispatch

    body = call.json_object()
    requests = body.get("batchRequests")
    if not isinstance(requests, list):
        raise ApiError("JSON_PARSER_ERROR", "batchRequests is required and must be a list")
    check_objects(requests)
    if len(requests) > 25:
        raise ApiError("LIMIT_EXCEEDED", "Limit of 25 sub-requests exceeded in a batch request")
    for request in requests:
        _check_version(call, str(request.get("url", "")))
    call.usage.count(call.org.now(), max(0, len(requests) - 1))
    results: list[dict[str, Any]] = []
    failed = False
    for request in requests:
        if failed and body.get("haltOnError"):
            halted = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]
            results.append({"statusCode": 412, "result": halted})
            continue
        url = "/services/data/" + str(request.get("url", "")).lstrip("/").removeprefix("services/data/")
        try:
            answer = dispatch(
                sub_call(call, str(request.get("method", "GET")).upper(), url, {}, request.get("richInput"))
            )
        except ApiError as exc:
            answer = Answer(exc.status, exc.as_rest())
        except Ambiguous as exc:
            answer = Answer(300, [f"{call.root}/sobjects/{exc.sobject}/{i}" for i in exc.ids])
        failed = failed or answer.status >= 400
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": failed, "results": results})


_EARLIEST = 34.0


def _check_version(call: Call, url: str) -> None:
    """A sub-request's version lies between v34.0 and the batch's own. [doc rest-api/composite-batch]"""
    found = re.search(r"(?:^|/)v(\d+\.\d)/", url)
    if found is not None and not _EARLIEST <= float(found.group(1)) <= call.number:
        text = f"Invalid API version {found.group(1)} in {url}: between {_EARLIEST} and {call.version}"
        raise ApiError("INVALID_BATCH_REQUEST", text)
