"""What each request that the twin received was for: a sort of call and an object. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

LOGIN, DESCRIBE, COUNT, QUERY, BULK, FEED, BY_ID, WRITE, OTHER = (
    *("log-in", "describe", "count", "query", "bulk", "feed", "by id", "write", "other"),
)
LIST, ARCHIVED, SEARCH, TIES, HISTORY = "list", "archived", "search", "ties", "history"
OVERHEAD = frozenset({LOGIN, DESCRIBE})
"""Sorts that bring no rows: stated apart."""

SEVERAL = "(several)"


@dataclass(frozen=True, slots=True)
class Sorted:
    """One call: its sort, and the object that it was about (empty for overhead); `inside` names several."""

    sort: str
    object: str
    inside: frozenset[str] = frozenset()


_DATA = re.compile(r"/services/(?:data/v|async/)(\d+\.\d)/?(.*)$", re.I)
_FROM = re.compile(r"\bFROM\s+(\w+)", re.I)
_NESTED = re.compile(r"\([^()]*\bFROM\b[^()]*\)", re.I)
_JOB = re.compile(r"jobs/query/(\w{15,18})(?:/|$)", re.I)


def salesforce(requests: Iterable[Mapping[str, Any]]) -> list[Sorted]:
    """The calls in their order. Pages and Bulk jobs belong to the object of the query that began them."""
    requests = list(requests)
    jobs = _jobs(requests)
    out: list[Sorted] = []
    paged = ""
    for request in requests:
        found = _salesforce(request, jobs, paged)
        if found.sort == QUERY:
            paged = found.object
        out.append(found)
    return out


def _jobs(requests: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Job id to object: ids are given out in ascending order, so the n-th id is the n-th job created."""
    made, ids = [], set()
    for request in requests:
        if request["method"] == "POST" and request["path"].rstrip("/").endswith("/jobs/query"):
            if request["status"] == 200:
                made.append(_source(str(json.loads(request["body"]).get("query") or "")))
        elif found := _JOB.search(request["path"]):
            ids.add(found.group(1)[:15])
    return dict(zip(sorted(ids), made, strict=False)) if len(ids) == len(made) else dict.fromkeys(ids, SEVERAL)


def _source(soql: str) -> str:
    """The object of a query, its subqueries left aside."""
    found = _FROM.search(_NESTED.sub("", soql)) or _FROM.search(soql)
    return found.group(1) if found else ""


def _salesforce(request: Mapping[str, Any], jobs: Mapping[str, str], paged: str) -> Sorted:
    method, path = request["method"], request["path"]
    if "/oauth2/" in path or path.startswith("/id/") or path.rstrip("/") == "/services/data":
        return Sorted(LOGIN, "")
    if "/services/Soap/" in path:
        body = str(request["body"])
        if re.search(r"<(\w+:)?login\b", body):
            return Sorted(LOGIN, "")
        return Sorted(DESCRIBE if re.search(r"<(\w+:)?(describe|readMetadata|getUserInfo)", body) else WRITE, "")
    if path.startswith("@{"):
        return Sorted(QUERY, paged)  # inside a composite call: the page that follows an earlier one
    matched = _DATA.search(path)
    if not matched:
        return Sorted(OTHER, path)
    parts = [unquote(part) for part in matched.group(2).strip("/").split("/") if part]
    head = parts[0].lower() if parts else ""
    if head in ("query", "queryall"):
        soql = parse_qs(request["query"]).get("q", [""])[0]
        if not soql:
            return Sorted(QUERY, paged)
        counted = re.search(r"\bCOUNT\s*\(\s*\)", soql, re.I)
        return Sorted(COUNT if counted else QUERY, _source(soql))
    if head in ("limits",):
        return Sorted(COUNT, "") if "recordcount" in path.lower() else Sorted(DESCRIBE, "")
    if head == "jobs":
        found = _JOB.search(path)
        return Sorted(BULK, jobs.get(found.group(1)[:15], SEVERAL) if found else _bulk_object(request))
    if head == "composite":
        return _composite(method, parts, request)
    if head == "sobjects" and len(parts) >= 3 and parts[2].lower() in ("deleted", "updated"):
        return Sorted(FEED, parts[1])
    if head == "sobjects" and (len(parts) == 1 or (len(parts) >= 3 and parts[2].lower() == "describe")):
        return Sorted(DESCRIBE, "")
    if head == "sobjects":
        return Sorted(BY_ID if method == "GET" else WRITE, parts[1])
    return Sorted(DESCRIBE if method == "GET" else OTHER, "")


def _bulk_object(request: Mapping[str, Any]) -> str:
    try:
        body = json.loads(request["body"])
    except ValueError:
        return SEVERAL
    return str(body.get("object") or _source(str(body.get("query") or "")) or SEVERAL)


def _composite(method: str, parts: list[str], request: Mapping[str, Any]) -> Sorted:
    if len(parts) >= 2 and parts[1].lower() == "sobjects":
        name = parts[2] if len(parts) > 2 else SEVERAL
        reading = method == "GET" or (method == "POST" and '"ids"' in str(request["body"]))
        return Sorted(BY_ID if reading else WRITE, name)
    try:
        inside = json.loads(request["body"]).get("compositeRequest") or ()
    except ValueError:
        return Sorted(OTHER, SEVERAL)
    parts_ = [
        _salesforce(
            {
                "method": str(one.get("method") or "GET").upper(),
                "path": str(one.get("url") or "").partition("?")[0],
                "query": str(one.get("url") or "").partition("?")[2],
                "body": json.dumps(one.get("body")),
            },
            {},
            SEVERAL,
        )
        for one in inside
    ]
    sorts, objects = {p.sort for p in parts_}, {p.object for p in parts_}
    # Approximate sizes, for all objects at once, come with descriptions that are asked for anyway.
    if DESCRIBE in sorts and all(p.sort in OVERHEAD or p == Sorted(COUNT, "") for p in parts_):
        return Sorted(DESCRIBE, "")
    # A call that brings rows and counts them at the same time is one for the rows.
    ranked = [s for s in (WRITE, QUERY, BY_ID, FEED, COUNT) if s in sorts]
    sort = ranked[0] if ranked else OTHER
    if len(objects) == 1:
        return Sorted(sort, objects.pop())
    return Sorted(sort, SEVERAL, frozenset(objects - {"", SEVERAL}))


_OBJECT = re.compile(r"^/crm/(?:v3/objects|objects/(?:v3|20\d\d-\d\d))/([\w-]+)(/.*)?$")
_ASSOCIATED = re.compile(r"^/crm/(?:v[34]/associations|associations/20\d\d-\d\d)/([\w-]+)/([\w-]+)/")
_OF_ONE = re.compile(r"^/crm/(?:v[34]/objects|objects/20\d\d-\d\d)/([\w-]+)/\d+/associations")


def hubspot(requests: Iterable[Mapping[str, Any]]) -> list[Sorted]:
    """The calls in their order."""
    return [_hubspot(request) for request in requests]


def _hubspot(request: Mapping[str, Any]) -> Sorted:
    method, path = request["method"], request["path"]
    if path.startswith(("/oauth", "/account-info", "/integrations/v1/me")):
        return Sorted(LOGIN, "")
    if path.startswith(("/crm/v3/properties", "/crm/v3/schemas", "/crm/v3/pipelines", "/crm-object-schemas")):
        return Sorted(DESCRIBE, "")
    if re.match(r"^/(crm/)?(properties|schemas|pipelines)/|^/crm/(v4/)?associations/(definitions/|.*/labels)", path):
        return Sorted(DESCRIBE, "")
    if path.startswith(("/crm/v3/owners", "/crm/owners", "/owners", "/settings")):
        return Sorted(LIST, "owners")
    tied = _ASSOCIATED.match(path) or _OF_ONE.match(path)
    if tied:
        return Sorted(TIES if path.endswith("/read") or method == "GET" else WRITE, tied.group(1))
    matched = _OBJECT.match(path)
    if not matched:
        return Sorted(OTHER, path)
    name, rest = matched.group(1), (matched.group(2) or "").rstrip("/")
    query = dict(parse_qsl(request["query"]))
    if not rest and method == "GET":
        if query.get("archived") == "true":
            return Sorted(ARCHIVED, name)
        return Sorted(HISTORY if query.get("propertiesWithHistory") else LIST, name)
    body = _body(request)
    if rest == "/search":
        return Sorted(COUNT if body.get("limit") in (0, 1, "1") else SEARCH, name)
    if rest == "/batch/read":
        return Sorted(HISTORY if body.get("propertiesWithHistory") else BY_ID, name)
    return Sorted(BY_ID if method == "GET" else WRITE, name)


def _body(request: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = json.loads(request["body"])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
