"""What a search box asks for: records by the beginning of their name, the scope of search, the columns of its results.

[doc rest-api/search-for-records-suggested-by-autocomplete-and-instant-results, search-scope-and-order,
get-search-result-layouts-for-objects]
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from .call import Answer, Call
from .search import everywhere, hits, searchable
from .search_parameters import whole

_FEW = 5
_SHORT = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "Account": ("Name", "Site", "Phone", "Owner.Alias"),
    "Contact": ("Name", "Account.Name", "Account.Site", "Phone", "Email", "Owner.Alias"),
    "Lead": ("Name", "Title", "Phone", "Company", "Email", "Status", "Owner.Alias"),
}


def suggestions(call: Call) -> Answer:
    """GET search/suggestions: records whose name holds the words, the last one perhaps unfinished."""
    plain = {key.lower(): value for key, value in call.query.items()}
    names = [n.strip() for n in plain.get("sobject", "").split(",") if n.strip()]
    if not names and plain.get("usesearchscope", "").lower() != "true":
        raise ApiError("MISSING_ARGUMENT", "Missing required parameter: sobject")
    words = re.sub(r'["*?]', "", plain.get("q", "")).strip()
    if not words:
        raise ApiError("MISSING_ARGUMENT", "Missing required parameter: q")
    if len(words) > 255:
        raise ApiError("MALFORMED_SEARCH", "The search term is longer than 255 characters")
    limit = whole(call.query, "limit", _FEW)
    enough = len(words) >= (1 if _SHORT.search(words) else 3)
    found: list[Any] = []
    titles = []
    for made in (searchable(call, name) for name in names or everywhere(call)):
        title = made.name_of()
        if title is None:
            continue
        titles.append({"entityApiName": made.name, "fieldApiName": title.name})
        asked = plain.get(f"{made.name.lower()}.fields") or plain.get("fields", "")
        columns = ["Id", title.name, *(n.strip() for n in asked.split(",") if n.strip())]
        where = plain.get(f"{made.name.lower()}.where") or plain.get("where", "")
        inner = ", ".join(dict.fromkeys(columns)) + (f" WHERE {where}" if where else "")
        if enough:
            found += hits(call, made, f'"{words}*"', "NAME", inner, limit + 1 - len(found))
    body = {"autoSuggestResults": found[:limit], "hasMoreResults": len(found) > limit}
    return Answer(200, {**body, "meta": {"nameFields": titles, "secondaryFields": []}})


def scope_order(call: Call) -> Answer:
    """GET search/scopeOrder: the objects that a search without any looks through, in that order."""
    return Answer(200, [{"type": name, "url": f"{call.root}/sobjects/{name}/describe"} for name in everywhere(call)])


def result_layouts(call: Call) -> Answer:
    """GET search/layout: the columns in which results are shown, one entry for each object asked for."""
    names = [n.strip() for n in call.query.get("q", "").split(",") if n.strip()]
    if not names:
        raise ApiError("MISSING_ARGUMENT", "Missing required parameter: q")
    return Answer(200, [_layout(call, searchable(call, name)) for name in names])


def _layout(call: Call, made: SObject) -> dict[str, Any]:
    title = made.name_of()
    own = (title.name,) if title is not None else ("Id",)
    columns = [c for path in _COLUMNS.get(made.name, own) if (c := _column(call, made, path)) is not None]
    return {"label": "Search Results", "limitRows": 25, "searchColumns": columns}


def _column(call: Call, made: SObject, path: str) -> dict[str, Any] | None:
    relation, dot, name = path.rpartition(".")
    target = made
    if dot:
        link = next((f for f in call.access.fields(made) if f.relationship == relation), None)
        # An owner that may be a queue is shown by the alias of Name, in the example of the page.
        kind = "" if link is None else "Name" if len(link.refers_to) > 1 else link.refers_to[0]
        if kind == "Name":
            label = f"{relation} {name}"
            return {"field": f"Name.{name}", "format": None, "label": label, "name": path}
        found = call.access.sobject(kind)
        if found is None:
            return None
        target = found
    field = call.access.field(target, name)
    if field is None:
        return None
    label = f"{made.label} {relation} {field.label}" if relation == "Owner" else field.label
    shown = f"toLabel({name})" if field.type == "picklist" else path
    return {"field": f"{target.name}.{field.name}", "format": None, "label": label, "name": shown}
