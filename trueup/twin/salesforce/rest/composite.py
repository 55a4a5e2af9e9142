"""composite and graph: several calls in one, with references between them. [reference 8.2, 8.4]"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import Ambiguous, ApiError
from .call import Answer, Call

_REFERENCE = re.compile(r"@\{([^}]+)\}")
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
_PATH = re.compile(r"^/services/data/v(\d\d\.\d)/(.*)$")
_FORBIDDEN = {"accept", "authorization", "content-type"}
_HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation in the same transaction failed.",
}


class _RollBack(Exception):
    """Leaves the transaction without its changes."""


def resources(call: Call) -> Answer:
    """What lies below composite."""
    names = ("batch", "graph", "sobjects", "tree")
    return Answer(200, {name: f"{call.root}/composite/{name}" for name in names})


def composite(call: Call) -> Answer:
    """Run up to 25 sub-requests, of which 5 may be queries or collections."""
    body = call.json_object()
    requests = body.get("compositeRequest")
    if not isinstance(requests, list) or not requests:
        raise ApiError("JSON_PARSER_ERROR", "compositeRequest is required and must be a list")
    check_objects(requests)
    if len(requests) > 25:
        raise ApiError("LIMIT_EXCEEDED", "Limit of 25 sub-requests exceeded in a composite request")
    heavy = sum(
        1
        for r in requests
        if re.search(r"/(query|queryAll|composite/sobjects)(/|\?|$)", str(r.get("url", "")).split("?")[0] + "?")
    )
    if heavy > 5:
        raise ApiError(
            "LIMIT_EXCEEDED", "Limit of 5 query and sobject collections sub-requests exceeded in a composite request"
        )
    _check_names(requests)
    return Answer(200, {"compositeResponse": run(call, requests, bool(body.get("allOrNone", False)))[0]})


def check_objects(requests: list[Any]) -> None:
    """Refuse sub-requests that are no objects."""
    if not all(isinstance(r, dict) for r in requests):
        raise ApiError("JSON_PARSER_ERROR", "each sub-request must be a JSON object")


def _check_names(requests: list[Any]) -> None:
    seen: set[str] = set()
    for request in requests:
        name = str(request.get("referenceId", ""))
        if not _NAME.match(name):
            raise ApiError(
                "JSON_PARSER_ERROR",
                f"The reference id {name!r} is not valid: letters, digits and underscore, starting with a letter",
            )
        if name in seen:
            raise ApiError("JSON_PARSER_ERROR", f"Duplicate referenceId provided: {name}")
        seen.add(name)


def run(call: Call, requests: list[Any], all_or_none: bool) -> tuple[list[dict[str, Any]], bool]:
    """Run sub-requests in order; returns their answers and whether all went well."""
    answers: list[dict[str, Any]] = []
    done: dict[str, Any] = {}
    good = True
    try:
        with call.org.store.transaction():
            for request in requests:
                if not good and all_or_none:
                    answers.append(_answer(request, Answer(400, [dict(_HALTED)])))
                    continue
                answer = _one(call, request, done)
                if answer.status >= 300:
                    good = False
                answers.append(_answer(request, answer))
                if answer.status < 300:
                    done[str(request.get("referenceId"))] = answer.body
            if not good and all_or_none:
                raise _RollBack
    except _RollBack:
        for row in answers:
            if row["httpStatusCode"] < 300:
                row.update(body=[dict(_HALTED)], httpHeaders={}, httpStatusCode=400)
    return answers, good


def _answer(request: Any, answer: Answer) -> dict[str, Any]:
    shown = {k: v for k, v in answer.headers.items() if k in {"Location", "ETag", "Last-Modified"}}
    return {
        "body": answer.body,
        "httpHeaders": shown,
        "httpStatusCode": answer.status,
        "referenceId": request.get("referenceId"),
    }


def _one(call: Call, request: Any, done: dict[str, Any]) -> Answer:
    from .router import dispatch

    try:
        url = str(_fill(str(request.get("url", "")), done))
        body = _fill(request.get("body"), done)
        given = {str(k).lower(): str(v) for k, v in (request.get("httpHeaders") or {}).items()}
        if _FORBIDDEN & given.keys():
            raise ApiError("INVALID_FIELD", "httpHeaders cannot contain Accept, Authorization or Content-Type")
        if not call.org.switches["composite_forwards_conditions"]:
            given = {k: v for k, v in given.items() if not k.startswith("if-")}
        with call.org.store.transaction():
            return dispatch(sub_call(call, str(request.get("method", "GET")).upper(), url, given, body))
    except ApiError as exc:
        return Answer(exc.status, exc.as_rest())
    except Ambiguous as exc:
        return Answer(300, [f"{call.root}/sobjects/{exc.sobject}/{i}" for i in exc.ids])


def sub_call(call: Call, method: str, url: str, headers: dict[str, str], body: Any) -> Call:
    """Make the call that a sub-request stands for."""
    split = urlsplit(url)
    found = _PATH.match(split.path)
    if not found:
        raise ApiError("NOT_FOUND", f"The requested resource does not exist: {split.path}", status=404)
    path = found.group(2)
    if re.match(r"(composite/?($|batch|tree|graph)|jobs)", path):
        raise ApiError("INVALID_OPERATION", f"The subrequest {split.path} is not supported in a composite request")
    return replace(
        call,
        method=method,
        path=path,
        query=dict(parse_qsl(split.query, keep_blank_values=True)),
        headers={**headers, "content-type": "application/json"},
        body=b"",
        parsed=body,
        version=found.group(1),
    )


def _fill(value: Any, done: dict[str, Any]) -> Any:
    """Put the results of earlier sub-requests where `@{name.path}` stands."""
    if isinstance(value, dict):
        return {k: _fill(v, done) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, done) for v in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _look_up(unquote(whole.group(1)), done)
    return _REFERENCE.sub(lambda found: str(_look_up(unquote(found.group(1)), done)), value)


def _look_up(path: str, done: dict[str, Any]) -> Any:
    steps = re.findall(r"[A-Za-z_][A-Za-z0-9_]*|\[\d+\]", path)
    here: Any = done.get(steps[0]) if steps else None
    for step in steps[1:]:
        if here is None:
            break
        try:
            here = here[int(step[1:-1])] if step.startswith("[") else here.get(step) if isinstance(here, dict) else None
        except (IndexError, TypeError, KeyError):
            here = None
    if here is None:
        name, rest = steps[0] if steps else path, ".".join(steps[1:])
        raise ApiError("PROCESSING_HALTED", f"Invalid reference specified. No value for {name}.{rest} found in {name}")
    return here


_FAILED_GRAPHS, _KINDS, _DEPTH = 14, 15, 15


def _check_nodes(requests: list[Any]) -> None:
    """At most 15 kinds of node (object and verb), 15 deep. [reference 8.4]"""
    kinds: set[tuple[str, ...]] = set()
    depths: dict[str, int] = {}
    for request in requests:
        path = str(request.get("url", "")).split("?")[0]
        kinds.add((str(request.get("method", "GET")).upper(), *path.split("/sobjects/")[-1].split("/")[:1]))
        used = [depths.get(name, 0) for name in re.findall(r"@\{(\w+)\.", f"{path}{request.get('body')}")]
        depths[str(request.get("referenceId"))] = 1 + max(used, default=0)
    if len(kinds) > _KINDS:
        raise ApiError("LIMIT_EXCEEDED", f"Limit of {_KINDS} kinds of node exceeded in a graph")
    if max(depths.values(), default=0) > _DEPTH:
        raise ApiError("LIMIT_EXCEEDED", f"Limit of depth {_DEPTH} exceeded in a graph")


def graph(call: Call) -> Answer:
    """Run up to 75 graphs, each a transaction of its own, 500 nodes in all."""
    graphs = call.json_object().get("graphs")
    if not isinstance(graphs, list):
        raise ApiError("JSON_PARSER_ERROR", "graphs is required and must be a list")
    check_objects(graphs)
    for one in graphs:
        check_objects(one.get("compositeRequest") or [])
    if len(graphs) > 75:
        raise ApiError("LIMIT_EXCEEDED", "Limit of 75 graphs exceeded")
    if sum(len(g.get("compositeRequest", ())) for g in graphs) > 500:
        raise ApiError("LIMIT_EXCEEDED", "Limit of 500 nodes exceeded")
    out = []
    failed = 0
    for one in graphs:
        requests = one.get("compositeRequest", [])
        _check_names(requests)
        _check_nodes(requests)
        if failed >= _FAILED_GRAPHS:
            answers, good = [_answer(r, Answer(400, [dict(_HALTED)])) for r in requests], False
        else:
            answers, good = run(call, requests, True)
        failed += not good
        out.append(
            {"graphId": one.get("graphId"), "graphResponse": {"compositeResponse": answers}, "isSuccessful": good}
        )
    return Answer(200, {"graphs": out})
