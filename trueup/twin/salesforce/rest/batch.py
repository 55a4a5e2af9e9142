"""composite/batch: up to 25 independent calls; each counts. [reference 8.3]"""

from __future__ import annotations

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
        failed = failed or answer.status >= 300
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": failed, "results": results})
