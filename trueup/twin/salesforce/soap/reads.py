"""SOAP verbs that read or clean up: retrieve, search, describe, the feeds, the recycle bin. [doc api/core calls]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..behaviour import delete as deleting
from ..errors import ApiError, bad_reference
from ..ids import canonical
from ..rest import feeds
from ..rest.call import Call
from ..rest.describe import describe, everything
from ..rest.reading import read_records
from ..rest.search import search as find
from .envelope import NIL, Request, local
from .records import Style, object_of
from .tree import tree

Result = list[tuple[str, Any]]


def _texts(request: Request, name: str) -> list[str]:
    return [(e.text or "").strip() for e in request.element if local(e).lower() == name.lower()]


def _first(request: Request, name: str) -> str:
    return next(iter(_texts(request, name)), "")


def retrieve(call: Call, request: Request) -> Result:
    """retrieve(): up to 2,000 records of one type by their ids; nil in place of a missing one."""
    made = object_of(call, _first(request, "sObjectType"))
    names = [n.strip() for n in _first(request, "fieldList").split(",") if n.strip()]
    ids = _texts(request, "ids")
    if len(ids) > 2000:
        raise ApiError("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 2000 records into this call")
    style = Style(request.enterprise)
    rows = read_records(call, made, [canonical(i) or i for i in ids], names, files=True)
    shown = [
        ("result", NIL) if r is None else (style.typed("result", made.name), style.sobject(r, i))
        for i, r in zip([canonical(i) for i in ids], rows, strict=True)
    ]
    return [("retrieveResponse", shown)]


def _window(call: Call, request: Request) -> Call:
    query = {"start": _first(request, "startDate"), "end": _first(request, "endDate"), feeds.OPEN_END: "true"}
    return replace(call, query=query, args=(object_of(call, _first(request, "sObjectType")).name,))


def _zulu(text: str) -> str:
    return text.replace("+0000", "Z")


def get_deleted(call: Call, request: Request) -> Result:
    """getDeleted()."""
    body = feeds.deleted(_window(call, request)).body
    rows: Result = [
        ("deletedRecords", [("deletedDate", _zulu(r["deletedDate"])), ("id", r["id"])]) for r in body["deletedRecords"]
    ]
    rows += [(name, _zulu(body[name])) for name in ("earliestDateAvailable", "latestDateCovered")]
    return [("getDeletedResponse", [("result", rows)])]


def get_updated(call: Call, request: Request) -> Result:
    """getUpdated()."""
    body = feeds.updated(_window(call, request)).body
    rows: Result = [*(("ids", i) for i in body["ids"]), ("latestDateCovered", _zulu(body["latestDateCovered"]))]
    return [("getUpdatedResponse", [("result", rows)])]


def empty_recycle_bin(call: Call, request: Request) -> Result:
    """emptyRecycleBin(): removes records for good, from queryAll too. [reference 7]"""
    out: Result = []
    for text in _texts(request, "ids"):
        try:
            with call.org.store.transaction():
                out.append(("result", [("id", _purge(call, text)), ("success", True)]))
        except ApiError as exc:
            error = [("message", exc.message), ("statusCode", exc.code)]
            out.append(("result", [("errors", error), ("id", NIL), ("success", False)]))
    return [("emptyRecycleBinResponse", out)]


def _purge(call: Call, text: str) -> str:
    full = canonical(text) or ""
    for made in call.org.schema.of_id(full):
        row = call.org.store.get(made.name, full)
        if row is not None and row.get("IsDeleted"):
            deleting.purge(call.org, made, row)
            return full
    raise bad_reference()


def search(call: Call, request: Request) -> Result:
    """search(): SOSL."""
    body = find(replace(call, query={"q": _first(request, "searchString")}, version="59.0")).body
    style = Style(request.enterprise)
    found: Result = [
        ("searchRecords", [(style.typed("record", r["attributes"]["type"]), style.sobject(r))])
        for r in body["searchRecords"]
    ]
    return [("searchResponse", [("result", found)])]


def describe_global(call: Call, request: Request) -> Result:
    """describeGlobal()."""
    del request
    return [("describeGlobalResponse", [("result", tree(everything(replace(call, headers={})).body))])]


def describe_objects(call: Call, request: Request) -> Result:
    """describeSObjects(), and describeSObject() of one; up to 100 names."""
    names = [(e.text or "").strip() for e in request.element]
    if len(names) > 100:
        raise ApiError("EXCEEDED_MAX_TYPES_LIMIT", "no more than 100 types can be described in one call")
    results: Result = []
    for name in names:
        made = call.access.sobject(name)
        if made is None:
            raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        pages = {"urlDetail": f"{call.base_url}/{{ID}}", "urlEdit": f"{call.base_url}/{{ID}}/e"}
        pages["urlNew"] = f"{call.base_url}/{made.prefix}/e"
        results.append(("result", tree({**describe(call, made), **pages})))
    return [(f"{request.verb}Response", results)]


VERBS: dict[str, Callable[[Call, Request], Result]] = {
    "retrieve": retrieve,
    "getDeleted": get_deleted,
    "getUpdated": get_updated,
    "emptyRecycleBin": empty_recycle_bin,
    "search": search,
    "describeGlobal": describe_global,
    "describeSObject": describe_objects,
    "describeSObjects": describe_objects,
}
